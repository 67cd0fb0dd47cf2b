/* Room for the labels of a chart's axes. The library finds it by drawing every chart twice or more; here the labels are known
   beforehand, so they are measured instead. The numbers are what the library leaves around labels of 12 pixels. */
(function () {
  "use strict";

  const dripline = (window.dripline = window.dripline || {});
  const BESIDE_LABELS = 12.5;
  const UNDER_LABELS = 27.5;
  const OF_LINE = 2.5;
  const OF_TITLE = 16.5;
  const BEYOND_LAST = 8.7;
  const LEAST = { l: 8, r: 16, t: 8 };
  const ABOVE_NUMBERS = 11;
  const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
  const pen = document.createElement("canvas").getContext("2d");

  const lines = (text) => String(text).split("<br>");
  const wide = (line) => pen.measureText(line.replace(/&(amp|lt|gt);/g, (entity) => ENTITIES[entity])).width;
  const width = (text) => Math.max(...lines(text).map(wide));
  const placeOf = (value) => (typeof value === "number" ? value : Date.parse(value));

  /* How far the last label reaches beyond the plot. */
  function beyond(axis, plotWidth) {
    const [from, to] = axis.range.map(placeOf);
    const reach = axis.tickvals.map((value, at) => {
      const left = ((to - placeOf(value)) / (to - from)) * plotWidth;
      return left < 0 ? 0 : width(axis.ticktext[at]) / 2 - left + BEYOND_LAST;
    });
    return Math.max(0, ...reach);
  }

  function isKnown(axis, mostLines) {
    return axis?.visible !== false && axis?.ticktext?.length > 0 && axis.range && axis.ticktext.every((text) => lines(text).length <= mostLines);
  }

  /* The layout with its margins, where they can be told; a legend's height cannot. shared: the theme's layout. */
  dripline.withMargins = (layout, shared, room) => {
    const { xaxis, yaxis } = layout;
    if (layout.showlegend || !isKnown(xaxis, 1) || !isKnown(yaxis, Infinity)) return layout;
    pen.font = `${shared.font.size}px ${shared.font.family}`;
    const lined = (axis, theme) => ((axis.showline ?? theme.showline) ? OF_LINE : 0);
    const given = { ...LEAST, ...layout.margin };
    const l = Math.max(given.l, Math.ceil(Math.max(...yaxis.ticktext.map(width)) + BESIDE_LABELS + lined(yaxis, shared.yaxis)));
    const b = Math.ceil(UNDER_LABELS + lined(xaxis, shared.xaxis) + (xaxis.title?.text ? OF_TITLE : 0));
    const t = Math.max(given.t, yaxis.range[0] > yaxis.range[1] ? 0 : ABOVE_NUMBERS);
    const r = Math.max(given.r, Math.ceil(beyond(xaxis, room - l - given.r)));
    const still = { automargin: false, ticklabeloverflow: "allow" };
    return { ...layout, margin: { ...given, l, b, t, r }, xaxis: { ...xaxis, ...still }, yaxis: { ...yaxis, ...still } };
  };
})();
