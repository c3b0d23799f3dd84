/** Keys: everything the pointer can do with time, without one. */
import { toggle } from "saccade/timeline/player.js";

/** @import {Store} from "saccade/timeline/state.js" */

/** @type {Record<string, (store: Store) => void>} */
const KEYS = {
  ArrowLeft: (store) => store.step(-1),
  ArrowRight: (store) => store.step(1),
  Home: (store) => store.set({ epoch: store.epochs[0] }),
  End: (store) => store.set({ epoch: store.epochs[store.epochs.length - 1] }),
  " ": toggle,
  "[": (store) => store.set({ layer: store.state.layer - 1 }),
  "]": (store) => store.set({ layer: store.state.layer + 1 }),
  ",": (store) => store.set({ head: store.state.head - 1 }),
  ".": (store) => store.set({ head: store.state.head + 1 }),
};

/** @param {KeyboardEvent} event @returns {boolean} whether the focused control wants the key */
function belongsElsewhere({ target, key }) {
  if (target instanceof HTMLSelectElement) return true;
  if (target instanceof HTMLButtonElement) return key === " ";
  return target instanceof HTMLInputElement && target.id !== "epoch" && KEYS[key] !== undefined;
}

/** @param {Store} store */
export function listenToKeys(store) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || belongsElsewhere(event)) return;
    const work = KEYS[event.key];
    if (!work) return;
    event.preventDefault();
    work(store);
  });
}
