// What all scripts of the page share: the run's values, language, theme, controls, and charts drawn when they are seen.
var page = (function () {
  "use strict";
  var values = JSON.parse(document.getElementById("values").textContent);
  var root = document.documentElement, charts = {}, drawn = [];

  // A name may be "constructor": only what an object holds itself counts.
  function own(object, key) { return Object.prototype.hasOwnProperty.call(object, key); }
  function kept(key) { try { return localStorage.getItem("hybridts-" + key); } catch (e) { return null; } }
  function keep(key, value) { try { localStorage.setItem("hybridts-" + key, value); } catch (e) { /* a private window */ } }

  // -- language: t says an English text in the page's language, its {fields} filled in ------------------------------------------------------
  var language = values.language;
  function t(text, fields) {
    var said = language === "zh" && own(values.chinese, text) ? values.chinese[text] : text;
    return said.replace(/\{(\w+)\}/g, function (all, key) { return fields && own(fields, key) ? fields[key] : all; });
  }
  function speak(now) {
    language = now;
    root.lang = now;
    document.querySelectorAll("[data-" + now + "]").forEach(function (e) {
      if (e.tagName === "SPAN") e.textContent = e.getAttribute("data-" + now);
      else e.setAttribute("aria-label", e.getAttribute("data-" + now));
    });
  }

  // -- theme -----------------------------------------------------------------------------------------------------
  function theme() { return root.getAttribute("data-theme"); }
  root.setAttribute("data-theme", kept("theme") ||
    (window.matchMedia && matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
  // Okabe and Ito (2008), told apart by colour-blind readers; lighter forms on a dark page.
  var LINES = { light: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b58900", "#3b9fd4", "#6a51a3", "#7f7f7f"],
    dark: ["#56b4e9", "#f0a45d", "#3fcf9f", "#e79ac7", "#f0e442", "#9ad0f5", "#b6a3e0", "#b0b0b0"] };
  function colours() {
    var css = getComputedStyle(root), get = function (name) { return css.getPropertyValue("--" + name).trim(); };
    var kinds = { hybrid: get("accent"), baseline: get("baseline"), single: get("soft") };
    return { ink: get("ink"), soft: get("soft"), line: get("line"), paper: get("paper"), band: get("band"),
      accent: get("accent"), baseline: get("baseline"), kinds: kinds, lines: LINES[theme()] };
  }

  // -- small parts -------------------------------------------------------------------------------------------------
  function make(tag, attributes, children) {
    var e = document.createElement(tag);
    Object.keys(attributes || {}).forEach(function (key) {
      if (key === "text") e.textContent = attributes[key];
      else if (key === "on") Object.keys(attributes.on).forEach(function (on) { e.addEventListener(on, attributes.on[on]); });
      else e.setAttribute(key, attributes[key]);
    });
    (children || []).forEach(function (child) { e.appendChild(child); });
    return e;
  }
  function choice(label, options, chosen, change) { // options: [value, text]
    var select = make("select", { on: { change: function () { change(select.value); } } }, options.map(function (o) {
      return make("option", { value: o[0], text: short(o[1], 60) });
    }));
    select.value = chosen;
    return make("label", {}, [make("span", { text: label }), select]);
  }
  // Names as buttons that remove them, and a list that adds one; `most` at a time.
  function names(label, all, chosen, colourOf, change, most) {
    var box = make("div", { "class": "chips", role: "group", "aria-label": label });
    chosen.forEach(function (name, i) {
      var dot = make("i");
      dot.style.background = colourOf(i);
      box.appendChild(make("button", { type: "button", "class": "chip", "aria-label": t("Remove {name}", { name: name }),
        on: { click: function () { change(chosen.filter(function (n) { return n !== name; })); } } },
      [dot, make("span", { text: short(name, 36) }), make("span", { text: "×", "aria-hidden": "true" })]));
    });
    var rest = all.filter(function (n) { return chosen.indexOf(n) < 0; });
    if (rest.length && chosen.length < (most || 8)) {
      var options = [["", t("Add a name")]].concat(rest.map(function (n) { return [n, n]; }));
      box.appendChild(choice(label, options, "", function (name) { if (name) change(chosen.concat([name])); }));
    }
    return box;
  }
  function short(text, width) {
    if (text.length <= width) return text;
    var head = Math.ceil((width - 1) / 2);
    return text.slice(0, head) + "…" + text.slice(text.length - (width - 1 - head));
  }
  // Plotly reads a little markup in its texts: a name of the run must stay a name.
  function plain(text) {
    return String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  }
  function label(text, width) { return plain(short(String(text), width || 30)); }
  function number(value, digits) {
    if (value === null || value === undefined || isNaN(value)) return "–";
    var size = Math.abs(value);
    if (size >= 1e6 || (size > 0 && size < 5e-4)) return value.toPrecision(3);
    return value.toFixed(Math.max(0, (digits === undefined ? 3 : digits) - Math.max(0, String(Math.floor(size)).length - 1)));
  }
  function unpack(block) { // -> function (row, column, width)
    var text = atob(block.levels), bytes = new Uint8Array(text.length);
    for (var i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return function (row, column, width) {
      var at = 2 * (row * width + column), level = bytes[at] + 256 * bytes[at + 1];
      return level === 65535 ? null : block.low[row] + level * (block.high[row] - block.low[row]) / 65534;
    };
  }

  // -- charts --------------------------------------------------------------------------------------------------------
  function narrow() { return window.innerWidth < 640; }
  function merged(base, more) {
    Object.keys(more || {}).forEach(function (key) {
      var both = base[key] && typeof base[key] === "object" && !Array.isArray(base[key]) && typeof more[key] === "object";
      base[key] = both && !Array.isArray(more[key]) ? merged(base[key], more[key]) : more[key];
    });
    return base;
  }
  // Lines of at most `most` Latin letters, or half as many Chinese ones, broken at blanks and between Chinese letters.
  function wrapped(text, most) {
    var lines = [""], used = 0;
    text.split(/( )|(?=[\u3000-\u9fff\uff00-\uffef])/).forEach(function (part) {
      if (!part) return;
      var wide = /^[\u3000-\u9fff\uff00-\uffef]/.test(part) ? part.length + 1 : part.length;
      var stays = /^[，。；：、）]/.test(part);
      if (used + wide > most && !stays && part !== " ") { lines.push(""); used = 0; }
      lines[lines.length - 1] += part;
      used += wide;
    });
    return lines.map(function (line) { return line.trim(); }).join("<br>");
  }
  var DATES = [{ dtickrange: [null, 86399999], value: "%H:%M\n%Y-%m-%d" }, { dtickrange: [86400000, "M1"], value: "%m-%d\n%Y" },
    { dtickrange: ["M1", "M12"], value: "%Y-%m" }, { dtickrange: ["M12", null], value: "%Y" }];
  function axis(c, title) {
    var text = title ? plain(title) : "";
    if (narrow()) text = wrapped(text, 32);
    return { title: { text: text, font: { size: 12, color: c.soft }, standoff: 8 }, gridcolor: c.line,
      linecolor: c.line, zeroline: false, automargin: true, tickfont: { size: 12, color: c.soft }, fixedrange: narrow() };
  }
  function plot(figure, traces, more, x, y) {
    var c = colours();
    var layout = merged({ paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", height: 340,
      font: { family: getComputedStyle(document.body).fontFamily, size: 13, color: c.ink }, hovermode: "closest",
      margin: { l: 44, r: 12, t: 12, b: 40 }, showlegend: false, dragmode: narrow() ? false : "zoom",
      hoverlabel: { bgcolor: c.band, bordercolor: c.line, font: { color: c.ink } },
      xaxis: axis(c, x), yaxis: axis(c, y) }, more);
    if (language === "zh" && layout.xaxis.type === "date") layout.xaxis.tickformatstops = DATES; // no names of months
    var place = figure.querySelector(".plot");
    place.style.minHeight = layout.height + "px";
    return Plotly.react(place, traces, layout, { displayModeBar: false, displaylogo: false, responsive: true });
  }
  function chart(name, draw) { charts[name] = draw; }
  function start(figure) {
    var name = figure.getAttribute("data-chart"), data = values.charts[name];
    if (!charts[name] || data === undefined) return;
    var controls = figure.querySelector(".controls"), state = {}, facts = figure.querySelector(".facts");
    function again(change) {
      var focus = document.activeElement && controls.contains(document.activeElement);
      var place = focus ? Array.prototype.indexOf.call(controls.querySelectorAll("button,select,input"), document.activeElement) : -1;
      merged(state, change);
      controls.textContent = "";
      charts[name]({ figure: figure, data: data, state: state, again: again,
        control: function (e) { controls.appendChild(e); }, say: function (text) { facts.textContent = text; } });
      if (place >= 0) { // the keyboard stays where it was
        var parts = controls.querySelectorAll("button,select,input");
        if (parts.length) parts[Math.min(place, parts.length - 1)].focus();
      }
    }
    figure.setAttribute("data-drawn", "yes");
    drawn.push(again);
    again({});
  }
  function redraw() { drawn.forEach(function (again) { again({}); }); document.dispatchEvent(new Event("redraw")); }

  function ready() {
    var themes = document.getElementById("theme"), tongue = document.getElementById("language");
    function name() {
      themes.textContent = theme() === "dark" ? t("Light") : t("Dark");
      themes.setAttribute("aria-label", theme() === "dark" ? t("Light theme") : t("Dark theme"));
      tongue.textContent = language === "zh" ? "English" : "中文";
      tongue.setAttribute("lang", language === "zh" ? "en" : "zh");
    }
    themes.addEventListener("click", function () {
      root.setAttribute("data-theme", theme() === "dark" ? "light" : "dark");
      keep("theme", theme());
      name();
      redraw();
    });
    tongue.addEventListener("click", function () {
      speak(language === "zh" ? "en" : "zh");
      name();
      redraw();
    });
    name();
    var seen = "IntersectionObserver" in window ? new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (entry.isIntersecting) { seen.unobserve(entry.target); start(entry.target); }
      });
    }, { rootMargin: "300px" }) : null;
    document.querySelectorAll("[data-chart]").forEach(function (figure) {
      if (seen) seen.observe(figure); else start(figure);
    });
    root.setAttribute("data-ready", "yes");
  }
  document.addEventListener("DOMContentLoaded", ready);

  return { values: values, own: own, t: t, colours: colours, make: make, choice: choice, names: names, short: short, plain: plain,
    label: label, number: number, unpack: unpack, plot: plot, axis: axis, chart: chart, narrow: narrow, theme: theme };
})();
