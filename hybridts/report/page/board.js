// The board: sort, search, filter by family, equal names as one group, and two names head to head.
(function () {
  "use strict";
  var t = page.t, make = page.make, data = page.values.charts.board;

  // -- tables: a click on a heading sorts; a second click turns the order round; empty cells stay at the end ---------
  function key(row, column) { return row.cells[column].getAttribute("data-key") || ""; }
  function inOrder(rows, column, down) {
    return rows.sort(function (a, b) {
      var x = key(a, column), y = key(b, column);
      if (x === "" || y === "") return (x === "") - (y === "");
      var order = isNaN(x) || isNaN(y) ? x.localeCompare(y) : x - y;
      return down ? -order : order;
    });
  }
  function sortable(table, sorted) {
    table.querySelectorAll("th").forEach(function (heading, column) {
      var button = make("button", { type: "button" });
      while (heading.firstChild) button.appendChild(heading.firstChild);
      heading.appendChild(button);
      button.addEventListener("click", function () {
        var down = heading.getAttribute("aria-sort") === "ascending";
        table.querySelectorAll("th").forEach(function (other) { other.removeAttribute("aria-sort"); });
        heading.setAttribute("aria-sort", down ? "descending" : "ascending");
        var body = table.tBodies[0];
        inOrder(Array.from(body.rows), column, down).forEach(function (row) { body.appendChild(row); });
        if (sorted) sorted();
      });
    });
  }

  function board(table) {
    var body = table.tBodies[0], rows = Array.from(body.rows), pinned = [], open = Object.create(null);
    var byName = Object.create(null), buttons = [];
    var state = { text: "", family: "", best: false, grouped: Object.keys(data.groups).length > 0 };
    rows.forEach(function (row) { byName[row.dataset.name] = row; });
    var best = mayBeBest();
    rows.forEach(dress);
    sortable(table, gather);
    var bar = make("div", { "class": "controls" }), count = make("span", { "class": "count", "aria-live": "polite" });
    table.parentNode.parentNode.insertBefore(bar, table.parentNode);
    build();
    apply();
    document.addEventListener("redraw", function () { build(); buttons.forEach(function (b) { b(); }); apply(); duel(); });

    function mayBeBest() { // lead -> true; null where that is not known, or true of all
      var set = page.values.charts["confidence-set"], found = Object.create(null);
      if (!set || set.inside.every(Boolean)) return null;
      set.names.forEach(function (name, i) { if (set.inside[i]) found[name] = true; });
      return found;
    }
    function group(name) { return page.own(data.groups, name) ? data.groups[name] : []; }
    function dress(row) { // the name, what it shares with others, and its pin
      var cell = row.cells[1], name = row.dataset.name, lead = row.dataset.lead === name;
      var text = make("span", { "class": "name", text: name });
      var pin = make("button", { type: "button", "class": "small pin", "aria-pressed": "false" });
      cell.textContent = "";
      cell.appendChild(pin);
      cell.appendChild(text);
      pin.addEventListener("click", function () { toggle(name); });
      var more = lead && group(name).length ? make("button", { type: "button", "class": "small", "aria-expanded": "false" }) : null;
      if (more) {
        cell.appendChild(document.createTextNode(" "));
        cell.appendChild(more);
        more.addEventListener("click", function () { open[name] = !open[name]; apply(); });
      }
      var by = row.dataset.author ? make("span", { "class": "by" }) : null;
      if (by) cell.appendChild(by);
      var say = function () {
        pin.textContent = t("pin");
        pin.setAttribute("aria-label", t("Pin {name}", { name: name }));
        pin.setAttribute("aria-pressed", pinned.indexOf(name) >= 0 ? "true" : "false");
        if (more) {
          more.hidden = !state.grouped;
          more.textContent = t("{n} equal", { n: group(name).length - 1 });
          more.setAttribute("aria-expanded", open[name] ? "true" : "false");
          more.setAttribute("aria-label", t("{n} names with the same forecasts as {name}", { n: group(name).length - 1, name: name }));
        }
        if (by) by.textContent = t("the forecast of {name}", { name: row.dataset.author });
      };
      buttons.push(say);
      say();
    }

    function build() {
      bar.textContent = "";
      var families = Array.from(new Set(rows.map(function (row) { return row.dataset.family; }))).sort();
      var search = make("input", { type: "search", placeholder: t("Search names"), "aria-label": t("Search names"),
        on: { input: function () { state.text = search.value.trim().toLowerCase(); apply(); } } });
      search.value = state.text;
      bar.appendChild(search);
      bar.appendChild(page.choice(t("Family"), [["", t("all")]].concat(families.map(function (f) { return [f, t(f)]; })),
        state.family, function (family) { state.family = family; apply(); }));
      if (Object.keys(data.groups).length) bar.appendChild(box(t("Equal names as one"), state.grouped, function (on) { state.grouped = on; apply(); }));
      if (best) bar.appendChild(box(t("Only those that may be the best"), state.best, function (on) { state.best = on; apply(); }));
      if (page.narrow()) bar.appendChild(box(t("All columns"), table.classList.contains("all"), function (on) { table.classList.toggle("all", on); }));
      bar.appendChild(count);
    }
    function box(text, on, change) {
      var input = make("input", { type: "checkbox", on: { change: function () { change(input.checked); } } });
      input.checked = on;
      return make("label", {}, [input, make("span", { text: text })]);
    }

    function apply() {
      var shown = 0;
      rows.forEach(function (row) {
        var name = row.dataset.name, lead = row.dataset.lead, member = state.grouped && lead !== name && byName[lead];
        var found = matches(row);
        row.classList.toggle("member", Boolean(member));
        // a member shows with its open group, or where a search or a filter finds it and not its lead
        var alone = member && !matches(byName[lead]);
        row.hidden = !found || Boolean(member && !open[lead] && !alone);
        shown += row.hidden ? 0 : 1;
      });
      buttons.forEach(function (b) { b(); });
      gather();
      count.textContent = t("{shown} of {all} names shown", { shown: shown, all: rows.length });
    }
    function matches(row) {
      return row.dataset.name.toLowerCase().indexOf(state.text) >= 0 && (!state.family || row.dataset.family === state.family) &&
        (!state.best || Boolean(best[row.dataset.lead]));
    }
    function gather() { // members follow their lead
      if (!state.grouped) return;
      Array.from(body.rows).forEach(function (row) {
        if (row.dataset.lead !== row.dataset.name) return;
        group(row.dataset.name).slice(1).reverse().forEach(function (name) {
          if (byName[name]) body.insertBefore(byName[name], row.nextSibling);
        });
      });
    }

    // -- head to head -----------------------------------------------------------------------------------------------
    function toggle(name) {
      pinned = pinned.indexOf(name) >= 0 ? pinned.filter(function (n) { return n !== name; }) : pinned.concat([name]).slice(-2);
      rows.forEach(function (row) { row.classList.toggle("pinned", pinned.indexOf(row.dataset.name) >= 0); });
      buttons.forEach(function (b) { b(); });
      duel();
    }
    function duel() {
      var place = document.querySelector("[data-widget=board]");
      place.textContent = "";
      if (!pinned.length) return;
      var panel = make("div", { "class": "duel", id: "duel", role: "region", "aria-live": "polite", "aria-label": t("Two names compared") });
      place.appendChild(panel);
      if (pinned.length === 1) {
        panel.appendChild(make("p", { text: t("{name} is pinned. Pin a second name to compare them.", { name: pinned[0] }) }));
        return;
      }
      sentences(pinned).forEach(function (text, i) { panel.appendChild(make("p", { text: text, "class": i ? "note" : "result" })); });
      bySeries(panel, pinned);
    }
    function sentences(two) {
      var leads = two.map(function (name) { return byName[name].dataset.lead; });
      if (leads[0] === leads[1]) return [t("{a} and {b} made the same forecasts.", { a: two[0], b: two[1] })];
      var i = data.names.indexOf(leads[0]), j = data.names.indexOf(leads[1]);
      if (i < 0 || j < 0) return [t("Only the {n} best distinct forecasts are compared here.", { n: data.names.length })];
      if (i > j) { two = [two[1], two[0]]; var k = i; i = j; j = k; }
      var at = i * (2 * data.names.length - i - 1) / 2 + (j - i - 1), p = data.p[at], gain = data.gain[at];
      var facts = { a: two[0], b: two[1], measure: data.measure, gain: page.number(Math.abs(gain), 1), p: p === null ? "" : p < 0.001 ? "< 0.001" : page.number(p, 3) };
      var better = gain >= 0 ? "{a} has {gain} % less {measure} than {b}" : "{a} has {gain} % more {measure} than {b}";
      var result = t(better, facts) + (p === null ? t("; this run has too little data for a test.") :
        p < 0.05 ? t("; the difference is more than chance (p {p}).", { p: p < 0.001 ? facts.p : "= " + facts.p }) :
          t("; chance explains that as well (p {p}).", { p: p < 0.001 ? facts.p : "= " + facts.p }));
      var lines = [result];
      var means = t("Mean {measure}: {x} and {y}. {a} is better in {share} % of the cells.", { measure: data.measure, a: two[0],
        x: page.number(data.loss[i]), y: page.number(data.loss[j]), share: page.number(100 * data.wins[at], 0) });
      if (data.low[at] !== null) means += " " + t("95 % interval of the gain: {low} to {high} %.", { low: page.number(data.low[at], 1), high: page.number(data.high[at], 1) });
      lines.push(means);
      lines.push(t("Test: {test}; this pair alone, so a p picked among many pairs is too small.", { test: data.test }));
      return lines;
    }
    function bySeries(panel, two) { // gain on each series, the largest first
      var errors = page.values.charts.errors;
      if (!errors || !errors.views.series) return;
      var rowsOf = two.map(function (name) { return errors.views.series.rows[errors.names.indexOf(byName[name].dataset.lead)]; });
      if (!rowsOf[0] || !rowsOf[1] || rowsOf[0] === rowsOf[1]) return;
      var points = errors.views.series.labels.map(function (name, i) { return [name, rowsOf[1][i] - rowsOf[0][i]]; })
        .sort(function (a, b) { return b[1] - a[1]; });
      var figure = make("figure", {}, [make("div", { "class": "plot", role: "img", "aria-label": t("Difference by series") })]);
      panel.appendChild(figure);
      var c = page.colours(), few = points.length <= 24;
      page.plot(figure, [{ type: "bar", x: points.map(function (p, i) { return i; }), y: points.map(function (p) { return p[1]; }),
        hovertext: points.map(function (p) { return page.plain(p[0]) + ": " + page.number(p[1]); }), hoverinfo: "text", textposition: "none",
        marker: { color: points.map(function (p) { return p[1] >= 0 ? c.accent : c.baseline; }) } }],
      { height: 220, xaxis: { tickvals: few ? points.map(function (p, i) { return i; }) : [], ticktext: few ? points.map(function (p) { return page.label(p[0], 14); }) : [] } },
      t("series; above zero {name} is better", { name: page.short(two[0], 30) }), t("difference in {measure}", { measure: data.measure }));
    }
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("table").forEach(function (table) {
      if (table.classList.contains("board")) board(table); else sortable(table);
    });
  });
})();
