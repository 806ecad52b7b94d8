"use strict";
/* Figures of points: arrow keys go from one to the next in the order of their x, Enter opens the model. */
(function () {
  function points(figure) { return Array.prototype.slice.call(figure.querySelectorAll("g.point")); }

  Array.prototype.forEach.call(document.querySelectorAll("figure.points"), function (figure) {
    var order = points(figure).map(function (point) {
      var mark = point.querySelector(".mark"), box = mark.getAttribute("cx") || /[\d.]+/.exec(mark.getAttribute("transform"))[0];
      return [Number(box), point];
    }).sort(function (one, other) { return one[0] - other[0]; }).map(function (pair) { return pair[1]; });
    var at = -1;
    function go(next) {
      if (order[at]) { order[at].classList.remove("here"); }
      at = next;
      order[at].classList.add("here");
      figure.querySelector("output").textContent = order[at].querySelector("title").textContent;
    }
    figure.addEventListener("keydown", function (event) {
      var steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
      if (event.key in steps) { event.preventDefault(); go((at + steps[event.key] + order.length) % order.length); }
      if (event.key === "Home") { event.preventDefault(); go(0); }
      if (event.key === "End") { event.preventDefault(); go(order.length - 1); }
      if (event.key === "Enter" && order[at]) { location.href = pretune.root + "models/" + order[at].getAttribute("data-model") + ".html"; }
    });
    figure.addEventListener("click", function (event) {
      var point = event.target.closest("g.point");
      if (point) { go(order.indexOf(point)); figure.focus(); }
    });
  });
})();
