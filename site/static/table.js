"use strict";
/* The board's table: one row a cell, sorted, filtered and paged from columns of data. The whole view is in the
   address's hash, so that it can be sent. */
(function () {
  var table = document.querySelector("table.board");
  if (!table) { return; }
  var PAGE = 100;
  var make = pretune.make;
  var fixed = {}, links = null, data = null, columns = [], filters = [], rows = 0, order = [];
  var view = {};        /* as the address has it */
  var everything = false; /* on paper all rows stand */
  var narrow = window.matchMedia("(max-width: 46rem)");
  var PROBLEM = ["task", "protocol", "labels"], FOLDED = PROBLEM.concat("pretraining", "rank");
  var SEARCHED = PROBLEM.concat("model", "pretraining", "remarks", "troubles", "machine");
  var controls = document.getElementById("controls");
  var shown = document.getElementById("shown");
  (table.getAttribute("data-fixed") || "").split("&").forEach(function (part) {
    var cut = part.indexOf("=");
    if (cut > 0) { fixed[part.slice(0, cut)] = part.slice(cut + 1); }
  });

  /* ---- figures ---- */
  function raw(name, row) {
    var column = data[name];
    if (!column) { return null; }
    var at = column.at[row];
    if (column.words) { return at < 0 ? null : column.words[at]; }
    return at === null ? null : at / Math.pow(10, column.digits);
  }
  function figure(name, row, signed) {
    var column = data[name];
    return pretune.number(raw(name, row), column ? column.digits : 0, signed);
  }
  function by(name) { return columns.filter(function (column) { return column.name === name; })[0]; }
  function wanted() {
    var names = view.columns ? view.columns.split(",") : null;
    return columns.filter(function (column) {
      return !(column.name in fixed) && (names ? names.indexOf(column.name) >= 0 : column.shown);
    });
  }
  /* On a phone the lift is to be seen at once: unless columns were chosen, what a row is of stands in its first cell. */
  function folded() { return narrow.matches && !view.columns && !everything; }
  function drawn() {
    var inside = wanted();
    return folded() ? inside.filter(function (column, place) { return place === 0 || FOLDED.indexOf(column.name) < 0; }) : inside;
  }

  /* ---- which rows, in which order ---- */
  function chosen() {
    var tests = [];
    Object.keys(Object.assign({}, view, fixed)).forEach(function (name) {
      var value = name in fixed ? fixed[name] : view[name];
      var column = data[name];
      if (!column || !column.words || name === "columns") { return; }
      var at = column.words.indexOf(value);
      tests.push(function (row) { return column.at[row] === at; });
    });
    (view.filter || "").toLowerCase().split(/\s+/).filter(Boolean).forEach(function (word) {
      var fitting = SEARCHED.filter(function (name) { return data[name] && data[name].words; }).map(function (name) {
        var fits = data[name].words.map(function (text) { return text.toLowerCase().indexOf(word) >= 0; });
        return function (row) { return fits[data[name].at[row]]; }; /* -1, no word, is in no list */
      });
      tests.push(function (row) { return fitting.some(function (fit) { return fit(row); }); });
    });
    var found = [];
    for (var row = 0; row < rows; row += 1) {
      if (tests.every(function (test) { return test(row); })) { found.push(row); }
    }
    return sorted(found);
  }
  function sorted(found) {
    var name = (view.sort || "").replace(/^-/, ""), falling = (view.sort || "")[0] === "-";
    var column = by(name);
    if (!column || !data[name]) { return found; }
    var values = keys(name);
    return found.map(function (row, place) { return [values[row], place, row]; }).sort(function (one, other) {
      if (one[0] === null || other[0] === null) { /* what is missing stays last */
        return (one[0] === null) - (other[0] === null) || one[1] - other[1];
      }
      var less = one[0] < other[0] ? -1 : one[0] > other[0] ? 1 : 0;
      return (falling ? -less : less) || one[1] - other[1];
    }).map(function (each) { return each[2]; });
  }
  function keys(name) {
    var column = data[name];
    if (name === "rank") { return column.at.map(function (at, row) { return data.rank_low.at[row] === null ? at : data.rank_low.at[row]; }); }
    if (!column.words) { return column.at; }
    var places = {};
    column.words.map(function (word, at) { return [word.toLowerCase(), at]; })
      .sort(function (a, b) { return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0; })
      .forEach(function (pair, place) { places[pair[1]] = place; });
    return column.at.map(function (at) { return at < 0 ? null : places[at]; });
  }

  /* ---- cells ---- */
  function tag(text, kind) { return make("span", { "class": "tag" + (kind ? " " + kind : "") }, text); }
  function joined(parts) {
    var found = [];
    parts.forEach(function (part) { if (part) { if (found.length) { found.push(" "); } found.push(part); } });
    return found;
  }
  var CELLS = {
    model: function (row) {
      var name = raw("model", row);
      return joined([make("a", { href: pretune.root + "models/" + name + ".html" }, name), raw("control", row) ? tag("control") : null]);
    },
    pretraining: function (row) {
      var troubles = (raw("troubles", row) || "").split("; ").filter(Boolean);
      return joined([raw("pretraining", row), raw("labelled", row) ? tag("sees labels") : null]
        .concat(troubles.map(function (each) { return tag(each, "bad"); })));
    },
    rank: function (row) {
      var low = raw("rank_low", row), high = raw("rank_high", row), place = raw("rank", row);
      if (low === null) { return place === null ? "–" : "(" + place + ")"; }
      return joined([low === high ? String(low) : low + "–" + high, raw("best", row) ? tag("top") : null]);
    },
    score: function (row) {
      var margin = raw("score_margin", row);
      return joined([figure("score", row), margin === null ? null : make("span", { "class": "pm" }, "± " + figure("score_margin", row))]);
    },
    lift: function (row, scale) {
      if (raw("lift", row) === null) { return raw("objective", row) === "scratch" ? "reference" : "–"; }
      var low = raw("lift_low", row), fewer = raw("lift_n", row);
      return joined([
        make("b", {}, figure("lift", row, true)),
        low === null ? null : make("span", { "class": "pm" }, "[" + figure("lift_low", row, true) + ", " + figure("lift_high", row, true) + "]"),
        fewer !== null && fewer !== raw("n", row) ? make("span", { "class": "pm" }, fewer + " of " + raw("n", row) + " seeds") : null,
        pretune.bar(raw("lift", row), low, raw("lift_high", row), scale, raw("verdict", row))
      ]);
    },
    seeds: function (row) {
      var name = raw("model", row);
      if (links) {
        var own = links[row] || { seeds: [], failures: [] };
        return joined(own.seeds.map(function (each) {
          return make("a", { href: pretune.root + "trial.html#" + each[1], "aria-label": "trial of seed " + each[0] }, each[0]);
        }).concat(own.failures.map(function (each) {
          return make("a", { href: pretune.root + "trial.html#" + each[1] }, tag(each[0], "bad"));
        })));
      }
      var place = { task: raw("task", row), protocol: raw("protocol", row), labels: raw("labels", row), pretraining: raw("pretraining", row) };
      return make("a", { href: pretune.root + "models/" + name + ".html" + pretune.fragment(place), "aria-label": raw("n", row) + " seeds: their trials" }, raw("n", row));
    }
  };
  function scaled(found) {
    var low = 0, high = 0;
    found.forEach(function (row) {
      if (raw("lift", row) === null) { return; }
      low = Math.min(low, raw("lift_low", row) === null ? raw("lift", row) : raw("lift_low", row));
      high = Math.max(high, raw("lift_high", row) === null ? raw("lift", row) : raw("lift_high", row));
    });
    var room = (high - low || 1) * 0.06;
    return [low - room, high + room];
  }
  function beneath(column, row) {
    var parts = PROBLEM.filter(function (name) { return !(name in fixed); }).map(function (name) { return raw(name, row); });
    var found = column.name === "model" ? [make("span", { "class": "beneath" }, CELLS.pretraining(row))] : [];
    return found.concat(make("span", { "class": "beneath note" }, parts.join(", ")));
  }
  function cell(column, row, scale, first) {
    var content = CELLS[column.form] ? CELLS[column.form](row, scale)
      : column.form === "words" ? raw(column.name, row) || "–" : figure(column.name, row);
    var kind = column.name === "remarks" ? "text remarks" : column.form === "lift" ? "num lift" : column.numeric ? "num" : "text";
    if (first && folded()) { content = [].concat(content, beneath(column, row)); }
    return first ? make("th", { scope: "row", "class": "name" }, content) : make("td", { "class": kind }, content);
  }

  /* ---- drawing ---- */
  function draw() {
    var inside = drawn();
    order = chosen();
    var pages = Math.max(1, Math.ceil(order.length / PAGE));
    var page = Math.min(Math.max(1, parseInt(view.page, 10) || 1), pages);
    var visible = everything ? order : order.slice((page - 1) * PAGE, page * PAGE);
    var scale = scaled(visible);
    var body = document.createElement("tbody");
    visible.forEach(function (row) {
      var kinds = [raw("verdict", row), raw("control", row) ? "control" : "", raw("failed", row) ? "failed" : ""];
      body.appendChild(make("tr", { "class": kinds.filter(Boolean).join(" ") }, inside.map(function (column, place) {
        return cell(column, row, scale, place === 0);
      })));
    });
    if (!visible.length) {
      body.appendChild(make("tr", {}, make("td", { colspan: Math.max(1, inside.length), "class": "text" }, "no row is left: clear a filter")));
    }
    table.replaceChild(body, table.tBodies[0]);
    heads(inside);
    said(page, pages);
    choices();
  }
  function heads(inside) {
    var name = (view.sort || "").replace(/^-/, ""), falling = (view.sort || "")[0] === "-";
    var line = make("tr", {}, inside.map(function (column, place) {
      var sort = column.name === name ? (falling ? "descending" : "ascending") : null;
      var button = make("button", { type: "button", "data-sort": column.name }, column.title);
      return make("th", { scope: "col", "class": place === 0 ? "name" : column.numeric ? "num" : "text", title: column.why || null, "aria-sort": sort }, button);
    }));
    var focused = document.activeElement && document.activeElement.getAttribute("data-sort");
    table.tHead.replaceChild(line, table.tHead.rows[0]);
    if (focused) {
      var again = table.tHead.querySelector('[data-sort="' + focused + '"]');
      if (again) { again.focus(); }
    }
  }
  function said(page, pages) {
    var all = order.length === rows && !Object.keys(fixed).length;
    var text = all ? pretune.number(rows, 0) + " rows" : pretune.number(order.length, 0) + " of " + pretune.number(rows, 0) + " rows";
    var problems = new Set(order.map(function (row) {
      return PROBLEM.reduce(function (code, name) { return code * (data[name].words.length + 1) + data[name].at[row]; }, 0);
    }));
    var count = problems.size;
    if (count > 1) { text += "; ranks count within each of " + count + " problems (task, protocol, labels), whatever is filtered"; }
    else if (count === 1) { text += " of one problem; ranks count among all of its cells, whatever is filtered"; }
    shown.textContent = text;
    var pager = document.getElementById("pager");
    pager.textContent = "";
    if (pages > 1 && !everything) {
      [["first", 1, "« first"], ["previous", page - 1, "‹ previous"], [null, 0, "page " + page + " of " + pages], ["next", page + 1, "next ›"], ["last", pages, "last »"]].forEach(function (each) {
        if (!each[0]) { pager.appendChild(make("span", {}, each[2])); return; }
        var off = each[1] < 1 || each[1] > pages || each[1] === page;
        pager.appendChild(make("button", { type: "button", "data-page": each[1], disabled: off ? "" : null }, each[2]));
      });
    }
  }

  /* ---- what a reader sets ---- */
  function choices() {
    Array.prototype.forEach.call(controls.querySelectorAll("select"), function (select) { select.value = view[select.name] || ""; });
    Array.prototype.forEach.call(controls.querySelectorAll("[type=checkbox]"), function (box) {
      box.checked = wanted().some(function (column) { return column.name === box.name; });
    });
    var input = document.getElementById("filter");
    if (input.value.trim() !== (view.filter || "")) { input.value = view.filter || ""; }
    var extra = document.getElementById("extra");
    extra.textContent = "";
    Object.keys(view).forEach(function (name) {
      var offered = filters.some(function (each) { return each.name === name; });
      if (offered || !data[name] || !data[name].words || name in fixed) { return; }
      extra.appendChild(make("button", { type: "button", "data-clear": name, title: "take this filter off" }, name + ": " + view[name] + " ×"));
    });
    document.getElementById("clear").hidden = !Object.keys(view).length;
  }
  function change(name, value) {
    if (value) { view[name] = value; } else { delete view[name]; }
    if (name !== "page") { delete view.page; }
    pretune.remember(view);
    draw();
  }
  /* Whether a page about one model or task has such a row at all. */
  function present(name, word) {
    var at = data[name].words.indexOf(word);
    return data[name].at.some(function (each, row) {
      return each === at && Object.keys(fixed).every(function (kind) { return raw(kind, row) === fixed[kind]; });
    });
  }
  function offer() {
    filters.forEach(function (each) {
      if (each.name in fixed) { return; }
      var there = each.choices.filter(function (word) { return present(each.name, word); });
      if (there.length < 2) { return; }
      var options = [make("option", { value: "" }, "all")].concat(there.map(function (word) { return make("option", { value: word }, word); }));
      document.getElementById("filters").appendChild(make("label", {}, [each.title, make("select", { name: each.name }, options)]));
    });
    columns.forEach(function (column) {
      if (column.name in fixed) { return; }
      document.getElementById("columns").appendChild(make("label", { title: column.why || null }, [make("input", { type: "checkbox", name: column.name }), column.title]));
    });
  }
  controls.addEventListener("submit", function (event) { event.preventDefault(); });
  controls.addEventListener("input", function (event) {
    if (event.target.id === "filter") { change("filter", event.target.value.trim()); }
  });
  controls.addEventListener("change", function (event) {
    var at = event.target;
    if (at.tagName === "SELECT") { change(at.name, at.value); }
    if (at.type === "checkbox") {
      var names = wanted().map(function (column) { return column.name; }).filter(function (name) { return name !== at.name; });
      if (at.checked) { names.push(at.name); }
      var given = columns.filter(function (column) { return names.indexOf(column.name) >= 0; }).map(function (column) { return column.name; });
      complete(given, function () { change("columns", given.join(",")); });
    }
  });
  document.addEventListener("click", function (event) {
    var at = event.target.closest ? event.target.closest("button") : null;
    if (!at) { return; }
    if (at.hasAttribute("data-sort") && table.contains(at)) {
      var column = by(at.getAttribute("data-sort"));
      var first = column.numeric && !column.lower_is_better ? "-" : ""; /* of most figures one wants the largest first */
      var now = view.sort || "";
      var turned = first === "-" ? column.name : "-" + column.name;
      change("sort", now === first + column.name ? turned : now === turned ? "" : first + column.name);
    } else if (at.hasAttribute("data-page")) {
      change("page", at.getAttribute("data-page") === "1" ? "" : at.getAttribute("data-page"));
      table.closest("section").scrollIntoView();
    } else if (at.hasAttribute("data-clear")) { change(at.getAttribute("data-clear"), "");
    } else if (at.id === "clear") { view = {}; pretune.remember(view); draw();
    } else if (at.hasAttribute("data-as")) { pretune.table.save(at.getAttribute("data-as")); }
  });

  /* ---- data ---- */
  function complete(names, then) {
    var lacking = names.some(function (name) { return by(name) && !data[name]; });
    if (!lacking) { then(); return; }
    pretune.load("more", function (more) { Object.assign(data, more); then(); });
  }
  function needed() {
    return (view.columns ? view.columns.split(",") : []).concat((view.sort || "").replace(/^-/, ""));
  }
  function read() {
    view = pretune.state();
    complete(needed(), draw);
  }
  function begin(board) {
    data = board.data; columns = board.columns; filters = board.filters; rows = board.rows;
    offer();
    if (narrow.matches) { document.getElementById("narrow").removeAttribute("open"); }
    read();
    if (Object.keys(view).length) { table.closest("section").scrollIntoView(); } /* who was sent a view wants to see it */
    window.addEventListener("hashchange", function () {
      if (location.hash.indexOf("=") >= 0 || location.hash.length < 2) { read(); } /* else it leads to a place on the page */
    });
  }
  function onPaper(is) { everything = is; draw(); }
  narrow.addEventListener("change", function () { if (data) { draw(); } });
  window.addEventListener("beforeprint", function () { onPaper(true); });
  window.addEventListener("afterprint", function () { onPaper(false); });
  pretune.table = {
    view: function () { return { columns: wanted(), rows: order, raw: raw, figure: figure }; }
  };
  var model = fixed.model;
  pretune.load("board", function (board) {
    if (!model) { begin(board); return; }
    pretune.load("models/" + model, function (own) { /* in the order of the model's rows */
      var column = board.data.model, at = column.words.indexOf(model), next = 0;
      links = {};
      column.at.forEach(function (each, row) { if (each === at) { links[row] = own[next]; next += 1; } });
      begin(board);
    });
  });
})();
