/** Keys: everything the pointer can do with the map, without one. */
import { element, need } from "saccade/dom.js";
import { patchOf, tokenOf } from "saccade/geometry.js";
import { hasTokens, steppedHead } from "saccade/state.js";
import { word } from "saccade/words.js";

/** @import {Payload, State} from "saccade/types.js" */
/** @import {Store} from "saccade/state.js" */

/**
 * Key names as printed in the help, with the phrase that explains them.
 * @type {Record<"tokens" | "layers" | "always", [string, string][]>}
 */
const HELP = {
  tokens: [
    ["← → ↑ ↓", "key.move"],
    ["[ ]", "key.layer"],
    [", .", "key.head"],
    ["c", "key.class"],
    ["r", "key.rollout"],
    ["m", "key.direction"],
  ],
  layers: [["← → ↑ ↓ [ ] , .", "key.sheet"]],
  always: [
    ["n p", "key.picture"],
    ["?", "key.help"],
  ],
};

/** @type {Record<string, [number, number]>} row and column steps */
export const ARROWS = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** @param {Store} store @param {[number, number]} step @returns {Partial<State>} */
function moved(store, [down, along]) {
  const { payload, state } = store;
  const { model } = payload;
  const { scale } = payload.pictures[state.picture].box;
  const [rows, columns] = model.grid;
  const at = patchOf(model, state.token);
  if (!at) return { token: tokenOf(model, Math.floor(rows / 2), Math.floor(columns / 2)) };
  const row = at.row + down * Math.sign(scale[1]);
  const column = at.column + along * Math.sign(scale[0]); // arrows follow the eye when mirrored
  const inside = row >= 0 && column >= 0 && row < rows && column < columns;
  return inside ? { token: tokenOf(model, row, column) } : {};
}

/** @param {Store} store @param {string} key @returns {Partial<State> | null} */
function changeFor(store, key) {
  const { state, payload } = store;
  switch (key) {
    case "n":
      return { picture: state.picture + 1 };
    case "p":
      return { picture: state.picture - 1 };
    default:
      return hasTokens(payload) ? tokenChange(store, key) : null;
  }
}

/** @param {Store} store @param {string} key @returns {Partial<State> | null} */
function tokenChange({ state, payload }, key) {
  const { heads } = payload.model;
  const prefix = payload.model.prefix.length;
  switch (key) {
    case "[":
      return { layer: state.layer - 1, source: "attention" };
    case "]":
      return { layer: state.layer + 1, source: "attention" };
    case ",":
      return { head: steppedHead(state.head, heads, -1), source: "attention" };
    case ".":
      return { head: steppedHead(state.head, heads, 1), source: "attention" };
    case "c":
      return prefix > 0 ? { token: state.token + 1 < prefix ? state.token + 1 : 0 } : {};
    case "r":
      return { source: state.source === "rollout" ? "attention" : "rollout" };
    case "m":
      return { direction: state.direction === "row" ? "column" : "row" };
    default:
      return null;
  }
}

/** With a Hangul keyboard the letter keys are known by their place. */
/** @param {KeyboardEvent} event */
export function latinKey(event) {
  const foreign = event.key.length === 1 && event.key.charCodeAt(0) > 127;
  return foreign && event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : event.key;
}

/** @param {KeyboardEvent} event @returns {boolean} whether the focused control wants the key */
export function belongsElsewhere(event) {
  const target = event.target instanceof Element ? event.target : document.body;
  if (target.closest("dialog")) return true;
  if (target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && event.key in ARROWS;
}

/** @returns {boolean} whether enough of the picture is on screen for arrows to mean it */
function stageInView() {
  const frame = need("stage", HTMLElement).getBoundingClientRect();
  return frame.bottom > 80 && frame.top < innerHeight - 80;
}

/** @param {Store} store */
export function listenToKeys(store) {
  addEventListener("keydown", (event) => {
    const shifted = event.ctrlKey || event.metaKey || event.altKey;
    if (shifted && !event.getModifierState("AltGraph")) return;
    if (event.defaultPrevented || belongsElsewhere(event)) return;
    const key = latinKey(event);
    if (key === "?") return openHelp();
    if (store.payload.pictures.length === 0) return;
    const arrow = hasTokens(store.payload) ? ARROWS[key] : undefined;
    if (arrow && !stageInView()) return;
    const change = arrow ? moved(store, arrow) : changeFor(store, key);
    if (!change) return;
    event.preventDefault();
    store.set(change);
  });
}

export function openHelp() {
  const dialog = need("help", HTMLDialogElement);
  if (!dialog.open) dialog.showModal();
}

/** Write the help of what the page has in the chosen language. @param {Payload} payload */
export function translateHelp(payload) {
  const tokens = hasTokens(payload);
  const has = { tokens, layers: payload.layers.length > 0, always: true };
  const lines = Object.entries(HELP).flatMap(([part, keys]) =>
    has[/** @type {"tokens" | "layers" | "always"} */ (part)] ? keys : [],
  );
  const rows = lines.flatMap(([keys, phrase]) => [
    element("dt", {}, ...keys.split(" ").map((key) => element("kbd", {}, key))),
    element("dd", {}, word(phrase)),
  ]);
  need("keys", HTMLElement).replaceChildren(...rows);
  const ofTokens = tokens ? ["help.map", "help.rollout", "help.numbers"] : [];
  const paragraphs = [...ofTokens, ...(has.layers ? ["help.layers"] : []), "honest"];
  const texts = paragraphs.map((phrase) => element("p", {}, word(phrase)));
  need("help-text", HTMLElement).replaceChildren(...texts);
}
