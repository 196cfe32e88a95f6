// The charts, one function each, by the name of their figure. A chart reads its data, its controls' state, and draws.
(function () {
  "use strict";
  var t = page.t, number = page.number, label = page.label;

  function range(count) { return Array.from({ length: count }, function (_, i) { return i; }); }
  function kindName(kind) { return t({ hybrid: "hybrids and ensembles", baseline: "baselines", single: "single models" }[kind]); }
  function colourOf(c) { return function (i) { return c.lines[i % c.lines.length]; }; }
  function ticks(names, width) { return { tickvals: range(names.length), ticktext: names.map(function (n) { return label(n, width); }) }; }
  function rowsLayout(names, more) { // a row per name, the first on top
    var width = page.narrow() ? 18 : 34, layout = { height: 70 + 21 * names.length, margin: { t: 8 } };
    layout.yaxis = Object.assign(ticks(names, width), { range: [names.length - 0.4, -0.6], showgrid: false, ticks: "" });
    Object.assign(layout, more);
    return layout;
  }

  // -- forecasts against what happened ------------------------------------------------------------------------------
  page.chart("forecasts", function (view) {
    var d = view.data, s = view.state, c = page.colours(), H = d.horizon, W = d.windows.length;
    d.at_ = d.at_ || page.unpack(d.forecast);
    if (s.names === undefined) { s.names = d.first.slice(); s.series = 0; s.window = "all"; s.level = d.intervals.length ? "0" : ""; }
    view.control(page.choice(t("Series"), d.series.map(function (n, i) { return [String(i), n]; }), String(s.series),
      function (v) { view.again({ series: Number(v) }); }));
    view.control(page.choice(t("Window"), [["all", t("all")]].concat(d.windows.map(function (w, i) { return [String(i), String(w)]; })), s.window,
      function (v) { view.again({ window: v }); }));
    if (d.intervals.length) view.control(page.choice(t("Interval"), d.intervals.map(function (l, i) { return [String(i), l.level + " %"]; }).concat([["", t("none")]]), s.level,
      function (v) { view.again({ level: v }); }));
    view.control(page.names(t("Names"), d.names, s.names, colourOf(c), function (names) { view.again({ names: names }); }));
    var picked = s.window === "all" ? range(W) : [Number(s.window)];
    function x(w) { return d.at[d.at.length > 1 ? s.series : 0][w].map(function (i) { return i < 0 ? null : d.dates ? d.times[i] : Number(d.times[i]); }); }
    function path(value) { // the values of the picked windows, broken between them
      var xs = [], ys = [];
      picked.forEach(function (w) {
        x(w).forEach(function (when, h) { if (when !== null) { xs.push(when); ys.push(value(w, h)); } });
        if (H > 1) { xs.push(xs[xs.length - 1]); ys.push(null); }
      });
      return { x: xs, y: ys };
    }
    var traces = [], low = Infinity, high = -Infinity, seen = Object.create(null);
    var actual = { x: [], y: [] };
    picked.forEach(function (w) {
      x(w).forEach(function (when, h) {
        var y = d.actual[s.series][w][h];
        if (when === null || seen[when]) return;
        seen[when] = true;
        actual.x.push(when); actual.y.push(y);
        if (y !== null) { low = Math.min(low, y); high = Math.max(high, y); }
      });
    });
    s.names.forEach(function (name, k) {
      var i = d.names.indexOf(name), colour = colourOf(c)(k), line = path(function (w, h) { return d.at_(i * d.series.length + s.series, w * H + h, W * H); });
      var level = s.level === "" ? null : d.intervals[Number(s.level)];
      if (level && level.names.indexOf(name) >= 0) {
        var j = level.names.indexOf(name);
        ["lo", "hi"].forEach(function (edge) { level[edge].at = level[edge].at || page.unpack(level[edge]); });
        var xs = [], ys = []; // a closed shape for every window
        picked.forEach(function (w) {
          var at = x(w), steps = range(H).filter(function (h) { return at[h] !== null; });
          var edge = function (side) { return function (h) { return level[side].at(j * d.series.length + s.series, w * H + h, W * H); }; };
          xs = xs.concat(steps.map(function (h) { return at[h]; }), steps.slice().reverse().map(function (h) { return at[h]; }), [null]);
          ys = ys.concat(steps.map(edge("hi")), steps.slice().reverse().map(edge("lo")), [null]);
        });
        traces.push({ x: xs, y: ys, mode: "lines", line: { width: 0, color: colour }, fill: "toself", fillcolor: colour + "2e", hoverinfo: "skip" });
      }
      traces.push({ x: line.x, y: line.y, mode: H > 1 ? "lines" : "lines+markers", line: { color: colour, width: 2 }, connectgaps: false,
        hovertext: line.y.map(function (y) { return label(name) + ": " + number(y); }), hoverinfo: "x+text", name: label(name) });
    });
    traces.push({ x: actual.x, y: actual.y, mode: "lines+markers", line: { color: c.ink, width: 1.6 }, marker: { size: 3.5 }, connectgaps: false,
      hovertext: actual.y.map(function (y) { return t("actual") + ": " + number(y); }), hoverinfo: "x+text", name: t("actual") });
    var starts = picked.length <= 24 ? picked.map(function (w) { return x(w)[0]; }).filter(function (v) { return v !== null; }) : [];
    var room = high > low ? 0.6 * (high - low) : Math.abs(high) || 1, wild = traces.some(function (trace) {
      return trace.y.some(function (y) { return y !== null && (y > high + room || y < low - room); });
    });
    page.plot(view.figure, traces, { height: 380, hovermode: "x", xaxis: { type: d.dates ? "date" : "linear" }, yaxis: wild ? { range: [low - room, high + room] } : {},
      shapes: starts.map(function (v) { return { type: "line", x0: v, x1: v, y0: 0, y1: 1, yref: "paper", line: { color: c.soft, width: 1, dash: "dot" } }; }) });
    view.say(wild ? t("A forecast leaves the picture, which keeps to the range of what happened.") : "");
  });

  // -- where the error is ----------------------------------------------------------------------------------------------
  var DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
  var MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
  page.chart("errors", function (view) {
    var d = view.data, s = view.state, c = page.colours(), keys = Object.keys(d.views);
    if (s.names === undefined) { s.names = d.first.slice(); s.by = keys[0]; }
    view.control(page.choice(t("By"), keys.map(function (k) { return [k, t(k)]; }), s.by, function (v) { view.again({ by: v }); }));
    view.control(page.names(t("Names"), d.names, s.names, colourOf(c), function (names) { view.again({ names: names }); }));
    var by = d.views[s.by], n = by.labels.length;
    var names = by.labels.map(function (x) { return s.by === "weekday" ? t(DAYS[x]) : s.by === "month" ? t(MONTHS[x - 1]) : x; });
    var traces = s.names.map(function (name, k) {
      var ys = by.rows[d.names.indexOf(name)];
      return { x: range(n), y: ys, mode: s.by === "series" ? "markers" : "lines+markers", name: label(name), line: { color: colourOf(c)(k), width: 2 },
        marker: { color: colourOf(c)(k), size: 6 }, hovertext: ys.map(function (y, i) { return label(name) + ", " + page.plain(names[i]) + ": " + number(y); }), hoverinfo: "text" };
    });
    var every = Math.max(1, Math.ceil(n / (page.narrow() ? 8 : 24))), at = range(n).filter(function (i) { return i % every === 0; });
    page.plot(view.figure, traces, { xaxis: { tickvals: at, ticktext: at.map(function (i) { return label(names[i], 14); }) }, yaxis: { rangemode: "tozero" } }, t(s.by), t("mean error"));
    view.say(s.by === "series" && n < d.series ? t("{n} of {all} series, evenly spaced from easy to hard for the best name.", { n: n, all: d.series }) : "");
  });

  // -- error of every name ---------------------------------------------------------------------------------------------
  page.chart("error-by-name", function (view) {
    var d = view.data, s = view.state, c = page.colours(), most = 30;
    if (d.names.length > most) view.control(page.choice(t("Names"), [["some", t("the best {n}", { n: most })], ["all", t("all")]], s.show || "some",
      function (v) { view.again({ show: v }); }));
    var n = s.show === "all" ? d.names.length : Math.min(most, d.names.length), rows = d.rows.slice(0, n);
    var means = rows.map(function (r) { return r[0]; }).filter(function (v) { return v !== null; }).sort(function (a, b) { return a - b; });
    var edge = means.length ? 1.6 * means[Math.floor(0.9 * (means.length - 1))] : 1;
    var cut = function (v) { return v === null ? edge : Math.min(v, edge); }, xs = [], ys = [];
    rows.forEach(function (r, i) { xs.push(Math.min(r[2], edge), cut(r[3]), null); ys.push(i, i, null); });
    var names = d.names.slice(0, n).map(function (name, i) { return d.sizes[i] > 1 ? page.short(name, 30) + " (" + d.sizes[i] + ")" : name; });
    var text = rows.map(function (r, i) { return page.plain(d.names[i]) + "<br>" + t("mean {a}, median {b}", { a: number(r[0]), b: number(r[1]) }); });
    var marks = d.kinds.slice(0, n).map(function (k) { return c.kinds[k]; });
    var base = d.names.indexOf(d.baseline), line = base >= 0 ? d.rows[base][0] : null;
    page.plot(view.figure, [
      { x: xs, y: ys, mode: "lines", line: { color: c.soft, width: 1.4 }, opacity: 0.55, hoverinfo: "skip", connectgaps: false },
      { x: rows.map(function (r) { return cut(r[1]); }), y: range(n), mode: "markers", marker: { symbol: "line-ns-open", size: 10, color: marks, line: { width: 2, color: marks } }, hoverinfo: "skip" },
      { x: rows.map(function (r) { return cut(r[0]); }), y: range(n), mode: "markers", hovertext: text, hoverinfo: "text",
        marker: { size: 8, color: marks, symbol: rows.map(function (r) { return r[0] === null || r[0] > edge ? "triangle-right" : "circle"; }) } }],
    rowsLayout(names, { shapes: line === null ? [] : [{ type: "line", x0: line, x1: line, y0: 0, y1: 1, yref: "paper", line: { color: c.baseline, width: 1, dash: "dash" } }] }),
    t("dot: mean; tick: median; line: middle 80 % of the cells"), "");
    view.say(d.sizes.some(function (k) { return k > 1; }) ? t("A number in brackets: so many names made this forecast.") : "");
  });

  // Ranges of the axes (of seconds as powers of ten) that hold all points up to an edge, with room for labels below.
  function ranges(d, edge) {
    var shown = range(d.names.length).filter(function (i) { return d.loss[i] !== null && d.loss[i] <= edge; });
    var x = shown.map(function (i) { return Math.log10(d.seconds[i]); }), y = shown.map(function (i) { return d.loss[i]; });
    var low = Math.min.apply(null, y), high = Math.max.apply(null, y), tall = high - low || Math.abs(high) || 1;
    return { x: [Math.min.apply(null, x) - 0.4, Math.max.apply(null, x) + 0.4], y: [low - 0.3 * tall, high + 0.06 * tall] };
  }
  // The offset of a label from its point, in pixels, at which it lies inside and on no other; null where there is none.
  function free(at, width, size, taken) {
    var found = null;
    [[0, 22], [-0.5, 22], [0.5, 22], [0, 38], [-0.5, 38], [0.5, 38], [-0.6, 54], [0.5, 54], [-0.6, 70], [0, 70]].some(function (o) {
      var x = at.x + o[0] * (width + 24), y = at.y + o[1], room = { l: x - width / 2, r: x + width / 2, t: y - 8, b: y + 8 };
      var clear = room.l > -30 && room.r < size.w + 10 && room.b < size.h && taken.every(function (k) {
        return room.r < k.l || room.l > k.r || room.b < k.t || room.t > k.b;
      });
      if (clear) { taken.push(room); found = { x: x - at.x, y: o[1] }; }
      return clear;
    });
    return found;
  }

  // -- accuracy against time -------------------------------------------------------------------------------------------
  page.chart("cost", function (view) {
    var d = view.data, c = page.colours(), front = d.front, finite = d.loss.filter(function (v) { return v !== null; }).sort(function (a, b) { return a - b; });
    var edge = Math.max(3 * finite[Math.floor(finite.length / 2)], 2 * finite[0]), kinds = ["hybrid", "single", "baseline"], traces = [];
    traces.push({ x: front.map(function (i) { return d.seconds[i]; }), y: front.map(function (i) { return d.loss[i]; }), mode: "lines",
      line: { color: c.soft, width: 1, shape: "hv" }, hoverinfo: "skip", showlegend: false });
    kinds.forEach(function (kind) {
      var at = range(d.names.length).filter(function (i) { return d.kinds[i] === kind && d.loss[i] !== null && d.loss[i] <= edge; });
      if (at.length) traces.push({ x: at.map(function (i) { return d.seconds[i]; }), y: at.map(function (i) { return d.loss[i]; }), mode: "markers", name: kindName(kind),
        marker: { color: c.kinds[kind], size: 8, opacity: 0.75 }, hoverinfo: "text",
        hovertext: at.map(function (i) { return page.plain(d.names[i]) + ": " + number(d.loss[i]) + ", " + number(d.seconds[i], 2) + " s"; }) });
    });
    var box = ranges(d, edge), notes = [], taken = [], marked = front.filter(function (i) { return d.loss[i] !== null && d.loss[i] <= edge; });
    var size = { w: Math.max(view.figure.clientWidth - 70, 200), h: 310 };
    marked.slice().reverse().forEach(function (i) { // the most accurate first; one that finds no room has no label
      var x = Math.log10(d.seconds[i]), text = label(d.names[i], page.narrow() ? 16 : 26);
      var at = { x: size.w * (x - box.x[0]) / (box.x[1] - box.x[0]), y: size.h * (box.y[1] - d.loss[i]) / (box.y[1] - box.y[0]) };
      var spot = free(at, 7.6 * Math.min(text.length, 28), size, taken);
      if (spot) notes.push({ x: x, y: d.loss[i], text: text, showarrow: true, arrowhead: 0, arrowwidth: 1, arrowcolor: c.soft, ax: spot.x, ay: spot.y,
        xanchor: "center", font: { size: 12, color: c.ink } });
    });
    var beyond = d.loss.filter(function (v) { return v === null || v > edge; }).length;
    page.plot(view.figure, traces, { height: 420, showlegend: true, legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 }, annotations: notes, margin: { t: 30 },
      xaxis: { type: "log", dtick: 1, range: box.x }, yaxis: { range: box.y } }, t("seconds for all stages of a name (log)"), page.values.charts.board ? t("mean {measure}", { measure: page.values.charts.board.measure }) : "");
    view.say([beyond ? t("{n} names with larger errors lie above the picture.", { n: beyond }) : "",
      notes.length < marked.length ? t("{n} of the {all} names on the line have room for a label.", { n: notes.length, all: marked.length }) : ""].join(" ").trim());
  });

  // -- how sure the order is -------------------------------------------------------------------------------------------
  page.chart("confidence-set", function (view) {
    var d = view.data, s = view.state, c = page.colours(), most = 30;
    if (d.names.length > most) view.control(page.choice(t("Names"), [["some", t("the best {n}", { n: most })], ["all", t("all")]], s.show || "some",
      function (v) { view.again({ show: v }); }));
    var n = s.show === "all" ? d.names.length : Math.min(most, d.names.length), xs = [], ys = [], some = range(n);
    some.forEach(function (i) { if (d.low[i] !== null) { xs.push(d.low[i], d.high[i], null); ys.push(i, i, null); } });
    var mark = function (i) { return c.kinds[d.kinds[i]]; };
    page.plot(view.figure, [
      { x: xs, y: ys, mode: "lines", line: { color: c.soft, width: 1.6 }, hoverinfo: "skip", connectgaps: false },
      { x: some.map(function (i) { return d.mean[i]; }), y: some, mode: "markers", hoverinfo: "text",
        hovertext: some.map(function (i) { return page.plain(d.names[i]) + ": " + number(d.mean[i]) + "<br>" + (d.inside[i] ? t("may be the best") : t("not among the best")); }),
        marker: { size: 10, color: some.map(function (i) { return d.inside[i] ? mark(i) : c.paper; }), line: { width: 1.8, color: some.map(mark) } } }],
    rowsLayout(d.names.slice(0, n)), t("mean error; filled: may be the best"), "");
    view.say("");
  });
  page.chart("critical-differences", function (view) {
    var d = view.data, s = view.state, c = page.colours(), most = 30, place = Object.create(null);
    if (d.names.length > most) view.control(page.choice(t("Names"), [["some", t("the best {n}", { n: most })], ["all", t("all")]], s.show || "some",
      function (v) { view.again({ show: v }); }));
    var n = s.show === "all" ? d.names.length : Math.min(most, d.names.length), ranks = d.ranks.slice(0, n), high = Math.max.apply(null, ranks);
    d.names.slice(0, n).forEach(function (name, i) { place[name] = i; });
    var traces = [{ x: ranks, y: range(n), mode: "markers", marker: { size: 9, color: c.accent }, hoverinfo: "text",
      hovertext: ranks.map(function (r, i) { return page.plain(d.names[i]) + ": " + number(r, 2); }) }];
    d.groups.forEach(function (group, k) {
      var rows = group.map(function (name) { return place[name]; }).filter(function (i) { return i !== undefined; });
      if (rows.length > 1) traces.push({ x: [high * (1.04 + 0.02 * k), high * (1.04 + 0.02 * k)], y: [Math.min.apply(null, rows), Math.max.apply(null, rows)],
        mode: "lines", line: { color: c.ink, width: 3 }, hoverinfo: "skip" });
    });
    page.plot(view.figure, traces, rowsLayout(d.names.slice(0, n)), t("mean rank; bars join names that cannot be told apart"), "");
    view.say(d.difference === null ? "" : t("Critical difference of mean ranks: {x}.", { x: number(d.difference, 2) }));
  });

  // -- gates: a row per correction, a cell per step ----------------------------------------------------------------------
  page.chart("gates", function (view) {
    var d = view.data, s = view.state, c = page.colours(), H = d.rows[0].length, dark = page.theme() === "dark", most = 30;
    if (d.names.length > most) view.control(page.choice(t("Names"), [["some", t("the most open {n}", { n: most })], ["all", t("all")]], s.show || "some",
      function (v) { view.again({ show: v }); }));
    var names = s.show === "all" ? d.names : d.names.slice(0, most);
    var ends = dark ? [[27, 34, 41], [108, 182, 240]] : [[238, 242, 245], [10, 106, 176]];
    var shade = function (v) { return "rgb(" + ends[0].map(function (from, i) { return Math.round(from + (v || 0) * (ends[1][i] - from)); }).join(",") + ")"; };
    var traces = range(H).map(function (h) {
      var column = d.rows.slice(0, names.length).map(function (row) { return row[h]; });
      return { type: "bar", orientation: "h", y: range(names.length), x: names.map(function () { return 1; }), hoverinfo: "text", textposition: "none",
        hovertext: names.map(function (name, i) { return page.plain(name) + ", " + t("step {h}", { h: h + 1 }) + ": " + number(column[i], 2); }),
        marker: { color: column.map(shade), line: { color: c.paper, width: H > 40 ? 0 : 1 } } };
    });
    var every = Math.max(1, Math.ceil(H / 24)), at = range(H).filter(function (h) { return h % every === 0; });
    page.plot(view.figure, traces, rowsLayout(names, { barmode: "stack", bargap: 0.15, xaxis: { tickvals: at.map(function (h) { return h + 0.5; }),
      ticktext: at.map(function (h) { return String(h + 1); }), showgrid: false, range: [0, H] } }), t("step of the forecast; from faint (0, shut) to full colour (1, open)"), "");
  });

  // -- residual diagnostics ----------------------------------------------------------------------------------------------
  page.chart("residuals", function (view) {
    var d = view.data, s = view.state, c = page.colours(), i = Math.max(0, d.names.indexOf(s.name)), r = d.rows[i], stacked = page.narrow() && r.lags.length;
    view.control(page.choice(t("Name"), d.names.map(function (n) { return [n, n]; }), d.names[i], function (v) { view.again({ name: v }); }));
    var both = r.lags.length > 0, second = both ? { x: "x2", y: "y2" } : { x: "x", y: "y" }, traces = [];
    if (both) traces.push({ type: "bar", x: r.lags, y: r.acf, width: 0.35, marker: { color: c.accent }, hoverinfo: "text", textposition: "none",
      hovertext: r.acf.map(function (v, k) { return t("lag {k}: {v}", { k: r.lags[k], v: number(v, 2) }); }) });
    traces.push({ x: [r.normal[0], r.normal[r.normal.length - 1]], y: [r.normal[0], r.normal[r.normal.length - 1]], mode: "lines", line: { color: c.soft, width: 1 },
      xaxis: second.x, yaxis: second.y, hoverinfo: "skip" });
    traces.push({ x: r.normal, y: r.found, mode: "markers", marker: { color: c.accent, size: 6 }, xaxis: second.x, yaxis: second.y, hoverinfo: "x+y" });
    var layout = { height: stacked ? 620 : 330, shapes: both ? [{ type: "rect", xref: "x domain", x0: 0, x1: 1, y0: -r.band, y1: r.band, fillcolor: c.soft, opacity: 0.15, line: { width: 0 } }] : [] };
    if (both) {
      layout.xaxis = { domain: stacked ? [0, 1] : [0, 0.46], dtick: 1 };
      layout.yaxis = { domain: stacked ? [0.58, 1] : [0, 1], range: [-1, 1] };
      layout.xaxis2 = page.axis(c, t("normal quantile")); layout.yaxis2 = page.axis(c, t("quantile of the errors"));
      layout.xaxis2.domain = stacked ? [0, 1] : [0.56, 1]; layout.xaxis2.anchor = "y2";
      layout.yaxis2.domain = stacked ? [0, 0.42] : [0, 1]; layout.yaxis2.anchor = "x2";
    }
    page.plot(view.figure, traces, layout, both ? t("lag, in windows") : t("normal quantile"), both ? t("autocorrelation") : t("quantile of the errors"));
    var text = t("{n} errors; mean {mean}, standard deviation {sd}, in units of MASE's scale.", { n: r.count, mean: number(r.mean, 2), sd: number(r.deviation, 2) });
    if (r.p !== null) text += " " + t("Ljung-Box p = {p}.", { p: number(r.p, 3) });
    else if (r.rejected !== null) text += " " + t("Ljung-Box finds autocorrelation in {share} % of {n} series; 5 % are expected where there is none.", { share: number(100 * r.rejected, 0), n: r.series });
    view.say(text);
  });

  // -- importances, training, windows ----------------------------------------------------------------------------------
  page.chart("importances", function (view) {
    var d = view.data, s = view.state, c = page.colours(), i = Math.max(0, d.stages.indexOf(s.stage));
    view.control(page.choice(t("Learner"), d.stages.map(function (n) { return [n, n]; }), d.stages[i], function (v) { view.again({ stage: v }); }));
    var names = d.features[i], values = d.values[i];
    page.plot(view.figure, [{ type: "bar", orientation: "h", y: range(names.length), x: values, marker: { color: c.accent }, hoverinfo: "text", textposition: "none",
      hovertext: names.map(function (n, k) { return page.plain(n) + ": " + number(values[k], 3); }) }], rowsLayout(names, { bargap: 0.35 }), t("importance"), "");
  });
  page.chart("training", function (view) {
    var d = view.data, s = view.state, c = page.colours();
    if (s.names === undefined) s.names = d.stages.slice(0, 5);
    view.control(page.names(t("Names"), d.stages, s.names, colourOf(c), function (names) { view.again({ names: names }); }));
    page.plot(view.figure, s.names.map(function (name, k) {
      var i = d.stages.indexOf(name);
      return { x: d.steps[i], y: d.losses[i], mode: "lines", name: label(name), line: { color: colourOf(c)(k), width: 2 }, hovertext: d.losses[i].map(function (v) { return label(name) + ": " + number(v); }), hoverinfo: "x+text" };
    }), {}, t("step of the training"), t("training loss"));
  });
  page.chart("cutoffs", function (view) {
    var d = view.data, c = page.colours(), value = function (v) { return d.dates ? v : Number(v); }, traces = [];
    d.windows.forEach(function (w, i) {
      [["first", "cutoff", c.soft, t("training data")], ["start", "end", c.accent, t("forecasts")]].forEach(function (part) {
        traces.push({ x: [value(d[part[0]][i]), value(d[part[1]][i])], y: [i, i], mode: d[part[0]][i] === d[part[1]][i] ? "markers" : "lines", line: { color: part[2], width: 9 }, marker: { color: part[2], size: 9, symbol: "square" },
          opacity: part[0] === "first" ? 0.45 : 1, hoverinfo: "text", hovertext: [0, 1].map(function () { return t("window {w}", { w: w }) + ", " + part[3] + ": " + d[part[0]][i] + " – " + d[part[1]][i]; }) });
      });
    });
    page.plot(view.figure, traces, rowsLayout(d.windows.map(function (w) { return t("window {w}", { w: w }); }), { xaxis: { type: d.dates ? "date" : "linear" } }), "", "");
  });
})();
