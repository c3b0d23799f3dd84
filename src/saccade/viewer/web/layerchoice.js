/** Choosing a layer, and one of its heads, channel groups, passes or channels. */
import { element } from "saccade/dom.js";
import { word } from "saccade/words.js";

/** @import {Layer, State} from "saccade/types.js" */
/** @import {Store} from "saccade/state.js" */
/** @import {Control} from "saccade/controls.js" */

/** @param {Layer} layer @returns {string} where it stands, and what kind of picture it is */
export function sheetName(layer) {
  return `${layer.name} · ${word(`kind.${layer.kind}`)}`;
}

/** @param {Layer} layer @returns {string[]} all together, then each single part that is stored */
export function partNames(layer) {
  const kind = (layer.part ?? "").replace(" ", "_");
  const together = layer.whole ? word(`whole.${layer.whole}`) : word("whole.single");
  const single = Array.from({ length: layer.stored }, (_, number) =>
    word(`part.${kind}`, { number }),
  );
  return [together, ...single];
}

/**
 * A list with a button down and a button up.
 * @param {Store} store @param {"sheet" | "part"} name
 * @param {(state: State) => string[]} names of all choices
 * @param {number[] | null} values of the choices; from -1 on when left out
 * @returns {Control}
 */
export function chooser(store, name, names, values = null) {
  const caption = element("span");
  const select = element("select", { name });
  const [down, up] = ["−", "+"].map((sign) => element("button", { type: "button" }, sign));
  const node = element("div", { class: "row" }, caption);
  node.append(element("div", { class: "stepper" }, down, select, up));
  select.addEventListener("change", () => store.set({ [name]: Number(select.value) }));
  down.addEventListener("click", () => store.set({ [name]: store.state[name] - 1 }));
  up.addEventListener("click", () => store.set({ [name]: store.state[name] + 1 }));
  return {
    node,
    show(state) {
      const texts = names(state);
      const numbers = values ?? texts.map((_, i) => i - 1);
      const options = texts.map((text, i) => element("option", { value: numbers[i] }, text));
      select.replaceChildren(...options);
      caption.textContent = word(name);
      select.setAttribute("aria-label", word(name));
      down.setAttribute("aria-label", word(`${name}.down`));
      up.setAttribute("aria-label", word(`${name}.up`));
      select.value = String(state[name]);
      select.disabled = texts.length < 2;
      down.disabled = state[name] === numbers[0];
      up.disabled = state[name] === numbers[numbers.length - 1];
    },
  };
}
