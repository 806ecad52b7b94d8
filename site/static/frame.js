"use strict";
/* The frames of tables. A table that is wider than its frame gets the class `wide`: on a phone its rows become blocks with
   the column's title before each value (style.css). Live tables fold their own columns; a matrix scrolls. */
(function () {
  var make = pretune.make, each = pretune.each;
  var SCROLLED = ".live, .matrix";
  var ROLES = { THEAD: "rowgroup", TBODY: "rowgroup", TR: "row", TD: "cell" };
  var widths = new WeakMap(); /* of the frames when they were last fitted */

  /* A browser drops the roles of a table that is drawn as blocks: set them, and the column's title of each value. */
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
    /* after this round of layout */
    if (changed.length) { requestAnimationFrame(function () { fit(changed); }); }
  });
  function watch(frame) {
    var table = frame.firstElementChild;
    if (table.tHead && !table.matches(SCROLLED)) { observer.observe(frame); }
  }

  pretune.watch = watch;
  /* A table in a frame that can be scrolled by keyboard. */
  pretune.frame = function (title, table) {
    var frame = make("div", { "class": "scroll", tabindex: 0, role: "region", "aria-label": title }, table);
    watch(frame);
    return frame;
  };
  each(document.querySelectorAll(".scroll"), watch);
})();
