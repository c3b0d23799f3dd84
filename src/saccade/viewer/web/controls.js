/** The controls of the map: what is read, from where, and how it is drawn. */
import { PALETTES } from "saccade/colours.js";
import { element, need } from "saccade/dom.js";
import { availableSource, weightsOf } from "saccade/map.js";
import { prefixName } from "saccade/readout.js";
import { word } from "saccade/words.js";

/** @import {State} from "saccade/types.js" */
/** @import {Store} from "saccade/state.js" */

/**
 * A control: `show` writes the current choice (and the words) into it.
 * @typedef {{node: HTMLElement, show: (state: State) => void}} Control
 */

/** @typedef {"source" | "direction" | "scale" | "drawing" | "colours"} ChoiceName */

/**
 * A row of buttons of which one is on.
 * @param {Store} store @param {ChoiceName} name @param {string[]} values
 * @param {(value: string, state: State) => boolean} possible
 * @returns {Control}
 */
export function segments(store, name, values, possible = () => true) {
  const legend = element("legend");
  const inputs = values.map((value) => element("input", { type: "radio", name, value }));
  const labels = inputs.map((input) => element("label", {}, input, element("span")));
  const node = element("fieldset", { class: "row segments" }, legend);
  node.append(element("div", { class: "choices" }, ...labels));
  node.addEventListener("change", (event) => {
    const target = /** @type {HTMLInputElement} */ (event.target);
    store.set({ [name]: target.value });
  });
  return {
    node,
    show(state) {
      const current = name === "source" ? shownSource(store, state) : state[name];
      legend.textContent = word(name);
      for (const [i, input] of inputs.entries()) {
        input.checked = input.value === current;
        input.disabled = !possible(input.value, state);
        labels[i].lastElementChild?.replaceChildren(word(`${name}.${values[i]}`));
      }
    },
  };
}

/**
 * A list to choose from.
 * @param {Store} store @param {ChoiceName} name @param {string[]} values
 * @param {(value: string, state: State) => boolean} possible
 * @returns {Control}
 */
export function list(store, name, values, possible = () => true) {
  const caption = element("span");
  const options = values.map((value) => element("option", { value }));
  const select = element("select", { name }, ...options);
  const node = element("label", { class: "row" }, caption, select);
  select.addEventListener("change", () => store.set({ [name]: select.value }));
  return {
    node,
    show(state) {
      caption.textContent = word(name);
      for (const option of options) {
        option.textContent = word(`${name}.${option.value}`);
        option.disabled = !possible(option.value, state);
      }
      select.value = state[name];
    },
  };
}

/**
 * A number to choose, with a button down and a button up.
 * @param {Store} store @param {"layer" | "head"} name @param {number[]} values in their order
 * @returns {Control}
 */
function stepper(store, name, values) {
  const caption = element("span");
  const options = values.map((value) => element("option", { value }, String(value)));
  const select = element("select", { name }, ...options);
  const [down, up] = ["−", "+"].map((sign) => element("button", { type: "button" }, sign));
  const group = element("div", { class: "stepper" }, down, select, up);
  const step = (/** @type {number} */ by) =>
    store.set({ [name]: values[values.indexOf(store.state[name]) + by] });
  select.addEventListener("change", () => store.set({ [name]: Number(select.value) }));
  down.addEventListener("click", () => step(-1));
  up.addEventListener("click", () => step(1));
  return {
    node: element("div", { class: "row" }, caption, group),
    show(state) {
      const off = shownSource(store, state) !== "attention";
      const place = values.indexOf(state[name]);
      caption.textContent = word(name);
      select.setAttribute("aria-label", word(name));
      down.setAttribute("aria-label", word(`${name}.down`));
      up.setAttribute("aria-label", word(`${name}.up`));
      const mean = options[values.indexOf(-1)];
      if (mean) mean.textContent = word("headMean");
      select.value = String(state[name]);
      select.disabled = off;
      down.disabled = off || place === 0;
      up.disabled = off || place === values.length - 1;
    },
  };
}

/** @param {Store} store @param {State} state */
function shownSource(store, state) {
  return availableSource(weightsOf(store.payload, state.picture), state.source);
}

/** One button a prefix token. @param {Store} store @returns {Control} */
function prefixButtons(store) {
  const caption = element("span");
  const { prefix } = store.payload.model;
  const buttons = prefix.map((_, token) => {
    const button = element("button", { type: "button" });
    button.addEventListener("click", () => store.set({ token }));
    return button;
  });
  const hint = element("span", { class: "hint" });
  const node = element("div", { class: "row" }, caption);
  node.append(element("div", { class: "choices loose" }, ...buttons, hint));
  return {
    node,
    show(state) {
      caption.textContent = word("query");
      hint.textContent = word(prefix.length > 0 ? "queryHint" : "queryHintAlone");
      for (const [token, button] of buttons.entries()) {
        button.textContent = prefixName(prefix[token]);
        button.setAttribute("aria-pressed", String(state.token === token));
      }
    },
  };
}

/** @param {Store} store @returns {Control} */
export function opacity(store) {
  const caption = element("span");
  const range = element("input", { type: "range", min: 0, max: 100, step: 1, name: "opacity" });
  const shown = element("output");
  range.addEventListener("input", () => store.set({ opacity: Number(range.value) }));
  return {
    node: element("label", { class: "row" }, caption, range, shown),
    show(state) {
      caption.textContent = word("opacity");
      range.value = String(state.opacity);
      shown.textContent = `${state.opacity} %`;
    },
  };
}

/** @param {Store} store */
export function showControls(store) {
  const { depth, heads } = store.payload.model;
  const upTo = (/** @type {number} */ count) => [...Array(count).keys()];
  /** @type {(value: string, state: State) => boolean} */
  const stored = (value, state) =>
    weightsOf(store.payload, state.picture).has(value === "rollout" ? "rollout" : "attention");
  /** @type {(value: string, state: State) => boolean} */
  const scalable = (value, state) => value !== "heads" || shownSource(store, state) === "attention";
  const controls = [
    segments(store, "source", ["attention", "rollout"], stored),
    stepper(store, "layer", upTo(depth)),
    stepper(store, "head", [...upTo(heads), -1]),
    segments(store, "direction", ["row", "column"]),
    prefixButtons(store),
    list(store, "scale", ["own", "range", "unit", "heads"], scalable),
    list(store, "colours", PALETTES),
    segments(store, "drawing", ["patches", "smooth"]),
    opacity(store),
  ];
  need("controls", HTMLElement).append(...controls.map((control) => control.node));
  store.watch((state) => {
    for (const control of controls) control.show(state);
  });
}
