/** The slider over epochs, the button that plays them, and what is chosen to be shown. */
import { element, need } from "saccade/dom.js";
import { frameAt } from "saccade/timeline/state.js";
import { word } from "saccade/words.js";

/** @import {State, Store} from "saccade/timeline/state.js" */

/** @typedef {(state: State) => void} Show */

const PACE = 600; // milliseconds that an epoch stands while it plays
const HINTS = [
  ["←", "→", "tl.key.epoch"],
  ["Home", "End", "tl.key.ends"],
  ["Space", "tl.key.play"],
  ["[", "]", "tl.key.layer"],
  [",", ".", "tl.key.head"],
];

/** @param {Store} store */
export function showPlayer(store) {
  const slider = need("epoch", HTMLInputElement);
  slider.max = String(store.epochs.length - 1);
  slider.addEventListener("input", () =>
    store.set({ epoch: store.epochs[Number(slider.value)], playing: false }),
  );
  const play = need("play", HTMLButtonElement);
  play.addEventListener("click", () => toggle(store));
  const shows = store.layers > 0 ? picks(store) : [];
  need("picks", HTMLFormElement).addEventListener("submit", (event) => event.preventDefault());
  store.watch((state) => {
    slider.value = String(store.epochs.indexOf(state.epoch));
    const text = epochWords(store, state);
    slider.setAttribute("aria-valuetext", text);
    need("epoch-text", HTMLOutputElement).textContent = text;
    play.textContent = word(state.playing ? "tl.pause" : "tl.play");
    play.setAttribute("aria-pressed", String(state.playing));
    for (const show of shows) show(state);
    showHints(store);
  });
  playAlong(store);
}

/** @param {Store} store */
export function toggle(store) {
  const last = store.epochs[store.epochs.length - 1];
  const again = !store.state.playing && store.state.epoch === last;
  store.set({ playing: !store.state.playing, ...(again ? { epoch: store.epochs[0] } : {}) });
}

/** Go on by itself while it plays, and stop at the end. @param {Store} store */
function playAlong(store) {
  let timer = 0;
  store.watch((state) => {
    clearTimeout(timer);
    if (!state.playing) return;
    timer = setTimeout(() => {
      if (state.epoch === store.epochs[store.epochs.length - 1]) store.set({ playing: false });
      else store.step(1);
    }, PACE);
  });
}

/** @param {Store} store @param {State} state */
function epochWords({ payload, epochs }, { epoch }) {
  const frame = payload.runs.length === 1 ? frameAt(payload.runs[0], epoch) : null;
  const last = epochs[epochs.length - 1];
  const parts = [epoch === 0 ? word("tl.before") : word("tl.epochOf", { epoch, last })];
  if (frame) parts.push(word("tl.step", { step: frame.step }));
  return parts.join(" · ");
}

/** @param {Store} store @returns {Show[]} */
function picks(store) {
  const room = need("picks", HTMLFormElement);
  return [
    stepper(room, store, "layer", () => store.layers),
    stepper(room, store, "head", () => store.heads(store.state.layer)),
    segments(room, store, "scale", ["locked", "own"]),
    segments(room, store, "drawing", ["patches", "smooth"]),
    opacity(room, store),
  ];
}

/**
 * A number to choose, with a button down and a button up; heads begin with their mean.
 * @param {HTMLElement} room @param {Store} store @param {"layer" | "head"} name
 * @param {() => number} count @returns {Show}
 */
function stepper(room, store, name, count) {
  const caption = element("span");
  const select = element("select", { name });
  const [down, up] = ["−", "+"].map((sign) => element("button", { type: "button" }, sign));
  const least = name === "head" ? -1 : 0;
  select.addEventListener("change", () => store.set({ [name]: Number(select.value) }));
  down.addEventListener("click", () => store.set({ [name]: store.state[name] - 1 }));
  up.addEventListener("click", () => store.set({ [name]: store.state[name] + 1 }));
  room.append(
    element("div", { class: "pick" }, caption, element("div", { class: "stepper" }, down, select, up)),
  );
  return (state) => {
    caption.textContent = word(`tl.${name}`);
    select.setAttribute("aria-label", word(`tl.${name}`));
    down.setAttribute("aria-label", word(`tl.${name}.down`));
    up.setAttribute("aria-label", word(`tl.${name}.up`));
    const values = Array.from({ length: count() - least }, (_, i) => i + least);
    const options = values.map((value) =>
      element("option", { value }, value < 0 ? word("tl.meanOfHeads") : String(value)),
    );
    select.replaceChildren(...options);
    select.value = String(state[name]);
    down.disabled = state[name] === least;
    up.disabled = state[name] === count() - 1;
  };
}

/**
 * A row of buttons of which one is on.
 * @param {HTMLElement} room @param {Store} store @param {"scale" | "drawing"} name
 * @param {string[]} values @returns {Show}
 */
function segments(room, store, name, values) {
  const legend = element("legend");
  const inputs = values.map((value) => element("input", { type: "radio", name, value }));
  const labels = inputs.map((input) => element("label", {}, input, element("span")));
  const choices = element("div", { class: "choices" }, ...labels);
  room.append(element("fieldset", { class: "pick" }, legend, choices));
  choices.addEventListener("change", (event) => {
    const target = /** @type {HTMLInputElement} */ (event.target);
    store.set({ [name]: target.value });
  });
  return (state) => {
    legend.textContent = word(`tl.${name}`);
    for (const [i, input] of inputs.entries()) {
      input.checked = input.value === state[name];
      labels[i].lastElementChild?.replaceChildren(word(`tl.${name}.${values[i]}`));
    }
  };
}

/** @param {HTMLElement} room @param {Store} store @returns {Show} */
function opacity(room, store) {
  const caption = element("span");
  const range = element("input", { type: "range", name: "opacity", min: 0, max: 100, step: 5 });
  range.addEventListener("input", () => store.set({ opacity: Number(range.value) }));
  room.append(element("label", { class: "pick" }, caption, range));
  return (state) => {
    caption.textContent = word("tl.opacity");
    range.value = String(state.opacity);
  };
}

/** The keys, in the chosen language. @param {Store} store */
function showHints(store) {
  const some = store.layers > 0 ? HINTS : HINTS.slice(0, 3);
  const parts = some.map((hint) =>
    element(
      "span",
      {},
      ...hint.slice(0, -1).map((key) => element("kbd", {}, key)),
      word(hint[hint.length - 1]),
    ),
  );
  need("hint", HTMLElement).replaceChildren(...parts);
}
