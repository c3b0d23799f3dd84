/** The numbers behind the picture: query, pointer, prefix tokens, strongest patch, colour bar. */
import { palette } from "saccade/colours.js";
import { brush, figure, need, percent } from "saccade/dom.js";
import { patchOf, patchPart, tokenOf } from "saccade/geometry.js";
import { word } from "saccade/words.js";

/** @import {Payload, State, View} from "saccade/types.js" */

/** @param {string} id @param {string} text */
function write(id, text) {
  need(id, HTMLElement).textContent = text;
}

/** @param {string} name a prefix token as the model calls it @returns {string} */
export function prefixName(name) {
  return name === "cls" ? word("classToken") : word("prefixToken", { name });
}

/** @param {Payload} payload @param {number} token @returns {string} the token in words */
export function tokenWords(payload, token) {
  const patch = patchOf(payload.model, token);
  return patch ? word("patch", patch) : prefixName(payload.model.prefix[token]);
}

/** @param {View} view @returns {string} the map in words: which layer and head, or rollout */
export function mapWords(view) {
  if (view.source === "rollout") return word("rolloutName");
  const head = view.head < 0 ? word("headMean") : word("headNumber", { head: view.head });
  return word("layerAndHead", { layer: view.layer, head });
}

/** @param {Float64Array} values */
function indexOfLargest(values) {
  return values.reduce((best, value, i) => (value > values[best] ? i : best), 0);
}

/** @param {Payload} payload @param {State} state */
function queryWords(payload, state) {
  const patch = patchOf(payload.model, state.token);
  const name = tokenWords(payload, state.token);
  if (!patch) return name;
  const part = patchPart(payload.pictures[state.picture], payload.model, patch.row, patch.column);
  return `${name} · ${word("pixels", {
    left: Math.round(part.x),
    right: Math.round(part.x + part.width),
    top: Math.round(part.y),
    bottom: Math.round(part.y + part.height),
  })}`;
}

/** @param {Payload} payload @param {View} view @returns {string} */
function prefixWords(payload, view) {
  const { prefix } = payload.model;
  const sum = (/** @type {Float64Array} */ values) => values.reduce((a, b) => a + b, 0);
  const parts = prefix.map((name, i) => `${name} ${figure(view.values[i])}`);
  if (view.direction === "column") {
    parts.push(word("received", { value: figure(sum(view.values)) }));
    return parts.join(" · ");
  }
  if (prefix.length > 1) {
    parts.push(word("together", { value: percent(sum(view.values.subarray(0, prefix.length))) }));
  }
  parts.push(word("onPatches", { value: percent(sum(view.patches)) }));
  return parts.join(" · ");
}

/** @param {Payload} payload @param {State} state @param {View} view */
export function showReadout(payload, state, view) {
  const { model } = payload;
  const strongest = indexOfLargest(view.patches);
  const place = patchOf(model, model.prefix.length + strongest) ?? { row: 0, column: 0 };
  const best = `${figure(view.patches[strongest])} · ${word("patch", place)}`;
  write("query-name", word(state.direction === "row" ? "queryRow" : "queryColumn"));
  write("query-text", queryWords(payload, state));
  write("prefix-name", word(state.direction === "row" ? "prefixRow" : "prefixColumn"));
  write("prefix-text", prefixWords(payload, view));
  write("strongest-text", view.source ? best : "–");
  write("how-map", word(`how.${view.source ?? "none"}.${state.direction}`));
  showNotice(payload, state, view);
  speakView(payload, view, best);
}

/** Say why a map is missing. @param {Payload} payload @param {State} state @param {View} view */
function showNotice(payload, state, view) {
  const picture = payload.pictures[state.picture];
  const notice = need("notice", HTMLElement);
  notice.hidden = picture.attention !== null;
  notice.textContent = word(view.source ? "noAttention" : "noMaps");
}

let speaking = 0;

/** Tell screen readers, once the choice has settled. */
/** @param {Payload} payload @param {View} view @param {string} best */
function speakView(payload, view, best) {
  const text = word(view.direction === "row" ? "spokenRow" : "spokenColumn", {
    map: mapWords(view),
    token: tokenWords(payload, view.token),
    best,
    prefix: prefixWords(payload, view),
  });
  write("summary", text);
  clearTimeout(speaking);
  speaking = setTimeout(() => write("live", text), 300);
}

/**
 * @param {Payload} payload @param {State} state @param {View} view
 * @param {{pixel: [number, number], patch: {row: number, column: number} | null} | null} at
 */
export function showPointer(payload, state, view, at) {
  if (!at) return write("pointer-text", word("pointerNowhere"));
  const picture = payload.pictures[state.picture];
  const [x, y] = at.pixel.map(Math.floor);
  const inside = x >= 0 && y >= 0 && x < picture.width && y < picture.height;
  const pixel = inside ? word("pixel", { x, y }) : word("padding");
  if (!at.patch) return write("pointer-text", `${pixel} · ${word("outside")}`);
  const value = view.values[tokenOf(payload.model, at.patch.row, at.patch.column)];
  const shown = view.source ? `${figure(value)} · ` : "";
  return write("pointer-text", `${shown}${word("patch", at.patch)} · ${pixel}`);
}

/** @param {State} state @param {View} view */
export function showColourBar(state, view) {
  showTicks("", state.colours, view);
  write("unit", word(`unit.${view.source ?? "attention"}.${state.direction}`));
}

/**
 * A colour bar with its ends; the ids of its parts start with `prefix`.
 * @param {string} prefix @param {string} colours @param {{low: number, high: number}} view
 */
export function showTicks(prefix, colours, view) {
  const bar = need(`${prefix}colour-bar`, HTMLCanvasElement);
  const context = brush(bar);
  const image = context.createImageData(256, 1);
  const table = palette(colours);
  for (let i = 0; i < 256; i += 1) {
    image.data.set([table[3 * i], table[3 * i + 1], table[3 * i + 2], 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
  const [low, middle, high] = [view.low, (view.low + view.high) / 2, view.high].map(figure);
  write(`${prefix}tick-low`, low);
  write(`${prefix}tick-middle`, middle);
  write(`${prefix}tick-high`, high);
  bar.setAttribute("aria-label", word("colourBar", { low, high }));
}
