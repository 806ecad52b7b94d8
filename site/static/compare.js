"use strict";
/* Two to four models, each against the first, from the file of each pair; the address's hash names them. */
(function () {
  var form = document.getElementById("compare");
  if (!form) { return; }
  var make = pretune.make;
  var place = document.getElementById("comparison");
  var selects = Array.prototype.slice.call(form.querySelectorAll("select"));
  var models = Array.prototype.map.call(selects[0].options, function (option) { return option.value; });
  var pairs = Array.prototype.map.call(document.querySelectorAll("[data-pair]"), function (each) { return each.getAttribute("data-pair"); });
  var OPPOSITE = { higher: "lower", lower: "higher" };
  var KINDS = { higher: "helps", lower: "hurts" };

  function has(one, other) { return pairs.indexOf(one + "--" + other) >= 0 || pairs.indexOf(other + "--" + one) >= 0; }
  function turned(values) { return values && [values[1], values[0]]; }
  function minus(value) { return value === null ? null : 0 - value; }

  /* ---- a pair's file, as the first model's reader sees it ---- */
  function cells(data, back) {
    var words = data.words;
    function word(at) { return at === null ? null : words[at]; }
    return data.cells.map(function (row) {
      var verdict = word(row[9]), scores = [row[3], row[4]];
      return {
        problem: word(row[0]), pretraining: word(row[1]), metric: word(row[2]), scores: back ? turned(scores) : scores,
        difference: back ? minus(row[5]) : row[5], low: back ? minus(row[7]) : row[6], high: back ? minus(row[6]) : row[7],
        n: row[8], verdict: back && OPPOSITE[verdict] || verdict, machine: word(row[10]),
        meters: row.slice(11, 14).map(function (each) { return back ? turned(each) : each; }), changed: word(row[14])
      };
    }).sort(function (one, other) {
      return words.indexOf(one.problem) - words.indexOf(other.problem) || other.difference - one.difference;
    });
  }
  function means(data, back) {
    return data.means.map(function (row) {
      return {
        pretraining: data.words[row[0]], protocol: data.words[row[1]], tasks: data.words[row[2]], n: row[6],
        difference: back ? minus(row[3]) : row[3], low: back ? minus(row[5]) : row[4], high: back ? minus(row[4]) : row[5]
      };
    }).sort(function (one, other) { return other.difference - one.difference; });
  }

  /* ---- tables ---- */
  function figure(value, signed) { return pretune.number(value === null ? null : value / 1000, 3, signed); }
  function scaled(rows) {
    var low = 0, high = 0;
    rows.forEach(function (row) {
      low = Math.min(low, row.low === null ? row.difference : row.low);
      high = Math.max(high, row.high === null ? row.difference : row.high);
    });
    var room = (high - low || 1) * 0.06;
    return [low - room, high + room];
  }
  function kind(row) { return row.low !== null && row.low > 0 ? "helps" : row.high !== null && row.high < 0 ? "hurts" : "undecided"; }
  function difference(row, scale) {
    var ends = row.low === null ? [] : [" ", make("span", { "class": "pm" }, "[" + figure(row.low, true) + ", " + figure(row.high, true) + "]")];
    return [make("b", {}, figure(row.difference, true))].concat(ends, [" ", pretune.bar(row.difference, row.low, row.high, scale, kind(row))]);
  }
  function table(title, heads, rows) {
    var head = make("tr", {}, heads.map(function (each, at) { return make("th", { scope: "col", "class": at ? each[1] : "name" }, each[0]); }));
    var body = rows.map(function (row) {
      return make("tr", { "class": row.kind }, row.cells.map(function (each, at) {
        return make(at ? "td" : "th", { scope: at ? null : "row", "class": at ? heads[at][1] : "name" }, each);
      }));
    });
    return pretune.frame(title, make("table", {}, [make("caption", { "class": "unseen" }, title), make("thead", {}, head), make("tbody", {}, body)]));
  }
  function both(values) { return values ? values[0] + " → " + values[1] : "–"; }
  function problems(base, name, found) {
    var groups = {};
    found.forEach(function (row) { (groups[row.problem] = groups[row.problem] || []).push(row); });
    return Object.keys(groups).map(function (problem, index) {
      var inside = groups[problem], scale = scaled(inside), machines = {};
      inside.forEach(function (row) { if (row.machine) { machines[row.machine] = 1; } });
      var several = Object.keys(machines).length > 1, changed = inside.some(function (row) { return row.changed; });
      var heads = [["pretraining"], ["difference", "num lift"], [base, "num"], [name, "num"], ["seeds", "num"], ["verdict", "text"],
        ["adaptation s", "num"], ["examples/s", "num"], ["memory MB", "num"]]
        .concat(several ? [["measured on", "text"]] : [], changed ? [["differs in", "text"]] : []);
      var rows = inside.map(function (row) {
        var line = [row.pretraining, difference(row, scale), figure(row.scores[0]), figure(row.scores[1]), row.n, row.verdict]
          .concat(row.meters.map(both), several ? [row.machine || "–"] : [], changed ? [row.changed || ""] : []);
        return { kind: KINDS[row.verdict] || "undecided", cells: line };
      });
      var words = [make("summary", {}, problem + ": " + counts(inside)), make("p", { "class": "note" }, noted(inside[0].metric, Object.keys(machines)))];
      return make("details", index ? {} : { open: "" }, words.concat(table(problem + ", " + name + " against " + base, heads, rows)));
    });
  }
  function noted(metric, machines) {
    var where = machines.length ? " Meters of the adaptation: " + machines.join("; ") + "." : " Nothing was measured of both on one machine.";
    return "Scores are " + metric + " on test." + where;
  }
  function counts(rows) {
    return ["higher", "lower", "undecided", "identical"].map(function (word) {
      var many = rows.filter(function (row) { return row.verdict === word; }).length;
      return many ? many + " " + word : "";
    }).filter(Boolean).join(", ");
  }
  function overTasks(base, name, found) {
    if (!found.length) { return []; }
    var scale = scaled(found), title = "Mean over tasks, " + name + " against " + base;
    var heads = [["pretraining"], ["protocol", "text"], ["mean difference", "num lift"], ["seeds", "num"], ["tasks", "text"]];
    var rows = found.map(function (row) {
      return { kind: kind(row), cells: [row.pretraining, row.protocol, difference(row, scale), row.n, row.tasks] };
    });
    var sides = ["helps", "hurts"].map(function (side) { return found.filter(function (row) { return kind(row) === side; }).length; });
    var words = "Mean over tasks: " + sides[0] + " higher, " + sides[1] + " lower, " + (found.length - sides[0] - sides[1]) + " undecided";
    return [make("details", {}, [make("summary", {}, words), table(title, heads, rows)])];
  }

  /* ---- the page ---- */
  function against(base, name, data, back) {
    var found = cells(data, back), only = back ? turned(data.only) : data.only;
    var said = "Of " + found.length + " cell" + (found.length === 1 ? "" : "s") + " that both have: " + counts(found) + " (each by itself).";
    [base, name].forEach(function (each, at) { if (only[at]) { said += " Only " + each + " has another " + only[at] + "."; } });
    var title = make("h2", {}, [make("a", { href: pretune.root + "models/" + name + ".html" }, name), " against ",
      make("a", { href: pretune.root + "models/" + base + ".html" }, base)]);
    return [title, make("p", {}, said)].concat(problems(base, name, found), overTasks(base, name, means(data, back)));
  }
  function none(base, name) {
    return [make("h2", {}, name + " against " + base),
      make("p", {}, ["No file compares them here; ", make("code", {}, "pretune compare " + base + " " + name), " does, where they have cells in common."])];
  }
  function draw(chosen) {
    var base = chosen[0];
    place.textContent = "";
    chosen.slice(1).forEach(function (name) {
      var section = make("section", { id: "against-" + name }), back = pairs.indexOf(base + "--" + name) < 0;
      place.appendChild(section);
      function fill(parts) { parts.forEach(function (each) { section.appendChild(each); }); }
      if (!has(base, name)) { fill(none(base, name)); return; }
      pretune.load("compare/" + (back ? name + "--" + base : base + "--" + name), function (data) { fill(against(base, name, data, back)); });
    });
    selects.forEach(function (select, at) { select.value = chosen[at] || ""; });
  }
  /* The models of an address that there are, and others where two are wanted. */
  function completed(names) {
    var found = names.filter(function (name, at) { return models.indexOf(name) >= 0 && names.indexOf(name) === at; }).slice(0, selects.length);
    if (!found.length) { found = [models[0]]; }
    if (found.length === 1) {
      var other = models.filter(function (name) { return has(found[0], name); })[0];
      if (other) { found.push(other); }
    }
    return found;
  }
  function read() { draw(completed((pretune.state().models || "").split(","))); }
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("change", function () {
    var chosen = completed(selects.map(function (select) { return select.value; }));
    pretune.remember({ models: chosen.join(",") });
    draw(chosen);
  });
  document.getElementById("pairs").removeAttribute("open"); /* what it lists is drawn above */
  window.addEventListener("hashchange", read);
  read();
})();
