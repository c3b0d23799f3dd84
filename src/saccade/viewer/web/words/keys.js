/** Keys: everything the pointer can do, without one. */
import { need } from "saccade/dom.js";
import { mostAt } from "saccade/words/stage.js";
import { places, tokens } from "saccade/words/state.js";

/** @import {Store} from "saccade/words/state.js" */

/** @type {Record<string, (store: Store) => void>} */
const KEYS = {
  ArrowLeft: (store) => walk(store, store.state.word - 1),
  ArrowRight: (store) => walk(store, store.state.word + 1),
  Home: (store) => walk(store, -1),
  End: (store) => walk(store, tokens(store.sentence) - 1),
  Escape: (store) => walk(store, -1),
  "[": (store) => store.set({ hypothesis: store.state.hypothesis - 1 }),
  "]": (store) => store.set({ hypothesis: store.state.hypothesis + 1 }),
  ",": (store) => store.set({ item: store.state.item - 1 }),
  ".": (store) => store.set({ item: store.state.item + 1 }),
};

/** On the photograph arrows move a cell; Enter goes to the word that looked there most.
 * @type {Record<string, [number, number]>} */
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** Choose a word, and take the focus along where it is on a word. @param {Store} store @param {number} token */
function walk(store, token) {
  const written = need("written", HTMLElement);
  const focused = written.contains(document.activeElement);
  store.set({ word: token, place: -1 });
  const chosen = written.querySelector(`[data-token="${store.state.word}"]`);
  if (focused && chosen instanceof HTMLElement) chosen.focus();
}

/** @param {KeyboardEvent} event @returns {boolean} whether the focused control wants the key */
function belongsElsewhere({ target, key }) {
  if (target instanceof HTMLSelectElement) return true;
  if (!(target instanceof HTMLInputElement)) return false;
  return target.type === "radio" ? key.startsWith("Arrow") : true;
}

/** @param {Store} store @param {string} key @returns {boolean} whether it was used */
function onStage(store, key) {
  const { item, state } = store;
  if (item.kind === "translation") return onMatrix(store, key);
  const [rows, columns] = item.grid;
  if (key === "Enter" && state.place >= 0) {
    store.set({ word: mostAt(store, state.place) });
    return true;
  }
  const step = STEPS[key];
  if (!step) return false;
  const place =
    state.place < 0 ? Math.floor(rows / 2) * columns + Math.floor(columns / 2) : state.place;
  const row = Math.min(rows - 1, Math.max(0, Math.floor(place / columns) + step[0]));
  const column = Math.min(columns - 1, Math.max(0, (place % columns) + step[1]));
  store.set({ place: state.place < 0 ? place : row * columns + column });
  return true;
}

/** @param {Store} store @param {string} key */
function onMatrix(store, key) {
  const step = STEPS[key];
  if (!step) return false;
  const { state } = store;
  const token = Math.min(tokens(store.sentence) - 1, Math.max(0, state.word + step[0]));
  const place = Math.min(places(store.item) - 1, Math.max(0, state.place + step[1]));
  store.set({ word: token, place });
  return true;
}

/** @param {Store} store */
export function listenToKeys(store) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || belongsElsewhere(event)) return;
    const { target } = event;
    const stage =
      target instanceof HTMLElement && (target.id === "stage" || target.id === "matrix");
    const used = stage && onStage(store, event.key);
    const work = used ? null : KEYS[event.key];
    if (!used && !work) return;
    event.preventDefault();
    work?.(store);
  });
}
