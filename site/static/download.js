"use strict";
/* The table as the reader sees it, as CSV, JSON and LaTeX: its columns, its rows, its order, its digits. */
(function () {
  if (!pretune.table) { return; }
  var BESIDE = { rank: ["rank_low", "rank_high"], score: ["score_margin"], lift: ["lift_low", "lift_high"] };

  function fields(view) {
    var names = [];
    view.columns.forEach(function (column) { names = names.concat(column.name, BESIDE[column.form] || []); });
    return names;
  }
  /* A text that a spreadsheet would run as a formula is quoted by an apostrophe. */
  function csvField(value) {
    if (value === null) { return ""; }
    if (typeof value === "number") { return String(value); }
    var text = /^[=+\-@\t\r]/.test(value) ? "'" + value : value;
    return /[",\r\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }
  function csv(view) {
    var names = fields(view);
    var lines = [names.join(",")].concat(view.rows.map(function (row) {
      return names.map(function (name) { return csvField(view.raw(name, row)); }).join(",");
    }));
    return lines.join("\n") + "\n";
  }
  function json(view) {
    var names = fields(view);
    return JSON.stringify(view.rows.map(function (row) {
      var found = {};
      names.forEach(function (name) { found[name] = view.raw(name, row); });
      return found;
    }), null, 1) + "\n";
  }
  function escaped(text) {
    var words = { "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "–": "--", "−": "$-$", "×": "$\\times$" };
    return text.replace(/[\\~^–−×]|[&%$#_{}]/g, function (sign) { return words[sign] || "\\" + sign; });
  }
  function latexCell(view, column, row) {
    function shown(name, signed) { return view.figure(name, row, signed).replace("−", "-"); }
    if (column.form === "score" && view.raw("score", row) !== null) {
      return "$" + shown("score") + (view.raw("score_margin", row) === null ? "" : " \\pm " + shown("score_margin")) + "$";
    }
    if (column.form === "lift" && view.raw("lift", row) !== null) {
      var range = view.raw("lift_low", row) === null ? "" : "\\;[" + shown("lift_low", true) + ", " + shown("lift_high", true) + "]";
      return "$" + shown("lift", true) + range + "$";
    }
    if (column.form === "rank" && view.raw("rank_low", row) !== null) {
      var low = view.raw("rank_low", row), high = view.raw("rank_high", row);
      return low === high ? String(low) : low + "--" + high;
    }
    if (column.form === "rank") { return view.raw("rank", row) === null ? "--" : "(" + view.raw("rank", row) + ")"; }
    if (!column.numeric) { return escaped(view.raw(column.name, row) || "–"); }
    return escaped(view.figure(column.name, row));
  }
  function latex(view) {
    var align = view.columns.map(function (column) { return column.numeric ? "r" : "l"; }).join("");
    var lines = ["% needs \\usepackage{booktabs}", "\\begin{tabular}{" + align + "}", "\\toprule",
      view.columns.map(function (column) { return escaped(column.title); }).join(" & ") + " \\\\", "\\midrule"];
    view.rows.forEach(function (row) {
      lines.push(view.columns.map(function (column) { return latexCell(view, column, row); }).join(" & ") + " \\\\");
    });
    return lines.concat("\\bottomrule", "\\end{tabular}", "").join("\n");
  }
  pretune.table.save = function (as) {
    var makes = { csv: [csv, "text/csv"], json: [json, "application/json"], latex: [latex, "text/x-tex"] };
    var view = pretune.table.view();
    pretune.download("view." + (as === "latex" ? "tex" : as), makes[as][1], makes[as][0](view));
  };
})();
