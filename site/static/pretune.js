"use strict";
/* Shared by all scripts: loading of data files, creation of elements from text alone, numbers as text, the URL's hash.
   A data file is a classic script that calls pretune.take, since a page opened from a file cannot fetch. */
var pretune = (function () {
  var taken = {}, waiting = {};
  var root = document.documentElement.getAttribute("data-root") || "";
  var PREFIXES = ["", "k", "M", "G", "T", "P", "E"];

  function take(name, value) {
    taken[name] = value;
    (waiting[name] || []).forEach(function (then) { then(value); });
    delete waiting[name];
  }

  /* Loads a data file once and calls `then` with its value, or `missing` where there is no such file. */
  function load(name, then, missing) {
    if (name in taken) { then(taken[name]); return; }
    if (waiting[name]) { waiting[name].push(then); return; }
    waiting[name] = [then];
    var script = document.createElement("script");
    script.src = root + "data/" + name + ".js";
    script.onerror = function () { delete waiting[name]; if (missing) { missing(); } };
    document.head.appendChild(script);
  }

  /* An element with attributes and children. Text stays text, never markup. */
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

  /* A number with fixed digits and grouped thousands; a dash for a missing one. */
  function number(value, digits, signed) {
    if (value === null || value === undefined) { return "–"; }
    var text = Math.abs(value).toFixed(digits);
    var cut = text.indexOf(".");
    var whole = cut < 0 ? text : text.slice(0, cut);
    text = whole.replace(/\B(?=(\d{3})+$)/g, ",") + (cut < 0 ? "" : text.slice(cut));
    var negative = (value < 0 || Object.is(value, -0)) && (signed || /[1-9]/.test(text));
    return (negative ? "−" : signed ? "+" : "") + text;
  }

  /* Three significant digits with a prefix: 1.23 MB, 45.6k examples/s. */
  function engineering(value, unit) {
    if (value === null || value === undefined) { return "–"; }
    var power = value ? Math.floor(Math.log10(Number(Math.abs(value).toPrecision(3)))) : 0;
    var step = Math.min(Math.max(Math.floor(power / 3), 0), PREFIXES.length - 1);
    var scaled = Number((Math.abs(value) / Math.pow(1000, step)).toPrecision(3));
    var text = (value < 0 ? "−" : "") + scaled;
    if (unit && (unit.length === 1 || /[A-Z]/.test(unit[0]))) { return text + " " + PREFIXES[step] + unit; }
    return (text + PREFIXES[step] + " " + unit).trim();
  }

  /* A value with its interval against the line of zero; `scale` is the smallest and the largest value. */
  function bar(value, low, high, scale, kind) {
    function x(at) {
      var share = (at - scale[0]) / (scale[1] - scale[0] || 1);
      return Math.round((4 + Math.min(Math.max(share, 0), 1) * 112) * 100) / 100;
    }
    var parts = [make("line", { x1: x(0), y1: 1, x2: x(0), y2: 17, "class": "zero" })];
    if (low !== null) { parts.push(make("line", { x1: x(low), y1: 9, x2: x(high), y2: 9, "class": "whisker" })); }
    parts.push(make("circle", { cx: x(value), cy: 9, r: 3.5, "class": "dot" }));
    return make("svg", { "class": "interval " + kind, viewBox: "0 0 120 18", width: 120, height: 18, "aria-hidden": "true" }, parts);
  }

  /* The names and values of the URL's hash, in order. Parts that cannot be decoded are skipped. */
  function state() {
    var values = {};
    location.hash.slice(1).split("&").forEach(function (part) {
      var cut = part.indexOf("=");
      if (cut < 1) { return; }
      try { values[decodeURIComponent(part.slice(0, cut))] = decodeURIComponent(part.slice(cut + 1)); }
      catch (error) { return; }
    });
    return values;
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

  function each(list, then) { Array.prototype.forEach.call(list, then); }

  /* A select with its label. */
  function select(name, title, pairs) {
    var options = pairs.map(function (pair) { return make("option", { value: pair[0] }, pair[1]); });
    return make("label", {}, [title, make("select", { name: name }, options)]);
  }

  function download(name, type, text) {
    var link = make("a", { href: URL.createObjectURL(new Blob([text], { type: type })), download: name });
    document.body.appendChild(link);
    link.click();
    link.remove();
    URL.revokeObjectURL(link.href);
  }

  document.documentElement.classList.add("scripted");
  return {
    root: root, take: take, load: load, make: make, number: number, engineering: engineering, bar: bar, state: state,
    fragment: fragment, remember: remember, each: each, select: select, download: download
  };
})();
