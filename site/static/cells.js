"use strict";
/* The values of a table's columns and the cells that show them, as harness/report/html_table.py writes them. */
pretune.cells = function (table) {
  var make = pretune.make, data = table.data;
  var PAGES = { model: "models/", task: "tasks/" };

  function raw(name, row) {
    var column = data[name];
    if (!column) { return null; }
    if (column.links) { return column.links[row].map(function (link) { return link[1]; }).join(" "); }
    var at = column.at[row];
    if (column.words) { return at < 0 ? null : column.words[at]; }
    return at === null ? null : at / Math.pow(10, column.digits);
  }
  function text(column, row, name) {
    var value = raw(name || column.name, row);
    if (column.format === "yesno") { return value ? column.title : ""; }
    if (value === null || typeof value === "string") { return value || "–"; }
    if (column.format === "engineering") { return pretune.engineering(value, column.unit); }
    if (column.format === "percent") { return pretune.number(100 * value, column.digits) + "%"; }
    return pretune.number(value, column.digits, column.format === "signed");
  }
  function around(column, row) {
    var low = column.low ? raw(column.low, row) : null, high = column.high ? raw(column.high, row) : null;
    if (low !== null && high !== null) { return "[" + text(column, row, column.low) + ", " + text(column, row, column.high) + "]"; }
    var margin = column.margin ? raw(column.margin, row) : null;
    return margin === null ? "" : "± " + pretune.number(margin, column.digits);
  }
  /* `helps` or `hurts` where the interval of a difference, before it is rounded, excludes zero. */
  function verdict(column, row) {
    var verdicts = data[column.name] && data[column.name].verdicts;
    return verdicts ? ["", "helps", "hurts"][verdicts[row]] : "";
  }
  /* The smallest and the largest value that a column's figures show. Very wide intervals are cut (svg_axes.py). */
  function scale(column, rows) {
    function all(names) {
      var values = [];
      rows.forEach(function (row) { names.forEach(function (name) { values.push(raw(name, row)); }); });
      return values.filter(function (value) { return value !== null; });
    }
    var values = all([column.name]).concat(0), low = Math.min.apply(null, values), high = Math.max.apply(null, values), reach = 5 * (high - low);
    all([column.low, column.high].filter(Boolean)).forEach(function (end) {
      if (end >= Math.min.apply(null, values) - reach && end <= Math.max.apply(null, values) + reach) {
        low = Math.min(low, end);
        high = Math.max(high, end);
      }
    });
    var room = (high - low || 1) * 0.06;
    return [low - room, high + room];
  }
  function trials(column, row) {
    var parts = [];
    data[column.name].links[row].forEach(function (link) {
      parts.push(make("a", { href: pretune.root + "trial.html#" + encodeURIComponent(link[1]), "aria-label": "trial of seed " + link[0] }, link[0]), " ");
    });
    return parts.length ? parts : "–";
  }
  function content(column, row, scales) {
    var value = raw(column.name, row), words = text(column, row);
    if (column.subject === "trial") { return trials(column, row); }
    if (column.format === "yesno") { return words ? make("span", { "class": "tag" }, words) : ""; }
    if (column.subject in PAGES && value !== null) {
      return make("a", { href: pretune.root + PAGES[column.subject] + encodeURIComponent(value) + ".html" }, words);
    }
    var interval = value === null ? "" : around(column, row), kind = verdict(column, row);
    if (!interval) { return words; }
    var parts = [kind ? make("b", {}, words) : words, " ", make("span", { "class": "pm" }, interval)];
    if (scales[column.name]) {
      var ends = [column.low, column.high].map(function (name) { return raw(name, row); });
      parts.push(" ", pretune.bar(value, ends[0], ends[1], scales[column.name], kind));
    }
    return parts;
  }
  return { raw: raw, text: text, around: around, verdict: verdict, scale: scale, content: content };
};
