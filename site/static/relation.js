"use strict";
/* A target's page: one predictor at a time, points outside a filter dimmed. */
(function () {
  var form = document.getElementById("relation");
  if (!form) { return; }
  var sections = Array.prototype.slice.call(document.querySelectorAll("section.relation"));
  var figures = Array.prototype.slice.call(document.querySelectorAll("figure.points"));
  var KINDS = { objective: "objective", family: "architecture", model: "model" };
  var view = {};

  function points(figure) { return Array.prototype.slice.call(figure.querySelectorAll("g.point")); }
  function kept(point) {
    return Object.keys(KINDS).every(function (kind) { return !view[kind] || point.getAttribute("data-" + kind) === view[kind]; });
  }
  function draw() {
    var wanted = sections.filter(function (section) { return section.id === view.predictor; })[0] || sections[0];
    sections.forEach(function (section) { section.hidden = section !== wanted; });
    var inside = points(wanted), dim = 0;
    inside.forEach(function (point) {
      var out = !kept(point);
      point.classList.toggle("dim", out);
      dim += out ? 1 : 0;
    });
    form.querySelector("output").textContent = dim ?
      inside.length - dim + " of " + inside.length + " points stand out; the figures cover all " + inside.length : "The figures cover all " + inside.length + " points";
    Array.prototype.forEach.call(form.querySelectorAll("select"), function (select) {
      select.value = select.name === "predictor" ? wanted.id : view[select.name] || "";
    });
  }
  function change(name, value) {
    if (value) { view[name] = value; } else { delete view[name]; }
    pretune.remember(view);
    draw();
  }
  function offer(name, title, pairs) {
    var options = pairs.map(function (pair) { return pretune.make("option", { value: pair[0] }, pair[1]); });
    form.querySelector(".filters").appendChild(pretune.make("label", {}, [title, pretune.make("select", { name: name }, options)]));
  }
  function read() {
    view = pretune.state();
    if (!Object.keys(view).length && location.hash.length > 1) { view = { predictor: location.hash.slice(1) }; }
    draw();
  }

  offer("predictor", "predictor", sections.map(function (section) { return [section.id, section.querySelector("h2").textContent.replace(/^From the /, "")]; }));
  Object.keys(KINDS).forEach(function (kind) {
    var found = {};
    figures.forEach(function (figure) { points(figure).forEach(function (point) { found[point.getAttribute("data-" + kind)] = 1; }); });
    var names = Object.keys(found).sort();
    if (names.length > 1) { offer(kind, KINDS[kind], [["", "all"]].concat(names.map(function (name) { return [name, name]; }))); }
  });
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("change", function (event) { change(event.target.name, event.target.value); });
  document.querySelector("nav.facets").hidden = true; /* the choice above does the same */

  window.addEventListener("hashchange", read);
  read();
})();
