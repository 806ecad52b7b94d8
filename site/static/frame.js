"use strict";
/* The frames of tables. One that is wider than its frame is marked so: on a phone its rows then stand as blocks, with
   the column's name before each value (style.css). The board folds its own columns, and a matrix goes on scrolling. */
(function () {
  var make = pretune.make;
  var AS_IT_IS = ".board, .confusion, .lifts, .matrix, .shades";
  var ROLES = { THEAD: "rowgroup", TBODY: "rowgroup", TR: "row", TD: "cell" };
  var widths = new WeakMap(); /* of frames, as they were last fitted */

  function each(list, then) { Array.prototype.forEach.call(list, then); }

  /* What a browser takes from a table that is drawn as blocks: what each part is, and the column's name of each value. */
  function label(table) {
    if (table.hasAttribute("role")) { return; }
    table.setAttribute("role", "table");
    each(table.querySelectorAll("thead, tbody, tr, td, th"), function (part) {
      part.setAttribute("role", ROLES[part.tagName] || (part.getAttribute("scope") === "row" ? "rowheader" : "columnheader"));
    });
    each(table.tBodies[0].rows, function (row) {
      each(row.cells, function (cell, at) { cell.setAttribute("data-label", table.tHead.rows[0].cells[at].textContent); });
    });
  }
  function fit(frames) {
    frames.forEach(function (frame) { frame.firstElementChild.classList.remove("wide"); });
    frames.filter(function (frame) { return frame.scrollWidth > frame.clientWidth; }).forEach(function (frame) {
      label(frame.firstElementChild);
      frame.firstElementChild.classList.add("wide");
    });
  }
  var observer = new ResizeObserver(function (entries) {
    var changed = entries.map(function (entry) { return entry.target; }).filter(function (frame) {
      var before = widths.get(frame);
      widths.set(frame, frame.clientWidth);
      return frame.clientWidth !== before;
    });
    /* after this round of layout, which nothing may change while it is being told */
    if (changed.length) { requestAnimationFrame(function () { fit(changed); }); }
  });
  function watch(frame) {
    var table = frame.firstElementChild;
    if (table.tHead && !table.matches(AS_IT_IS)) { observer.observe(frame); }
  }

  /* A table in its frame, which can be scrolled by keyboard where it has to be. */
  pretune.frame = function (title, table) {
    var frame = make("div", { "class": "scroll", tabindex: 0, role: "region", "aria-label": title }, table);
    watch(frame);
    return frame;
  };
  each(document.querySelectorAll(".scroll"), watch);
})();
