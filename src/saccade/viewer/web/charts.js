/** One chart: a number a layer and head, by depth, with its spread over the pictures. */
import { drawing, element, onceAFrame } from "saccade/dom.js";
import { mapWords } from "saccade/readout.js";
import { niceTicks } from "saccade/ticks.js";
import { word } from "saccade/words.js";

/** @import {Spread, State, View} from "saccade/types.js" */
/** @import {Store} from "saccade/state.js" */

/** @typedef {{layer: number, head: number, x: number, y: number, value: number}} Dot */
/** @typedef {{width: number, band: number, y: (value: number) => number}} Frame */

const HEIGHT = 260;
const EDGE = { left: 52, right: 14, top: 14, bottom: 40 };
const REACH = 24; // pixels from which a dot is taken for the one meant

/**
 * @param {Store} store @param {"distance" | "entropy"} name @param {Spread} spread
 * @returns {HTMLElement}
 */
export function depthChart(store, name, spread) {
  const readout = element("p", { class: "spot" });
  const room = element("div", { class: "chart" });
  /** @type {Dot[]} */
  let dots = [];
  /** @param {{layer: number, head: number}} at */
  const tell = (at) => readout.replaceChildren(dotWords(store, name, spread, at));
  const draw = onceAFrame(() => {
    if (room.clientWidth === 0) return;
    const made = drawChart(room.clientWidth, store.state, name, spread);
    dots = made.dots;
    room.replaceChildren(made.svg);
  });
  /** @param {MouseEvent} event */
  const nearest = (event) => {
    const frame = room.getBoundingClientRect();
    return nearestDot(dots, event.clientX - frame.left, event.clientY - frame.top);
  };
  room.addEventListener("pointermove", (event) => {
    const dot = nearest(event);
    room.classList.toggle("over", dot !== null);
    tell(dot ?? store.state);
  });
  room.addEventListener("pointerleave", () => tell(store.state));
  room.addEventListener("click", (event) => {
    const dot = nearest(event);
    if (dot) store.set({ layer: dot.layer, head: dot.head, source: "attention" });
  });
  new ResizeObserver(draw).observe(room);
  store.watch((state) => {
    tell(state);
    draw();
  });
  return element("div", {}, room, readout);
}

/** @param {Dot[]} dots @param {number} x @param {number} y @returns {Dot | null} */
function nearestDot(dots, x, y) {
  let best = null;
  let closest = REACH;
  for (const dot of dots) {
    const away = Math.hypot(dot.x - x, dot.y - y);
    if (away < closest) [best, closest] = [dot, away];
  }
  return best;
}

/** @param {number} value */
const rounded = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));

/**
 * The numbers of one head in words; for the mean of heads, the mean over the layer.
 * @param {Store} store @param {"distance" | "entropy"} name @param {Spread} spread
 * @param {{layer: number, head: number}} at
 */
function dotWords(store, name, spread, { layer, head }) {
  const { payload, state } = store;
  const unit = word(`${name}Unit`);
  const row = spread.mean[layer] ?? [];
  const all = row.reduce((sum, value) => sum + value, 0) / (row.length || 1);
  const map = mapWords({ .../** @type {View} */ ({}), source: "attention", layer, head });
  const value = rounded(head < 0 ? all : row[head]);
  if (head < 0) return word("dotMean", { map, value, unit });
  const here = payload.pictures[state.picture]?.[name]?.[layer]?.[head];
  const text = word("dot", { map, value, unit, spread: rounded(spread.std[layer]?.[head] ?? 0) });
  return here === undefined ? text : `${text} · ${word("dotHere", { value: rounded(here), unit })}`;
}

/**
 * @param {number} width @param {State} state @param {"distance" | "entropy"} name
 * @param {Spread} spread
 */
