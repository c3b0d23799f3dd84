/** Keys of the panel of layers; where it stands alone they work on the whole page. */
import { need } from "saccade/dom.js";
import { ARROWS, belongsElsewhere, latinKey } from "saccade/keyboard.js";
import { steppedPoint } from "saccade/layers.js";

/** @import {State} from "saccade/types.js" */
/** @import {Store} from "saccade/state.js" */

/** @param {Store} store @param {string} key @returns {Partial<State> | null} */
function changeFor({ state, payload }, key) {
  const layer = payload.layers[state.sheet];
  const arrow = ARROWS[key];
  if (arrow) {
    if (!layer.queries) return null;
    const { scale } = payload.pictures[state.picture].box; // arrows follow the eye when mirrored
    const step = [arrow[0] * Math.sign(scale[1]), arrow[1] * Math.sign(scale[0])];
    return { point: steppedPoint(layer, state.point, [step[0], step[1]]) };
  }
  const steps = { "[": { sheet: state.sheet - 1 }, "]": { sheet: state.sheet + 1 } };
  const parts = { ",": { part: state.part - 1 }, ".": { part: state.part + 1 } };
  return /** @type {Record<string, Partial<State>>} */ ({ ...steps, ...parts })[key] ?? null;
}

/** @returns {boolean} whether enough of the picture is on screen for arrows to mean it */
function stageInView() {
  const frame = need("sheet-stage", HTMLElement).getBoundingClientRect();
  return frame.bottom > 80 && frame.top < innerHeight - 80;
}

/** @param {Store} store @param {HTMLElement | Window} target where keys are heard */
export function listenToSheetKeys(store, target) {
  target.addEventListener("keydown", (heard) => {
    const event = /** @type {KeyboardEvent} */ (heard);
    const shifted = event.ctrlKey || event.metaKey || event.altKey;
    if (shifted && !event.getModifierState("AltGraph")) return;
    if (event.defaultPrevented || belongsElsewhere(event)) return;
    const key = latinKey(event);
    if (ARROWS[key] && !stageInView()) return;
    const change = changeFor(store, key);
    if (!change) return;
    event.preventDefault();
    event.stopPropagation();
    store.set(change);
  });
}
