"use strict";
/* The view of a table as CSV, JSON and LaTeX: its columns, rows, order and digits. */
pretune.save = function (as, columns, rows, cells) {
  var ESCAPES = { "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "–": "--", "−": "$-$", "×": "$\\times$", "±": "$\\pm$" };
  var names = [];
  columns.forEach(function (column) { names = names.concat([column.name, column.low, column.high, column.margin].filter(Boolean)); });

  /* A text that a spreadsheet would run as a formula gets an apostrophe. */
  function field(value) {
    if (value === null) { return ""; }
    if (typeof value === "number") { return String(value); }
    var text = /^[=+\-@\t\r]/.test(value) ? "'" + value : value;
    return /[",\r\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }
  function csv() {
    return [names.join(",")].concat(rows.map(function (row) {
      return names.map(function (name) { return field(cells.raw(name, row)); }).join(",");
    })).join("\n") + "\n";
  }
  function json() {
    return JSON.stringify(rows.map(function (row) {
      var values = {};
      names.forEach(function (name) { values[name] = cells.raw(name, row); });
      return values;
    }), null, 1) + "\n";
  }
  function escaped(text) {
    return text.replace(/[\\~^–−×±]|[&%$#_{}]/g, function (sign) { return ESCAPES[sign] || "\\" + sign; });
  }
  function latex() {
    var lines = ["% needs \\usepackage{booktabs}",
      "\\begin{tabular}{" + columns.map(function (column) { return column.numeric ? "r" : "l"; }).join("") + "}", "\\toprule",
      columns.map(function (column) { return escaped(column.title); }).join(" & ") + " \\\\", "\\midrule"];
    rows.forEach(function (row) {
      lines.push(columns.map(function (column) {
        return escaped([cells.text(column, row), cells.raw(column.name, row) === null ? "" : cells.around(column, row)].join(" ").trim());
      }).join(" & ") + " \\\\");
    });
    return lines.concat("\\bottomrule", "\\end{tabular}", "").join("\n");
  }
  var kinds = { csv: [csv, "text/csv", "csv"], json: [json, "application/json", "json"], latex: [latex, "text/x-tex", "tex"] };
  pretune.download("view." + kinds[as][2], kinds[as][1], kinds[as][0]());
};
