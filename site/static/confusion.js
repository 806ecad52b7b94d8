"use strict";
/* The confusion matrix of a trial as a table of shares; for many classes the most confused pairs. */
pretune.confusion = function (confusion) {
  var make = pretune.make;

  function table(look, caption, heads, rows, texts) {
    return make("table", { "class": look }, [
      make("caption", {}, caption),
      make("thead", {}, make("tr", {}, heads.map(function (name, at) {
        return make("th", { scope: "col", "class": at >= texts ? "num" : at ? "text" : "name" }, name);
      }))),
      make("tbody", {}, rows)
    ]);
  }
  function matrix() {
    return table("matrix", "Rows: true class; columns: predicted class (%)", ["class"].concat(confusion.names), confusion.counts.map(function (row, index) {
      var total = row.reduce(function (sum, each) { return sum + each; }, 0) || 1;
      return make("tr", {}, [make("th", { scope: "row", "class": "name" }, confusion.names[index])].concat(row.map(function (count, predicted) {
        var shade = "num shade-" + Math.round(5 * count / total) + (predicted === index ? " right" : " wrong");
        return make("td", { "class": shade }, Math.round(100 * count / total));
      })));
    }), 1);
  }
  function pairs() {
    var heads = ["true class", "predicted class", "share of the class", "share of all errors"];
    return table("rows", "The most confused pairs of " + confusion.classes + " classes", heads, confusion.pairs.map(function (pair) {
      return make("tr", {}, [
        make("th", { scope: "row", "class": "name" }, pair[0]), make("td", {}, pair[1]),
        make("td", { "class": "num" }, pretune.number(100 * pair[2], 0) + "%"),
        make("td", { "class": "num" }, pretune.number(100 * pair[3], 1) + "%")
      ]);
    }), 2);
  }
  var parts = [make("h2", {}, "Confusion")];
  if (!confusion.named) { parts.push(make("p", { "class": "note" }, "The records of this task hold no class names. Classes are numbered.")); }
  return parts.concat(pretune.frame("Confusion", confusion.counts ? matrix() : pairs()));
};
