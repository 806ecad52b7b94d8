"use strict";
/* Sorting and filtering of the board's tables. What is shown is kept in the address's hash, so that a view can be sent. */
(function () {
  var tables = Array.prototype.slice.call(document.querySelectorAll("table.board"));
  if (!tables.length) { return; }
  var filter = document.getElementById("filter");
  var shown = document.getElementById("shown");
  var state = { filter: "", sorts: {} };
  var originals = new Map(tables.map(function (table) {
    return [table, Array.prototype.slice.call(table.tBodies[0].rows)];
  }));

  function value(row, column) {
    var cell = row.cells[column];
    var text = cell.hasAttribute("data-value") ? cell.getAttribute("data-value") : cell.textContent.trim();
    if (text === "" || text === "–") { return null; }
    var number = Number(text);
    return isNaN(number) ? text.toLowerCase() : number;
  }

  function compare(a, b, falling) {
    if (a === null || b === null) { return (a === null) - (b === null); } /* what is missing stays last */
    var order = typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? -1 : 1;
    return falling ? -order : order;
  }

  function sort(table, column, falling) {
    var body = table.tBodies[0];
    var rows = Array.prototype.slice.call(body.rows);
    rows.sort(function (one, other) { return compare(value(one, column), value(other, column), falling); });
    rows.forEach(function (row) { body.appendChild(row); });
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (cell, index) {
      if (index === column) { cell.setAttribute("aria-sort", falling ? "descending" : "ascending"); }
      else { cell.removeAttribute("aria-sort"); }
    });
  }

  function unsort(table) {
    originals.get(table).forEach(function (row) { table.tBodies[0].appendChild(row); });
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (cell) { cell.removeAttribute("aria-sort"); });
  }

  function apply() {
    tables.forEach(function (table) {
      var wanted = state.sorts[table.getAttribute("data-name")];
      if (wanted && wanted.column < table.tHead.rows[0].cells.length) { sort(table, wanted.column, wanted.falling); }
      else { unsort(table); }
    });
    var words = state.filter.toLowerCase().split(/\s+/).filter(Boolean);
    var all = 0, visible = 0;
    tables.forEach(function (table) {
      var here = 0;
      Array.prototype.forEach.call(table.tBodies[0].rows, function (row) {
        var text = row.textContent.toLowerCase();
        row.hidden = !words.every(function (word) { return text.indexOf(word) >= 0; });
        all += 1;
        here += row.hidden ? 0 : 1;
      });
      table.closest("section").hidden = here === 0; /* a head with nothing below it is in the way */
      visible += here;
    });
    if (shown) { shown.textContent = words.length ? visible + " of " + all + " rows shown" : all + " rows"; }
    if (filter && filter.value !== state.filter) { filter.value = state.filter; }
  }

  function write() {
    var parts = [];
    if (state.filter) { parts.push("filter=" + encodeURIComponent(state.filter)); }
    Object.keys(state.sorts).forEach(function (name) {
      var wanted = state.sorts[name];
      parts.push("sort." + encodeURIComponent(name) + "=" + wanted.column + (wanted.falling ? "d" : "a"));
    });
    history.replaceState(null, "", parts.length ? "#" + parts.join("&") : location.pathname + location.search);
  }

  function read() {
    state = { filter: "", sorts: {} };
    location.hash.slice(1).split("&").forEach(function (part) {
      var cut = part.indexOf("=");
      if (cut < 0) { return; }
      var name, text;
      try {
        name = decodeURIComponent(part.slice(0, cut));
        text = decodeURIComponent(part.slice(cut + 1));
      } catch (error) { return; } /* somebody's broken address: the rest of it still counts */
      if (name === "filter") { state.filter = text; }
      var found = /^(\d+)([ad])$/.exec(text);
      if (name.indexOf("sort.") === 0 && found) {
        state.sorts[name.slice(5)] = { column: Number(found[1]), falling: found[2] === "d" };
      }
    });
    apply();
  }

  tables.forEach(function (table) {
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (cell, column) {
      var button = cell.querySelector("button");
      if (!button) { return; }
      button.addEventListener("click", function () {
        var first = cell.classList.contains("num"); /* of figures one wants the largest first */
        var now = cell.getAttribute("aria-sort");
        var falling = now === null ? first : now === "ascending";
        state.sorts[table.getAttribute("data-name")] = { column: column, falling: falling };
        apply();
        write();
      });
    });
  });
  if (filter) {
    filter.form.addEventListener("submit", function (event) { event.preventDefault(); });
    filter.addEventListener("input", function () { state.filter = filter.value.trim(); apply(); write(); });
  }
  window.addEventListener("hashchange", function () {
    if (location.hash.indexOf("=") >= 0 || location.hash.length < 2) { read(); } /* else it leads to a place on the page */
  });
  document.documentElement.classList.add("scripted");
  read();
})();
