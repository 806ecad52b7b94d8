"use strict";
/* Two to four models, each against the first, from the file of each pair; the URL's hash names them. */
(function () {
  var form = document.getElementById("compare");
  if (!form) { return; }
  var make = pretune.make;
  var output = document.getElementById("comparison");
  var selects = Array.prototype.slice.call(form.querySelectorAll("select"));
  var models = Array.prototype.map.call(selects[0].options, function (option) { return option.value; });
  var pairs = Array.prototype.map.call(document.querySelectorAll("[data-pair]"), function (item) { return item.getAttribute("data-pair"); });

  function pair(one, other) {
    return [one + "--" + other, other + "--" + one].filter(function (name) { return pairs.indexOf(name) >= 0; })[0];
  }
  function draw(chosen) {
    var base = chosen[0];
    output.textContent = "";
    chosen.slice(1).forEach(function (name) {
      var section = make("section", {}), file = pair(base, name);
      output.appendChild(section);
      if (!file) {
        section.appendChild(make("p", {}, name + " and " + base + " have no cell in common here."));
        return;
      }
      pretune.load("compare/" + file, function (html) {
        var template = document.createElement("template");
        template.innerHTML = html; /* rendered by Python, which escapes every value */
        section.appendChild(template.content);
        pretune.each(section.querySelectorAll(".scroll"), pretune.watch);
      });
    });
    selects.forEach(function (select, at) { select.value = chosen[at] || ""; });
  }
  /* The known models of a list, completed to two. */
  function completed(names) {
    var known = names.filter(function (name, at) { return models.indexOf(name) >= 0 && names.indexOf(name) === at; }).slice(0, selects.length);
    if (!known.length) { known = [models[0]]; }
    var other = models.filter(function (name) { return pair(known[0], name); })[0];
    return known.length === 1 && other ? known.concat(other) : known;
  }
  function read() { draw(completed((pretune.state().models || "").split(","))); }
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("change", function () {
    var chosen = completed(selects.map(function (select) { return select.value; }));
    pretune.remember({ models: chosen.join(",") });
    draw(chosen);
  });
  document.getElementById("pairs").removeAttribute("open");
  window.addEventListener("hashchange", read);
  read();
})();
