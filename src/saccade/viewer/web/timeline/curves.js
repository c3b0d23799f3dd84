/** Curves over epochs: loss, accuracy, and how each head's entropy and distance went. */
import { element, need } from "saccade/dom.js";
import { chart } from "saccade/timeline/chart.js";
import { headName } from "saccade/timeline/naming.js";
import { ticksBetween } from "saccade/ticks.js";
import { word } from "saccade/words.js";

/** @import {Layer, Run, State, Store} from "saccade/timeline/state.js" */
/** @import {Line} from "saccade/timeline/chart.js" */

/** @typedef {"loss" | "accuracy" | "entropy" | "distance"} Measure */

const LEAST_SPAN = 0.9; // an axis begins at no more of its end, so that noise looks small

/** @type {Measure[]} */
const MEASURES = ["loss", "accuracy", "entropy", "distance"];

/** @param {Store} store */
export function showCurves(store) {
  const room = need("curves", HTMLElement);
  const { runs } = store.payload;
  room.classList.toggle("pairs", runs.length > 1);
  for (const measure of MEASURES.filter((one) => runs.some((run) => has(run, one)))) {
    room.append(card(store, measure));
  }
}

/** @param {Run} run @param {Measure} measure */
function has(run, measure) {
  if (measure === "entropy" || measure === "distance") {
    return run.frames.some((frame) => frame[measure].some((row) => row.some(Number.isFinite)));
  }
  const columns = /** @type {const} */ ([`train_${measure}`, `val_${measure}`]);
  return columns.some((column) => run.table[column].some(Number.isFinite));
}

/** @param {Store} store @param {Measure} measure */
function card(store, measure) {
  const title = element("h3");
  const parts = store.payload.runs.map((run) => chart(store, run.name, measure));
  const charts = element("div", { class: "charts" }, ...parts.map((part) => part.node));
  store.watch((state) => {
    const named = headed(measure) ? ` · ${word("tl.layerName", { layer: state.layer })}` : "";
    title.textContent = `${word(`tl.${measure}`)}${named}`;
    const lines = store.payload.runs.map((run) => linesOf(run, measure, state));
    const ticks = scaleOf(measure, lines);
    const last = Math.max(1, ...store.payload.runs.flatMap((run) => [
      ...run.table.epoch,
      ...run.frames.map((frame) => frame.epoch),
    ]));
    for (const [i, part] of parts.entries()) part.show(lines[i], ticks, last, state);
  });
  return element("section", { class: "card" }, title, charts);
}

/** @param {Measure} measure */
const headed = (measure) => measure === "entropy" || measure === "distance";

/** @param {Measure} measure @param {Line[][]} lines @returns {number[]} */
function scaleOf(measure, lines) {
  const values = lines.flat().flatMap((line) => line.points.map(([, y]) => y));
  if (values.length === 0) return [0, 1];
  const most = Math.max(...values);
  const least = measure === "loss" ? 0 : Math.min(...values, LEAST_SPAN * most);
  return ticksBetween(Math.max(0, least), most);
}

/** @param {Run} run @param {Measure} measure @param {State} state @returns {Line[]} */
function linesOf(run, measure, state) {
  if (measure === "entropy" || measure === "distance") return headLines(run, measure, state);
  const times = measure === "accuracy" ? 100 : 1;
  return /** @type {const} */ (["train", "val"]).map((part) => ({
    kind: part,
    name: word(`tl.${part}`),
    points: pointsOf(run.table.epoch, run.table[`${part}_${measure}`], times),
    head: null,
  }));
}

/**
 * @param {number[]} epochs @param {(number | null)[]} values @param {number} times
 * @returns {[number, number][]}
 */
function pointsOf(epochs, values, times) {
  return epochs.flatMap((epoch, i) => {
    const value = values[i];
    return value === null || !Number.isFinite(value) ? [] : [[epoch, times * value]];
  });
}

/**
 * A line for each head, and one for their mean.
 * @param {Run} run @param {"entropy" | "distance"} measure @param {State} state
 * @returns {Line[]}
 */
function headLines(run, measure, { layer, head }) {
  const here = run.layers[layer];
  if (!here) return [];
  const epochs = run.frames.map((frame) => frame.epoch);
  const rows = run.frames.map((frame) => frame[measure][layer] ?? []);
  const heads = Array.from({ length: here.heads }, (_, i) => i);
  /** @type {Line[]} */
  const lines = heads.map((one) => ({
    kind: one === head ? "chosen" : "head",
    name: headName(layer, one),
    points: pointsOf(epochs, rows.map((row) => row[one] ?? null), 1),
    head: one,
  }));
  const means = rows.map((row) => meanOf(row));
  const points = pointsOf(epochs, means, 1);
  const kind = head < 0 ? "chosen" : "mean";
  if (here.heads > 1) lines.push({ kind, name: headName(layer, -1), points, head: -1 });
  return [...evenLine(here, measure, epochs), ...lines];
}

/** @param {(number | null)[]} row @returns {number | null} */
function meanOf(row) {
  const known = row.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

/**
 * What a head would have that spreads evenly.
 * @param {Layer} layer @param {"entropy" | "distance"} measure @param {number[]} epochs
 * @returns {Line[]}
 */
function evenLine(layer, measure, epochs) {
  const value = measure === "entropy" ? Math.log(layer.keys) : layer.even;
  if (value === null || !(value > 0)) return [];
  const [first, last] = [Math.min(...epochs), Math.max(...epochs)];
  const points = /** @type {[number, number][]} */ ([[first, value], [last, value]]);
  return [{ kind: "even", name: word("tl.even"), points, head: null }];
}
