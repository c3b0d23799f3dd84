/** How maps are drawn. */
import { element, need } from "saccade/dom.js";
import { word } from "saccade/words.js";

/** @import {State, Store} from "saccade/words/state.js" */

/** @type {[("look" | "drawing" | "scale"), string[]][]} */
const CHOICES = [
  ["look", ["spotlight", "grey", "dusk"]],
  ["drawing", ["smooth", "patches"]],
  ["scale", ["own", "shared"]],
];

/** @param {Store} store */
export function showControls(store) {
  const room = need("controls", HTMLFormElement);
  room.addEventListener("submit", (event) => event.preventDefault());
  const shows = CHOICES.map(([name, values]) => segments(room, store, name, values));
  shows.push(opacity(room, store));
  store.watch((state) => {
    need("controls-part", HTMLElement).hidden =
      store.item.kind === "translation" || !store.sentence.maps;
    for (const show of shows) show(state);
  });
}

/**
 * A row of buttons of which one is on.
 * @param {HTMLElement} room @param {Store} store @param {"look" | "drawing" | "scale"} name
 * @param {string[]} values @returns {(state: State) => void}
 */
function segments(room, store, name, values) {
  const legend = element("legend");
  const inputs = values.map((value) => element("input", { type: "radio", name, value }));
  const labels = inputs.map((input) => element("label", {}, input, element("span")));
  const choices = element("div", { class: "choices" }, ...labels);
  room.append(element("fieldset", { class: "row" }, legend, choices));
  choices.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLInputElement) store.set({ [name]: target.value });
  });
  return (state) => {
    legend.textContent = word(`wd.${name}`);
    for (const [i, input] of inputs.entries()) {
      input.checked = input.value === state[name];
      labels[i].lastElementChild?.replaceChildren(word(`wd.${name}.${values[i]}`));
    }
  };
}

/** @param {HTMLElement} room @param {Store} store @returns {(state: State) => void} */
function opacity(room, store) {
  const caption = element("span");
  const range = element("input", { type: "range", name: "opacity", min: 0, max: 100, step: 5 });
  const output = element("output");
  range.addEventListener("input", () => store.set({ opacity: Number(range.value) }));
  room.append(element("label", { class: "row" }, caption, range, output));
  return (state) => {
    caption.textContent = word("wd.opacity");
    range.value = String(state.opacity);
    output.textContent = `${state.opacity} %`;
  };
}
