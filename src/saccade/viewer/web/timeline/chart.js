/** One chart of lines over epochs, with a marker at the chosen one. */
import { drawing, element, onceAFrame } from "saccade/dom.js";
import { niceTicks } from "saccade/ticks.js";
import { word } from "saccade/words.js";

/** @import {State, Store} from "saccade/timeline/state.js" */

/**
 * @typedef {{kind: string, name: string, points: [number, number][], head: number | null}} Line
 *   head is what a click on the line chooses, null where it chooses none.
 * @typedef {{x: (epoch: number) => number, y: (value: number) => number, width: number}} Frame
 */

const HEIGHT = 210;
const EDGE = { left: 46, right: 12, top: 10, bottom: 36 };
const REACH = 14; // pixels from which a line is taken for the one meant

/** @param {Store} store @param {string} name of the run @param {string} measure */
export function chart(store, name, measure) {
  const heading = element("p", { class: "run-name" }, name);
  heading.hidden = store.payload.runs.length < 2;
  const room = element("div", { class: "chart lines" });
  const legend = element("p", { class: "legend" });
  /** @type {{lines: Line[], ticks: number[], last: number, state: State} | null} */
  let shown = null;
  /** @type {Frame | null} */
  let frame = null;
  const draw = onceAFrame(() => {
    if (!shown || room.clientWidth === 0) return;
    frame = frameOf(room.clientWidth, shown.ticks, shown.last);
    room.replaceChildren(drawn(frame, shown, `${name} ${word(`tl.${measure}`)}`));
  });
  room.addEventListener("click", (event) => {
    if (frame && shown) choose(store, frame, shown.lines, room, event);
  });
  new ResizeObserver(draw).observe(room);
  return {
    node: element("div", {}, heading, room, legend),
    /** @param {Line[]} lines @param {number[]} ticks @param {number} last @param {State} state */
    show(lines, ticks, last, state) {
      shown = { lines, ticks, last, state };
      legend.replaceChildren(...legendOf(lines, measure, state));
      draw();
    },
  };
}

/** @param {number} width @param {number[]} ticks @param {number} last @returns {Frame} */
function frameOf(width, ticks, last) {
  const [low, high] = [ticks[0], ticks[ticks.length - 1]];
  const across = width - EDGE.left - EDGE.right;
  const down = HEIGHT - EDGE.top - EDGE.bottom;
  return {
    width,
    x: (epoch) => EDGE.left + (across * epoch) / last,
    y: (value) => EDGE.top + down * (1 - (value - low) / (high - low)),
  };
}

/**
 * @param {Frame} frame @param {{lines: Line[], ticks: number[], last: number, state: State}} shown
 * @param {string} label
 */
function drawn(frame, { lines, ticks, last, state }, label) {
  const svg = drawing("svg", { width: frame.width, height: HEIGHT, role: "img", "aria-label": label });
  svg.append(...axes(frame, ticks, last));
  const order = ["even", "head", "mean", "train", "val", "chosen"];
  for (const line of lines.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))) {
    svg.append(...shapes(frame, line, state));
  }
  const x = frame.x(state.epoch);
  svg.append(drawing("line", { class: "now", x1: x, x2: x, y1: EDGE.top, y2: HEIGHT - EDGE.bottom }));
  return svg;
}

/** @param {Frame} frame @param {number[]} ticks @param {number} last */
function axes(frame, ticks, last) {
  const right = frame.width - EDGE.right;
  const parts = ticks.flatMap((tick) => {
    const y = frame.y(tick);
    return [
      drawing("line", { class: "grid", x1: EDGE.left, x2: right, y1: y, y2: y }),
      drawing("text", { class: "tick end", x: EDGE.left - 7, y: y + 4 }, String(tick)),
    ];
  });
  const whole = niceTicks(last).filter((tick) => Number.isInteger(tick) && tick <= last);
  for (const tick of whole) {
    const x = frame.x(tick);
    parts.push(drawing("text", { class: "tick middle", x, y: HEIGHT - EDGE.bottom + 16 }, String(tick)));
  }
  const name = { class: "name middle", x: (EDGE.left + right) / 2, y: HEIGHT - 4 };
  parts.push(drawing("text", name, word("tl.epoch")));
  return parts;
}

/** @param {Frame} frame @param {Line} line @param {State} state */
function shapes(frame, { kind, points }, state) {
  if (points.length === 0) return [];
  const at = points.map(([x, y]) => `${frame.x(x).toFixed(1)},${frame.y(y).toFixed(1)}`).join(" ");
  const parts = [drawing("polyline", { class: `line ${kind}`, points: at })];
  const here = valueAt(points, state.epoch);
  if (here && kind !== "even" && kind !== "head") {
    const place = { cx: frame.x(here[0]), cy: frame.y(here[1]), r: 4 };
    parts.push(drawing("circle", { class: `spot ${kind}`, ...place }));
  }
  return parts;
}

/** @param {[number, number][]} points @param {number} epoch the last one up to it counts */
function valueAt(points, epoch) {
  return points.findLast(([x]) => x <= epoch) ?? null;
}

/** @param {Line[]} lines @param {string} measure @param {State} state */
function legendOf(lines, measure, state) {
  const named = lines.filter((line) => line.kind !== "head" && line.points.length > 0);
  return named.map((line) => {
    const here = valueAt(line.points, state.epoch);
    const value = here ? `${rounded(here[1])} ${word(`tl.unit.${measure}`)}`.trim() : "–";
    return element("span", { class: `key ${line.kind}` }, `${line.name} ${value}`);
  });
}

/** @param {number} value */
const rounded = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

/**
 * A click chooses the epoch, and the head whose line is near.
 * @param {Store} store @param {Frame} frame @param {Line[]} lines @param {HTMLElement} room
 * @param {MouseEvent} event
 */
function choose(store, frame, lines, room, event) {
  const box = room.getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  const span = frame.x(1) - frame.x(0);
  const epoch = (x - frame.x(0)) / span;
  store.set({ epoch, playing: false });
  let [best, closest] = [/** @type {number | null} */ (null), REACH];
  for (const { head, points } of lines) {
    const here = head === null ? null : valueAt(points, store.state.epoch);
    const away = here ? Math.abs(frame.y(here[1]) - y) : Infinity;
    if (away < closest) [best, closest] = [head, away];
  }
  if (best !== null) store.set({ head: best });
}
