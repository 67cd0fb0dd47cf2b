/* Charts: colours from the theme in force, labels that fit the width, marks that open what they count. */
(function () {
  "use strict";

  const dripline = (window.dripline = window.dripline || {});
  const { themes, library } = JSON.parse(document.getElementById("chart-themes").textContent);
  const drawn = new Map();
  const CONFIG = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false, showTips: false };
  /* Paper has its own width: charts are drawn for it while printing. */
  const paper = window.matchMedia("print");
  const PAPER_WIDTH = 640;
  let loading = null;

  /* The library comes after the numbers: they are read first. */
  function plotly() {
    loading ??= window.Plotly ? Promise.resolve(window.Plotly) : new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = library;
      script.onload = () => done(window.Plotly);
      script.onerror = () => {
        loading = null;
        failed(new Error("the charts' library could not be loaded"));
      };
      document.head.append(script);
    });
    return loading;
  }

  function themeInForce() {
    const stated = document.documentElement.dataset.theme;
    return stated || (window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  }

  /* Figures are written in the light theme; each of its colours stands for a role, which the theme in force fills. Where two
     roles share a colour, the states' own count in a chart of states, and the other one anywhere else. */
  function palette(kind) {
    const light = themes.light.roles;
    const inForce = themes[themeInForce()].roles;
    const isState = (name) => name.startsWith("state_");
    const names = Object.keys(light).filter((name) => !isState(name)).reverse();
    const states = Object.keys(light).filter(isState);
    const last = kind === "states" ? [...names, ...states] : [...states, ...names];
    return new Map([...last, "card"].map((name) => [light[name], inForce[name]]));
  }

  function coloured(value, colours) {
    if (typeof value === "string") return value[0] === "#" ? colours.get(value.toLowerCase()) || value : value;
    if (Array.isArray(value)) return value.map((item) => coloured(item, colours));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, coloured(item, colours)]));
    }
    return value;
  }

  /* On a narrow screen labels would run into each other: every second or third is kept, the last one always. */
  function thinned(axis, room) {
    if (!axis?.ticktext || !axis.tickvals) return axis;
    const longest = Math.max(...axis.ticktext.map((text) => String(text).split("<br>")[0].length));
    const every = Math.ceil((axis.ticktext.length * (longest * 6.5 + 14)) / Math.max(room, 1));
    const kept = (_, place) => (axis.ticktext.length - 1 - place) % every === 0;
    return every > 1 ? { ...axis, tickvals: axis.tickvals.filter(kept), ticktext: axis.ticktext.filter(kept) } : axis;
  }

  function fitted(layout, width) {
    const room = width - 48 - (layout.margin?.r || 16) - (layout.margin?.l || 8);
    /* On a narrow screen the legend stands in two columns: in one it would be taller than its place, and get a scroll bar. */
    const twoColumns = width < 480 ? { entrywidth: 0.5, entrywidthmode: "fraction", font: { ...layout.legend?.font, size: 11 } } : {};
    const legend = layout.showlegend ? { ...layout.legend, ...twoColumns, yref: "container", y: 0, yanchor: "bottom" } : layout.legend;
    return { ...layout, xaxis: thinned(layout.xaxis, room), ...(legend && { legend }) };
  }

  /* The library writes into what it is given, so it is given a copy. */
  function themed(figure, width) {
    const copy = JSON.parse(JSON.stringify(figure));
    const shared = JSON.parse(JSON.stringify(themes[themeInForce()].layout));
    shared.font.family = getComputedStyle(document.body).fontFamily;
    const colours = palette(copy.layout.meta);
    if (paper.matches) Object.assign(copy.layout, { width: PAPER_WIDTH, autosize: false });
    return {
      data: coloured(copy.data, colours),
      layout: { ...coloured(dripline.withMargins(fitted(copy.layout, width), shared, paper.matches ? PAPER_WIDTH : width), colours), template: { layout: shared } },
      config: CONFIG,
    };
  }

  function follow(event) {
    const custom = event.points?.[0]?.customdata;
    const address = Array.isArray(custom) ? custom[0] : custom;
    if (typeof address === "string") dripline.go(address);
  }

  async function drawNow(place) {
    waiting.delete(place);
    if (!window.Plotly) await plotly(); /* once it is there, charts are drawn at once: printing does not wait */
    const figure = drawn.get(place);
    if (!figure) return;
    const fresh = !place.classList.contains("js-plotly-plot");
    await window.Plotly.react(place, themed(figure, place.clientWidth));
    if (fresh) place.on?.("plotly_click", follow);
    if (drawn.get(place) === figure) delete place.dataset.pending;
  }

  /* What is in the window is drawn at once; what lies below it waits until the browser has time, one chart after the other. */
  const waiting = new Set();
  let turn = null;
  const soon = window.requestIdleCallback ? (next) => window.requestIdleCallback(next, { timeout: 300 }) : (next) => window.setTimeout(next, 30);

  function takeTurns() {
    turn ??= soon(() => {
      turn = null;
      const [next] = [...waiting].filter(inWindow).concat(...waiting);
      if (next) attempt(next);
      if (waiting.size) takeTurns();
    });
  }

  function inWindow(place) {
    const box = place.getBoundingClientRect();
    return box.bottom > 0 && box.top < window.innerHeight;
  }

  function draw(place, figure) {
    drawn.set(place, figure);
    place.dataset.pending = "true";
    if (inWindow(place)) attempt(place);
    else {
      waiting.add(place);
      takeTurns();
    }
  }

  function attempt(place) {
    void drawNow(place).catch(() => say(place));
  }

  /* The chart as it stands, as the address of an image, with its size and the theme's colours. */
  async function asDrawn(place) {
    const colours = themes[themeInForce()].roles;
    const [width, height] = [place.clientWidth, place.clientHeight];
    const figure = themed(drawn.get(place), width);
    Object.assign(figure.layout, { width, height, autosize: false, paper_bgcolor: colours.card });
    const library = await plotly();
    return { address: await library.toImage(figure, { format: "svg", width, height }), width, height, colours };
  }

  function say(place) {
    delete place.dataset.pending;
    place.textContent = "The chart could not be loaded; its numbers are in the table below.";
  }

  dripline.charts = {
    asDrawn,
    draw,
    forget: (place) => {
      drawn.delete(place);
      waiting.delete(place);
      if (window.Plotly && place) window.Plotly.purge(place);
    },
  };

  const again = () => drawn.forEach((_, place) => attempt(place));
  paper.addEventListener("change", again);
  let width = window.innerWidth;
  let settled = 0;
  window.addEventListener("dripline:theme", again);
  window.addEventListener("resize", () => {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    window.clearTimeout(settled);
    settled = window.setTimeout(again, 250);
  });
})();
