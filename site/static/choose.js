"use strict";
/* A page of many views shows one at a time: that which the choices name, or else the next that is there. */
(function () {
  var form = document.getElementById("choose");
  if (!form) { return; }
  var selects = Array.prototype.slice.call(form.querySelectorAll("select"));
  var sections = Array.prototype.slice.call(document.querySelectorAll(".choice"));
  var view = {};

  function of(section, name) { return section.getAttribute("data-" + name); }
  /* How well a section fits the choices: the first of them decides. */
  function fit(section) {
    return selects.reduce(function (sum, select) { return sum * 2 + (of(section, select.name) === view[select.name] ? 1 : 0); }, 0);
  }
  function draw() {
    var best = sections.reduce(function (one, other) { return fit(other) > fit(one) ? other : one; });
    sections.forEach(function (section) { section.hidden = section !== best; });
    selects.forEach(function (select) {
      select.value = of(best, select.name);
      Array.prototype.forEach.call(select.options, function (option) {
        var wanted = Object.assign({}, view);
        selects.forEach(function (each) { wanted[each.name] = of(best, each.name); });
        wanted[select.name] = option.value;
        option.disabled = select !== selects[0] && !sections.some(function (section) {
          return selects.every(function (each) { return of(section, each.name) === wanted[each.name]; });
        });
      });
    });
  }
  function read() {
    var named = document.getElementById(location.hash.slice(1));
    view = pretune.state();
    if (named && named.classList.contains("choice")) {
      view = {};
      selects.forEach(function (select) { view[select.name] = of(named, select.name); });
    }
    draw();
  }
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("change", function (event) {
    selects.forEach(function (select) { view[select.name] = select.value; });
    view[event.target.name] = event.target.value;
    pretune.remember(view);
    draw();
  });
  window.addEventListener("hashchange", read);
  read();
})();
