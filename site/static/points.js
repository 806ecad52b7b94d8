"use strict";
/* Figures of points: arrow keys move from point to point in the order of x, Enter opens the page of its model. */
(function () {
  pretune.each(document.querySelectorAll("figure.points"), function (figure) {
    var output = figure.querySelector("output"), at = -1;
    function x(point) {
      var mark = point.querySelector(".mark");
      return Number(mark.getAttribute("cx") || /[\d.]+/.exec(mark.getAttribute("transform"))[0]);
    }
    var order = Array.prototype.slice.call(figure.querySelectorAll("g.point"));
    order.sort(function (one, other) { return x(one) - x(other); });
    function go(next) {
      if (order[at]) { order[at].classList.remove("here"); }
      at = next;
      order[at].classList.add("here");
      output.textContent = order[at].querySelector("title").textContent;
    }
    if (!order.length || !output) { return; }
    figure.addEventListener("keydown", function (event) {
      var steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }, model = order[at] && order[at].dataset.model;
      if (event.key in steps) { event.preventDefault(); go((at + steps[event.key] + order.length) % order.length); }
      if (event.key === "Home") { event.preventDefault(); go(0); }
      if (event.key === "End") { event.preventDefault(); go(order.length - 1); }
      if (event.key === "Enter" && model) { location.href = pretune.root + "models/" + model + ".html"; }
    });
    figure.addEventListener("click", function (event) {
      var point = event.target.closest("g.point");
      if (point) { go(order.indexOf(point)); figure.focus(); }
    });
  });
})();
