"use strict";
/* A page of one subject: one section at a time, and points of its figures by model, objective, … The hash keeps both. */
(function () {
  var form = document.getElementById("choose");
  if (!form) { return; }
  var each = pretune.each, make = pretune.make;
  var filters = form.querySelector(".filters"), output = form.querySelector("output");
  var parts = Array.prototype.slice.call(document.querySelectorAll("main .part"));
  var links = Array.prototype.slice.call(document.querySelectorAll("nav.sections a"));
  var titles = {}; /* of the filters, by fact */
  var view = {};

  function points(inside) { return Array.prototype.slice.call(inside.querySelectorAll("g.point")); }
  /* The sections by their titles, those with one beginning ("digits: k-NN: …") in one group. */
  function offerSections() {
    if (links.length < 2) { return; }
    var select = make("select", { name: "section" }), groups = {};
    links.forEach(function (link) {
      var parts = /^(.*)(?:: | · )(.*)$/.exec(link.textContent) || ["", "", link.textContent], parent = select;
      if (parts[1]) { parent = groups[parts[1]] = groups[parts[1]] || select.appendChild(make("optgroup", { label: parts[1] })); }
      parent.appendChild(make("option", { value: link.getAttribute("href") }, parts[2]));
    });
    select.appendChild(make("option", { value: "" }, "all on one page"));
    filters.appendChild(make("label", {}, [form.getAttribute("data-title"), select]));
    document.querySelector("nav.sections").hidden = true;
  }
  function offerFacts() {
    var values = {};
    points(document).forEach(function (point) {
      Object.keys(point.dataset).forEach(function (name) {
        if (name !== "group") { (values[name] = values[name] || {})[point.dataset[name]] = 1; }
      });
    });
    Object.keys(values).forEach(function (name) {
      var words = Object.keys(values[name]).sort();
      if (words.length < 2 || words.length > 60) { return; }
      titles[name] = name;
      filters.appendChild(pretune.select(name, name, [["", "all"]].concat(words.map(function (word) { return [word, word]; }))));
    });
  }
  function shows(point) {
    return Object.keys(titles).every(function (name) { return !view[name] || point.dataset[name] === view[name]; });
  }
  /* Dims the points outside the filters. The trend and the legend of a group without a point inside go with them. */
  function dim(figure) {
    var groups = {};
    points(figure).forEach(function (point) {
      var inside = shows(point);
      point.classList.toggle("dim", !inside);
      groups[point.dataset.group] = groups[point.dataset.group] || inside;
    });
    each(figure.querySelectorAll(".trend, .curve, .legend li"), function (mark) {
      if ("group" in mark.dataset) { mark.classList.toggle("gone", groups[mark.dataset.group] === false); }
    });
  }
  function chosen() {
    if (!links.length || view.section === "") { return null; }
    var wanted = parts.filter(function (part) { return "#" + part.id === view.section; })[0];
    return links.length < 2 ? null : wanted || parts[0];
  }
  function draw() {
    var shown = chosen(), all = 0, inside = 0;
    parts.forEach(function (part) { part.classList.toggle("off", Boolean(shown) && part !== shown); });
    each(document.querySelectorAll("main figure"), dim);
    points(shown || document).forEach(function (point) { all += 1; inside += point.classList.contains("dim") ? 0 : 1; });
    output.textContent = inside < all ? inside + " of " + all + " points are highlighted. The numbers are of all " + all + "." : "";
    each(form.querySelectorAll("select"), function (select) {
      select.value = select.name !== "section" ? view[select.name] || "" : shown ? "#" + shown.id : "";
    });
  }
  function read() {
    view = pretune.state();
    if (!Object.keys(view).length && location.hash.length > 1) { view = { section: location.hash }; }
    if (view.section && view.section[0] !== "#") { view.section = "#" + view.section; }
    if (view.section === "#all") { view.section = ""; }
    draw();
  }
  function remember() {
    var kept = Object.assign({}, view);
    if ("section" in kept) { kept.section = kept.section.slice(1) || "all"; }
    pretune.remember(kept);
  }

  offerSections();
  offerFacts();
  form.hidden = !filters.children.length;
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("change", function (event) {
    var at = event.target;
    if (at.name === "section" && at.value && at.value[0] !== "#") { location.href = at.value; return; } /* on another page */
    if (at.name === "section" || at.value) { view[at.name] = at.value; } else { delete view[at.name]; }
    remember();
    draw();
  });
  window.addEventListener("hashchange", read);
  read();
})();
