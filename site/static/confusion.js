"use strict";
/* What a trial took for what: a table of shares, or of many classes the most confused pairs. */
pretune.confusion = function (found) {
  var make = pretune.make;
  var PAIR = ["name", "text", "num", "num"];

  function shade(share, right) {
    if (!Math.round(100 * share)) { return "none"; }
    return (right ? "right" : "wrong") + " s" + Math.min(Math.floor(share * 5) + 1, 5);
  }
  function head(names, kinds) {
    return make("thead", {}, make("tr", {}, names.map(function (name, at) {
      return make("th", { scope: "col", "class": kinds[at] || "num" }, name);
    })));
  }
  function matrix() {
    var lines = found.counts.map(function (row, true_) {
      var total = row.reduce(function (sum, each) { return sum + each; }, 0) || 1;
      return make("tr", {}, [make("th", { scope: "row", "class": "name" }, found.names[true_])].concat(row.map(function (each, taken) {
        var share = each / total;
        return make("td", { "class": "num " + shade(share, taken === true_) }, Math.round(100 * share));
      })));
    });
    return make("table", { "class": "confusion" }, [
      make("caption", {}, "Rows: the true class; columns: what it was taken for; in % of the row"),
      head(["class"].concat(found.names), ["name"]), make("tbody", {}, lines)
    ]);
  }
  function pairs() {
    var lines = found.pairs.map(function (pair) {
      return make("tr", {}, pair.map(function (text, at) {
        return make(at ? "td" : "th", { scope: at ? null : "row", "class": PAIR[at] }, text);
      }));
    });
    return make("table", {}, [
      make("caption", {}, "Of " + found.classes + " classes the pairs with the most mistakes"),
      head(["examples of", "taken for", "of its examples", "of all mistakes"], PAIR), make("tbody", {}, lines)
    ]);
  }

  var parts = [make("h2", {}, "What is taken for what")];
  if (!found.named) { parts.push(make("p", { "class": "note" }, "Classes stand by their number: no record of this task holds their names.")); }
  parts.push(pretune.frame("What is taken for what", found.counts ? matrix() : pairs()));
  return parts;
};
