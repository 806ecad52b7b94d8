"use strict";
/* One trial, from its data file; the URL's hash names it. */
(function () {
  var article = document.getElementById("trial");
  if (!article) { return; }
  var make = pretune.make;
  var digits = Number(article.getAttribute("data-digits"));

  function link(id, text) { return make("a", { href: "#" + id }, text); }
  function section(title, children) { return make("section", {}, [make("h2", {}, title)].concat(children)); }
  function figure(declared, name, value) {
    var known = declared[name] || { title: name, unit: "", digits: null };
    if (typeof value === "string") { return [known.title, value, ""]; }
    if (known.unit === "bytes" && value !== null) { return [known.title, pretune.number(value / 1e6, 0), "MB"]; }
    var text = value === null ? "–" : known.digits === null ? String(value) : pretune.number(value, known.digits);
    return [known.title, text, known.unit === "share" || value === null ? "" : known.unit];
  }
  function line(name, text, unit) {
    return make("tr", {}, [make("th", { scope: "row", "class": "name" }, name), make("td", { "class": "num" }, text), make("td", { "class": "text note" }, unit)]);
  }
  function figures(declared, values, lift) {
    var lines = Object.keys(values).sort().map(function (name) {
      return line.apply(null, figure(declared, name, values[name]));
    });
    if (lift) { lines.unshift(line("Lift", pretune.number(lift[0], 3, true), ["over ", link(lift[1], "scratch")])); }
    if (!lines.length) { lines = [make("tr", {}, make("td", {}, "No measurements."))]; }
    return make("table", {}, make("tbody", {}, lines));
  }
  function pairs(rows) {
    return make("dl", { "class": "figures" }, rows.map(function (each) {
      return make("div", {}, [make("dt", {}, each[0]), make("dd", {}, each[1])]);
    }));
  }
  function moment(text) { return text ? text.slice(0, 10) + " " + text.slice(11, 19) + " UTC" : "–"; }
  function list(items) { return make("ul", {}, items.map(function (each) { return make("li", {}, each); })); }
  function row(tag, cells) {
    return make("tr", {}, cells.map(function (each, at) {
      var head = tag === "th" || at === 0;
      return make(head ? "th" : "td", { scope: tag === "th" ? "col" : head ? "row" : null, "class": at === 0 ? "name" : "num" }, each);
    }));
  }

  /* ---- the learning curve ---- */
  var W = 640, H = 400, L = 64, R = 24, T = 30, B = 48;
  function scale(values, start, end, pad) {
    var low = Math.min.apply(null, values), high = Math.max.apply(null, values);
    var room = (high - low || Math.abs(high) || 1) * pad;
    low -= room; high += room;
    function at(value) { return Math.round((start + (value - low) / (high - low) * (end - start)) * 100) / 100; }
    at.ticks = function () {
      var rough = (high - low) / 5, power = Math.pow(10, Math.floor(Math.log10(rough)));
      var step = [1, 2, 5, 10].map(function (each) { return each * power; }).filter(function (each) { return each >= rough; })[0];
      var ticks = [];
      for (var each = Math.ceil(low / step); each <= Math.floor(high / step); each += 1) { ticks.push(Number((each * step).toPrecision(10))); }
      return ticks;
    };
    return at;
  }
  function plot(curve, title) {
    var parts = Object.keys(curve).filter(function (name) { return name !== "step"; });
    var all = [].concat.apply([], parts.map(function (name) { return curve[name]; })).filter(function (each) { return each !== null; });
    if (!all.length) { return null; }
    var x = scale(curve.step, L, W - R, 0.02), y = scale(all, H - B, T, 0.06), drawn = [];
    function line(x1, y1, x2, y2, kind) { drawn.push(make("line", { x1: x1, y1: y1, x2: x2, y2: y2, "class": kind })); }
    line(L, H - B, W - R, H - B, "axis");
    line(L, T, L, H - B, "axis");
    x.ticks().forEach(function (each) {
      line(x(each), T, x(each), H - B, "grid");
      drawn.push(make("text", { x: x(each), y: H - B + 18, "class": "tick", "text-anchor": "middle" }, each));
    });
    y.ticks().forEach(function (each) {
      line(L, y(each), W - R, y(each), "grid");
      drawn.push(make("text", { x: L - 8, y: y(each) + 4, "class": "tick", "text-anchor": "end" }, each));
    });
    drawn.push(make("text", { x: (L + W - R) / 2, y: H - 8, "class": "label", "text-anchor": "middle" }, "step"));
    drawn.push(make("text", { x: 4, y: 16, "class": "label", "text-anchor": "start" }, "loss"));
    parts.forEach(function (name, index) {
      var points = curve.step.map(function (step, at) { return [step, curve[name][at]]; }).filter(function (each) { return each[1] !== null; });
      drawn.push(make("polyline", { points: points.map(function (each) { return x(each[0]) + "," + y(each[1]); }).join(" "), "class": "curve g" + index % 8 }));
      points.forEach(function (each) {
        var text = name.replace("loss/", "") + ": " + Number(each[1].toPrecision(5)) + " at step " + each[0];
        drawn.push(make("circle", { cx: x(each[0]), cy: y(each[1]), r: 3, "class": "mark g" + index % 8 }, make("title", {}, text)));
      });
    });
    return make("svg", { "class": "figure", viewBox: "0 0 " + W + " " + H, role: "img", "aria-label": "Learning curve of " + title }, drawn);
  }
  function curved(trial) {
    var curve = trial.curve;
    if (!curve || curve.step.length < 2) { return []; }
    var parts = Object.keys(curve).filter(function (name) { return name !== "step"; });
    var names = parts.map(function (name) { return name.replace("loss/", ""); });
    var picture = plot(curve, trial.title);
    if (!picture) { return []; }
    var heads = row("th", ["step"].concat(names.map(function (name) { return name + " loss"; })));
    var lines = curve.step.map(function (step, at) {
      return row("td", [step].concat(parts.map(function (name) { return curve[name][at] === null ? "–" : Number(curve[name][at].toPrecision(5)); })));
    });
    var words = "Mean training loss between points" + (names.length > 1 ? ": " + names.join(", ") : "") + ".";
    return [make("h2", {}, "Learning curve"),
      make("figure", { "class": "single" }, [picture, make("figcaption", {}, words)]),
      make("details", {}, [make("summary", {}, "Curve as a table"),
        pretune.frame("Learning curve", make("table", {}, [make("thead", {}, heads), make("tbody", {}, lines)]))])];
  }

  /* ---- the page ---- */
  function tuned(trial) {
    var lines = trial.scores.map(function (each) {
      var trials = [];
      each[2].forEach(function (one) { trials.push(link(one[0], "seed " + one[1] + (one[2] === "ok" ? "" : ": " + one[2])), " "); });
      var rate = Number(each[0]) === trial.rate ? [each[0], " ", make("span", { "class": "tag" }, "chosen")] : each[0];
      return row("td", [rate, pretune.number(each[1], 3), trials.length ? trials : "–"]);
    });
    return pretune.frame("Tuning", make("table", {}, [make("thead", {}, row("th", ["rate", "mean validation score", "tuning trials"])), make("tbody", {}, lines)]));
  }
  function about(trial) {
    var good = trial.status === "ok";
    var line = [make("span", { "class": "verdict " + (good ? "helps" : "hurts") }, trial.status), " ",
      make("a", { href: "models/" + trial.model + ".html" }, trial.model)];
    if (trial.parent) { line.push(" · starts from ", link(trial.parent, "its pretraining")); }
    trial.flags.forEach(function (flag) { line.push(" · ", make("span", { "class": "tag bad" }, flag)); });
    return line;
  }
  function show(trial, words) {
    var columns = [section("Quality", figures(words.metrics, trial.metrics, trial.lift)), section("Cost", figures(words.meters, trial.meters))];
    if (trial.counts.length) {
      columns.push(section("Data", make("table", {}, make("tbody", {}, trial.counts.map(function (each) { return row("td", each); })))));
    }
    if (trial.scores.length) { columns.push(section("Tuning", tuned(trial))); }
    var environment = words.environments[trial.environment] || [];
    var facts = environment.concat([["started", moment(trial.started)], ["ended", moment(trial.ended)]]);
    if (trial.checkpoint) { facts.push(["checkpoint, SHA-256", make("code", {}, trial.checkpoint)]); }
    if (trial.parent_checkpoint) { facts.push(["starting checkpoint, SHA-256", make("code", {}, trial.parent_checkpoint)]); }
    var parts = [
      make("p", { "class": "note" }, [trial.role + " trial ", make("code", {}, trial.id)]),
      make("h1", {}, trial.title), make("p", {}, about(trial))
    ];
    if (trial.message) { parts.push(make("pre", { "class": "message" }, trial.message)); }
    parts.push(make("div", { "class": "columns" }, columns));
    parts = parts.concat(curved(trial));
    if (trial.confusion) { parts = parts.concat(pretune.confusion(trial.confusion)); }
    parts.push(make("h2", {}, "Reproduce"), make("pre", {}, make("code", {}, "pretune reproduce " + trial.id)));
    if (trial.children.length) {
      parts.push(make("h2", {}, "Trials that start from it"), list(trial.children.map(function (each) {
        return [link(each[0], each[1])].concat(each[2] === "ok" ? [] : [" ", make("span", { "class": "tag bad" }, each[2])]);
      })));
    }
    if (trial.attempts.length > 1) {
      parts.push(make("h2", {}, "Attempts"), list(trial.attempts.map(function (each) {
        return moment(each[1]) + ": " + each[0] + (each[2] ? " (" + each[2] + ")" : "");
      })));
    }
    parts.push(make("h2", {}, "Environment"), pairs(facts), make("details", {}, [make("summary", {}, "Spec: everything that decides its key"),
      make("p", { "class": "note" }, ["The key is the SHA-256 of this: ", make("code", {}, trial.key)]),
      make("pre", {}, JSON.stringify(trial.spec, null, 2))]));
    fill(parts);
    document.title = trial.title + " · " + document.title.split(" · ").slice(1).join(" · ");
  }
  function fill(parts) {
    article.textContent = "";
    parts.forEach(function (each) { article.appendChild(each); });
  }
  function unknown(id) {
    fill([make("h1", {}, "No such trial"), make("p", {}, id ? ["This board has no trial ", make("code", {}, id), "."] :
      "The hash names a trial by the first 16 digits of its key. The tables of models link to their trials.")]);
  }
  function read() {
    var id = location.hash.slice(1);
    if (!/^[0-9a-f]{16}$/.test(id)) { unknown(id); return; }
    pretune.load("words", function (words) {
      pretune.load("trial/" + id.slice(0, digits), function (trials) {
        if (id !== location.hash.slice(1)) { return; }
        if (trials[id]) { show(trials[id], words); window.scrollTo(0, 0); } else { unknown(id); }
      }, function () { unknown(id); });
    });
  }
  window.addEventListener("hashchange", read);
  read();
})();
