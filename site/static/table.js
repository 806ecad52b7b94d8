"use strict";
/* Tables that are sorted, filtered, paged and downloaded, drawn from columns of data (harness/report/table_data.py). The
   first table of a page keeps its view in the URL's hash. */
(function () {
  var PAGE = 100, LONG = 64;
  var make = pretune.make, each = pretune.each;
  var narrow = window.matchMedia("(max-width: 46rem)");
  each(document.querySelectorAll("table.live"), function (table, index) {
    pretune.load(table.getAttribute("data-file"), function (content) { take(table, content, index === 0); });
  });

  function take(table, content, first) {
    var data = content.data, columns = content.columns, cells = pretune.cells(content);
    var section = table.closest(".table"), controls = section.querySelector(".controls");
    var fixed = {}, view = {}, order = [], everything = false; /* on paper all rows are drawn */
    var long = {};
    (table.getAttribute("data-fixed") || "").split("&").forEach(function (part) {
      var cut = part.indexOf("=");
      if (cut > 0) { fixed[decodeURIComponent(part.slice(0, cut))] = decodeURIComponent(part.slice(cut + 1)); }
    });
    function at(selector) { return section.querySelector(selector); }
    function by(name) { return columns.filter(function (column) { return column.name === name; })[0]; }
    function nameOf(column) { return column.name; }
    function texts(column) { return column && column.words; }

    /* ---- columns ---- */
    function isShown(column) { return column.shown || (column.subject === "trial" && Object.keys(fixed).length > 0); }
    function wanted() {
      var names = view.columns ? view.columns.split(",") : null;
      return columns.filter(function (column) {
        return !(column.name in fixed) && data[column.name] && (names ? names.indexOf(column.name) >= 0 : isShown(column));
      });
    }
    /* On a phone, unless columns were chosen, the texts left of the numbers stand in the first cell. */
    function folded() { return narrow.matches && !view.columns && !everything; }
    function split() {
      var inside = wanted(), last = -1;
      inside.forEach(function (column, index) { if (column.numeric) { last = index; } });
      if (!folded()) { return { drawn: inside, beneath: [] }; }
      var beneath = inside.filter(function (column, index) { return index > 0 && index < last && !column.numeric && column.format !== "list"; });
      return { drawn: inside.filter(function (column) { return beneath.indexOf(column) < 0; }), beneath: beneath };
    }

    /* ---- rows ---- */
    function chosen() {
      var tests = [], rows = [];
      Object.keys(Object.assign({}, view, fixed)).forEach(function (name) {
        var value = name in fixed ? fixed[name] : view[name], column = data[name];
        if (!column || ["columns", "sort", "filter", "page"].indexOf(name) >= 0) { return; }
        tests.push(function (row) { return String(cells.raw(name, row)) === value; });
      });
      (view.filter || "").toLowerCase().split(/\s+/).filter(Boolean).forEach(function (word) {
        var fitting = columns.filter(function (column) { return texts(data[column.name]); }).map(function (column) {
          var words = data[column.name], fits = words.words.map(function (text) { return text.toLowerCase().indexOf(word) >= 0; });
          return function (row) { return fits[words.at[row]]; };
        });
        tests.push(function (row) { return fitting.some(function (fit) { return fit(row); }); });
      });
      for (var row = 0; row < content.rows; row += 1) {
        if (tests.every(function (test) { return test(row); })) { rows.push(row); }
      }
      return sorted(rows);
    }
    /* Rows by the values of a column. Missing values stay last in both directions. */
    function sorted(rows) {
      var name = (view.sort || "").replace(/^-/, ""), falling = (view.sort || "")[0] === "-", column = data[name];
      if (!column || column.links) { return rows; }
      var ranks = column.words && column.words.map(function (word, index) { return [word, index]; })
        .sort(function (one, other) { return one[0].localeCompare(other[0], "en", { numeric: true }); })
        .reduce(function (byWord, pair, rank) { byWord[pair[1]] = rank; return byWord; }, {});
      function key(row) { var value = column.at[row]; return ranks ? (value < 0 ? null : ranks[value]) : value; }
      return rows.map(function (row, index) { return [key(row), index, row]; }).sort(function (one, other) {
        if (one[0] === null || other[0] === null) { return (one[0] === null) - (other[0] === null) || one[1] - other[1]; }
        return (falling ? other[0] - one[0] : one[0] - other[0]) || one[1] - other[1];
      }).map(function (each) { return each[2]; });
    }

    /* ---- drawing ---- */
    function cell(column, row, scales, head, beneath) {
      var inside = cells.content(column, row, scales);
      if (!head) {
        var kinds = [column.numeric ? "num" : "text", long[column.name] ? "remarks" : "", cells.verdict(column, row)];
        return make("td", { "class": kinds.filter(Boolean).join(" ") }, inside);
      }
      var more = beneath.map(function (other) { return cells.content(other, row, scales); }).filter(function (part) { return part !== "" && part !== "–"; });
      var rest = more.slice(1).reduce(function (parts, part) { return parts.concat(parts.length ? ", " : [], part); }, []);
      return make("th", { scope: "row", "class": "name" }, [].concat(inside, [more.slice(0, 1), rest].map(function (part) {
        return part.length ? make("span", { "class": "beneath" }, part) : "";
      })));
    }
    function draw() {
      var parts = split(), scales = {};
      order = chosen();
      var pages = Math.max(1, Math.ceil(order.length / PAGE));
      var page = Math.min(Math.max(1, parseInt(view.page, 10) || 1), pages);
      var visible = everything ? order : order.slice((page - 1) * PAGE, page * PAGE);
      parts.drawn.forEach(function (column) {
        if (column.format === "signed" && column.low) { scales[column.name] = cells.scale(column, visible); }
      });
      var lines = visible.map(function (row) {
        return make("tr", {}, parts.drawn.map(function (column, index) { return cell(column, row, scales, index === 0, parts.beneath); }));
      });
      if (!lines.length) { lines = [make("tr", {}, make("td", { colspan: Math.max(1, parts.drawn.length), "class": "text" }, "No row is left. Clear a filter."))]; }
      table.replaceChild(make("tbody", {}, lines), table.tBodies[0]);
      heads(parts.drawn);
      pager(page, pages);
      settings();
    }
    function heads(drawn) {
      var name = (view.sort || "").replace(/^-/, ""), falling = (view.sort || "")[0] === "-";
      var focused = table.contains(document.activeElement) && document.activeElement.getAttribute("data-sort");
      table.tHead.replaceChild(make("tr", {}, drawn.map(function (column, index) {
        var sort = column.name === name ? (falling ? "descending" : "ascending") : null;
        var button = make("button", { type: "button", "data-sort": column.name }, column.title);
        return make("th", { scope: "col", "class": index === 0 ? "name" : column.numeric ? "num" : "text", title: column.meaning || null, "aria-sort": sort }, button);
      })), table.tHead.rows[0]);
      var again = focused && table.tHead.querySelector('[data-sort="' + focused + '"]');
      if (again) { again.focus(); }
    }
    function pager(page, pages) {
      var total = pretune.number(content.rows, 0);
      at(".shown").textContent = order.length === content.rows ? total + " rows" : pretune.number(order.length, 0) + " of " + total + " rows";
      var buttons = [["« first", 1], ["‹ previous", page - 1], ["page " + page + " of " + pages], ["next ›", page + 1], ["last »", pages]];
      at(".pager").replaceChildren.apply(at(".pager"), pages < 2 || everything ? [] : buttons.map(function (each) {
        if (each.length < 2) { return make("span", {}, each[0]); }
        var off = each[1] < 1 || each[1] > pages || each[1] === page;
        return make("button", { type: "button", "data-page": each[1], disabled: off ? "" : null }, each[0]);
      }));
    }

    /* ---- controls ---- */
    function settings() {
      each(controls.querySelectorAll("select"), function (select) { select.value = view[select.name] || ""; });
      each(controls.querySelectorAll("[type=checkbox]"), function (box) { box.checked = wanted().indexOf(by(box.name)) >= 0; });
      var input = at("[type=search]");
      if (input.value.trim() !== (view.filter || "")) { input.value = view.filter || ""; }
      at("[data-clear]").hidden = !Object.keys(view).length;
    }
    function change(name, value) {
      if (value) { view[name] = value; } else { delete view[name]; }
      if (name !== "page") { delete view.page; }
      if (first) { pretune.remember(view); }
      draw();
    }
    /* The values of a column in the rows that the page is about. */
    function choices(name) {
      var values = {};
      for (var row = 0; row < content.rows; row += 1) {
        var inside = Object.keys(fixed).every(function (kind) { return String(cells.raw(kind, row)) === fixed[kind]; });
        if (inside && cells.raw(name, row) !== null) { values[cells.raw(name, row)] = 1; }
      }
      return Object.keys(values).sort(function (one, other) { return one.localeCompare(other, "en", { numeric: true }); });
    }
    function offer() {
      content.filters.forEach(function (name) {
        var column = by(name), words = name in fixed ? [] : choices(name);
        if (words.length < 2) { return; }
        var pairs = words.map(function (word) { return [word, column.format === "yesno" ? (word === "1" ? "yes" : "no") : word]; });
        at(".filters").appendChild(pretune.select(name, column.title, [["", "all"]].concat(pairs)));
      });
      columns.forEach(function (column) {
        if (column.name in fixed) { return; }
        at(".choices").appendChild(make("label", { title: column.meaning || null }, [make("input", { type: "checkbox", name: column.name }), column.title]));
      });
      each(controls.querySelectorAll("details"), function (part) { part.hidden = !part.querySelector("label"); });
    }
    function listen() {
      controls.addEventListener("submit", function (event) { event.preventDefault(); });
      controls.addEventListener("input", function (event) {
        if (event.target.type === "search") { change("filter", event.target.value.trim()); }
      });
      controls.addEventListener("change", function (event) {
        var target = event.target;
        if (target.tagName === "SELECT") { change(target.name, target.value); }
        if (target.type !== "checkbox") { return; }
        var names = wanted().map(nameOf).filter(function (name) { return name !== target.name; });
        if (target.checked) { names.push(target.name); }
        names = columns.map(nameOf).filter(function (name) { return names.indexOf(name) >= 0; });
        complete(names, function () { change("columns", names.join(",")); });
      });
      section.addEventListener("click", function (event) {
        var target = event.target.closest("button");
        if (!target) { return; }
        if (target.hasAttribute("data-sort")) { change("sort", next(by(target.getAttribute("data-sort")))); }
        if (target.hasAttribute("data-page")) { change("page", target.getAttribute("data-page")); section.scrollIntoView(); }
        if (target.hasAttribute("data-clear")) { view = {}; change("filter", ""); }
        if (target.hasAttribute("data-as")) { pretune.save(target.getAttribute("data-as"), wanted(), order, cells); }
      });
    }
    /* The preferred direction first, then the other, then the order of the data. */
    function next(column) {
      var start = column.numeric && column.better !== "lower" ? "-" : "", other = start ? "" : "-";
      return view.sort === start + column.name ? other + column.name : view.sort === other + column.name ? "" : start + column.name;
    }

    /* ---- data ---- */
    function complete(names, then) {
      var lacking = names.some(function (name) { return by(name) && !data[name]; });
      if (!lacking) { then(); return; }
      pretune.load(table.getAttribute("data-file") + "-more", function (more) { Object.assign(data, more); then(); });
    }
    function read() {
      view = first ? pretune.state() : {};
      complete((view.columns ? view.columns.split(",") : columns.filter(isShown).map(nameOf)).concat((view.sort || "").replace(/^-/, "")), draw);
    }
    columns.forEach(function (column) {
      var words = texts(data[column.name]);
      long[column.name] = Boolean(words) && words.some(function (word) { return word.length > LONG; });
    });
    offer();
    listen();
    if (narrow.matches) { each(controls.querySelectorAll("details[open]"), function (part) { part.removeAttribute("open"); }); }
    read();
    if (first && Object.keys(view).length) { section.scrollIntoView(); }
    window.addEventListener("hashchange", function () {
      if (first && (location.hash.indexOf("=") >= 0 || location.hash.length < 2)) { read(); } /* others are anchors */
    });
    narrow.addEventListener("change", draw);
    window.addEventListener("beforeprint", function () { everything = true; draw(); });
    window.addEventListener("afterprint", function () { everything = false; draw(); });
  }
})();