function drawChart(width, state, name, spread) {
  const depth = spread.mean.length;
  const tops = spread.mean.flatMap((row, l) => row.map((v, h) => v + (spread.std[l]?.[h] ?? 0)));
  const ticks = niceTicks(Math.max(spread.uniform, ...tops));
  const highest = ticks[ticks.length - 1];
  const inner = HEIGHT - EDGE.top - EDGE.bottom;
  /** @type {Frame} */
  const frame = {
    width,
    band: (width - EDGE.left - EDGE.right) / depth,
    y: (value) => EDGE.top + inner * (1 - value / highest),
  };
  const label = word(`${name}ChartLabel`, { depth, heads: spread.mean[0]?.length ?? 0 });
  const svg = drawing("svg", { width, height: HEIGHT, role: "img", "aria-label": label });
  svg.append(...axes(frame, ticks, depth, name), ...uniformLine(frame, spread.uniform));
  const dots = spread.mean.flatMap((row, layer) => dotsOf(frame, row, layer));
  for (const dot of dots) svg.append(...dotShapes(frame, dot, spread, state));
  return { svg, dots };
}

/**
 * @param {Frame} frame @param {number[]} ticks @param {number} depth
 * @param {"distance" | "entropy"} name
 */
function axes(frame, ticks, depth, name) {
  const right = frame.width - EDGE.right;
  const parts = [];
  for (const tick of ticks) {
    const y = frame.y(tick);
    parts.push(drawing("line", { class: "grid", x1: EDGE.left, x2: right, y1: y, y2: y }));
    parts.push(drawing("text", { class: "tick end", x: EDGE.left - 8, y: y + 4 }, String(tick)));
  }
  const every = Math.ceil(22 / frame.band);
  for (let layer = 0; layer < depth; layer += every) {
    const x = EDGE.left + (layer + 0.5) * frame.band;
    parts.push(drawing("text", { class: "tick middle", x, y: HEIGHT - 22 }, String(layer)));
  }
  const middle = (EDGE.left + right) / 2;
  const bottom = { class: "name middle", x: middle, y: HEIGHT - 4 };
  parts.push(drawing("text", bottom, word("layer")));
  const turned = `translate(13 ${(HEIGHT - EDGE.bottom) / 2}) rotate(-90)`;
  parts.push(drawing("text", { class: "name middle", transform: turned }, word(`${name}Axis`)));
  return parts;
}

/** @param {Frame} frame @param {number} uniform */
function uniformLine(frame, uniform) {
  if (!(uniform > 0)) return [];
  const y = frame.y(uniform);
  const right = frame.width - EDGE.right;
  return [
    drawing("line", { class: "uniform", x1: EDGE.left, x2: right, y1: y, y2: y }),
    drawing("text", { class: "tick end", x: right - 2, y: y - 5 }, word("uniform")),
  ];
}

/** @param {Frame} frame @param {number[]} row @param {number} layer @returns {Dot[]} */
function dotsOf(frame, row, layer) {
  return row.map((value, head) => {
    const along = row.length > 1 ? head / (row.length - 1) - 0.5 : 0;
    const x = EDGE.left + frame.band * (layer + 0.5 + 0.62 * along);
    return { layer, head, x, y: frame.y(value), value };
  });
}

/** @param {Frame} frame @param {Dot} dot @param {Spread} spread @param {State} state */
function dotShapes(frame, dot, spread, state) {
  const { layer, head, x, y, value } = dot;
  const off = spread.std[layer]?.[head] ?? 0;
  const chosen = layer === state.layer && (head === state.head || state.head < 0);
  const kind = chosen && state.source === "attention" ? " chosen" : "";
  const [y1, y2] = [frame.y(Math.max(0, value - off)), frame.y(value + off)];
  return [
    drawing("line", { class: `spread${kind}`, x1: x, x2: x, y1, y2 }),
    drawing("circle", { class: `dot${kind}`, cx: x, cy: y, r: kind ? 5 : 3.5 }),
  ];
}
