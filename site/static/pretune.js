"use strict";
/* What all scripts share: data files that come when asked, elements made of text alone, and figures as words.
   Data files are plain scripts that call pretune.take, since a page opened from a file may fetch nothing. */
var pretune = (function () {
  var taken = {}, waiting = {};
  var root = document.documentElement.getAttribute("data-root") || "";

  function take(name, value) {
    taken[name] = value;
    (waiting[name] || []).forEach(function (then) { then(value); });
    delete waiting[name];
  }

  /* Reads a data file once and hands what it holds to `then`; `missing` is called where there is no such file. */
  function load(name, then, missing) {
    if (name in taken) { then(taken[name]); return; }
    if (waiting[name]) { waiting[name].push(then); return; }
    waiting[name] = [then];
    var script = document.createElement("script");
    script.src = root + "data/" + name + ".js";
    script.onerror = function () { delete waiting[name]; if (missing) { missing(); } };
    document.head.appendChild(script);
  }

  /* An element with attributes and children; text goes in as text, never as markup. */
  function make(tag, attributes, children) {
    var svg = /^(svg|g|line|circle|path|polyline|text|title)$/.test(tag);
    var element = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    Object.keys(attributes || {}).forEach(function (name) {
      if (attributes[name] !== null && attributes[name] !== undefined) { element.setAttribute(name, attributes[name]); }
    });
    [].concat(children === undefined || children === null ? [] : children).forEach(function (child) {
      element.appendChild(typeof child === "object" ? child : document.createTextNode(String(child)));
    });
    return element;
  }

  /* A figure with so many digits and thousands apart; a dash where there is none. */
  function number(value, digits, signed) {
    if (value === null || value === undefined) { return "–"; }
    var text = Math.abs(value).toFixed(digits);
    var cut = text.indexOf(".");
    var whole = cut < 0 ? text : text.slice(0, cut);
    text = whole.replace(/\B(?=(\d{3})+$)/g, ",") + (cut < 0 ? "" : text.slice(cut));
    return (value < 0 || Object.is(value, -0) ? "−" : signed ? "+" : "") + text;
  }

  /* A difference with its interval beside the line of no difference; `scale` holds the least and the largest value. */
  function bar(value, low, high, scale, kind) {
    function x(at) { return Math.round((4 + (at - scale[0]) / (scale[1] - scale[0] || 1) * 112) * 100) / 100; }
    var parts = [make("line", { x1: x(0), y1: 1, x2: x(0), y2: 17, "class": "zero" })];
    if (low !== null) { parts.push(make("line", { x1: x(low), y1: 9, x2: x(high), y2: 9, "class": "whisker" })); }
    parts.push(make("circle", { cx: x(value), cy: 9, r: 3.5, "class": "dot" }));
    return make("svg", { "class": "interval " + kind, viewBox: "0 0 120 18", width: 120, height: 18, "aria-hidden": "true" }, parts);
  }

  /* The address's hash as names and values, in order; whatever cannot be read is left out. */
  function state() {
    var found = {};
    location.hash.slice(1).split("&").forEach(function (part) {
      var cut = part.indexOf("=");
      if (cut < 1) { return; }
      try { found[decodeURIComponent(part.slice(0, cut))] = decodeURIComponent(part.slice(cut + 1)); }
      catch (error) { return; } /* somebody's broken address: the rest of it still counts */
    });
    return found;
  }

  function fragment(values) {
    var parts = Object.keys(values).filter(function (name) { return values[name] !== ""; }).map(function (name) {
      return encodeURIComponent(name) + "=" + encodeURIComponent(values[name]);
    });
    return parts.length ? "#" + parts.join("&") : "";
  }

  function remember(values) {
    history.replaceState(null, "", fragment(values) || location.pathname + location.search);
  }

  /* Hands a text to the reader as a file. */
  function download(name, type, text) {
    var link = make("a", { href: URL.createObjectURL(new Blob([text], { type: type })), download: name });
    document.body.appendChild(link);
    link.click();
    link.remove();
    URL.revokeObjectURL(link.href);
  }

  document.documentElement.classList.add("scripted");
  return { root: root, take: take, load: load, make: make, number: number, bar: bar, state: state, fragment: fragment,
           remember: remember, download: download };
})();
