/** The stage: the picture, the pointer over it, the picture strip and the predictions. */
import { element, need, percent } from "saccade/dom.js";
import { isCropped, patchAt, patchOf, sceneBounds, tokenOf } from "saccade/geometry.js";
import { viewOf } from "saccade/map.js";
import { drawScene, loadPicture, placeMark, sourcePixel } from "saccade/picture.js";
import { showColourBar, showPointer, showReadout } from "saccade/readout.js";
import { word } from "saccade/words.js";

/** @import {Payload, Picture, State} from "saccade/types.js" */
/** @import {Store} from "saccade/state.js" */

/** @param {Store} store */
export function showStage(store) {
  const stage = need("stage", HTMLElement);
  const { pictures } = store.payload;
  const narrowest = Math.min(...pictures.map((picture) => aspect(picture)));
  need("room", HTMLElement).style.setProperty("--room", String(Math.max(0.6, narrowest)));
  store.watch((state) => {
    const picture = pictures[state.picture];
    stage.style.setProperty("--aspect", String(aspect(picture)));
    showPicture(store, state);
    need("caption", HTMLElement).textContent = captionOf(picture);
  });
  followPointer(store, stage);
}

/** @param {Picture} picture */
export function aspect(picture) {
  const bounds = sceneBounds(picture);
  return bounds.width / bounds.height;
}

/** @param {Store} store @param {State} state */
async function showPicture(store, state) {
  const { pictures, model } = store.payload;
  const picture = pictures[state.picture];
  const view = viewOf(store.payload, state);
  placeMark(need("mark-query", HTMLElement), picture, model, patchOf(model, state.token));
  placeMark(need("mark-hover", HTMLElement), picture, model, null);
  showReadout(store.payload, state, view);
  showColourBar(state, view);
  showPointer(store.payload, state, view, null);
  const image = await loadPicture(picture);
  if (store.state !== state) return; // a newer choice is on its way
  drawScene(need("picture", HTMLCanvasElement), { picture, model, view, state, image });
  need("stage", HTMLElement).dataset.shown = String(state.picture);
  if (!image) need("caption", HTMLElement).textContent = word("unreadable");
}

/** @param {Picture} picture @returns {string} its name, its size, and whether all was seen */
export function captionOf(picture) {
  const size = word("pictureSize", { width: picture.width, height: picture.height });
  const seen = word(isCropped(picture) ? "seenCropped" : "seenWhole");
  return `${picture.name} · ${size} · ${seen}`;
}

/** @param {Store} store @param {HTMLElement} stage */
function followPointer(store, stage) {
  const hover = need("mark-hover", HTMLElement);
  const { model, pictures } = store.payload;
  /** @param {PointerEvent | MouseEvent | null} event */
  const look = (event) => {
    const picture = pictures[store.state.picture];
    const pixel = event && sourcePixel(stage, picture, event);
    const patch = pixel && patchAt(picture, model, pixel[0], pixel[1]);
    placeMark(hover, picture, model, patch);
    const view = viewOf(store.payload, store.state);
    showPointer(store.payload, store.state, view, pixel && { pixel, patch });
    return patch;
  };
  stage.addEventListener("pointermove", look);
  stage.addEventListener("pointerleave", () => look(null));
  stage.addEventListener("click", (event) => {
    const patch = look(event);
    if (!patch) return;
    store.set({ token: tokenOf(model, patch.row, patch.column) });
    look(event);
  });
}

/** The pictures to choose from; shown when there are several. @param {Store} store */
export function showStrip(store) {
  const strip = need("strip", HTMLElement);
  const { pictures } = store.payload;
  strip.hidden = pictures.length < 2;
  const buttons = pictures.map((picture, index) => {
    const image = element("img", { src: picture.src, alt: "", loading: "lazy", decoding: "async" });
    image.classList.toggle("tiny", Math.max(picture.width, picture.height) < 100);
    const name = element("span", {}, picture.name);
    const button = element("button", { type: "button", title: picture.name }, image, name);
    button.addEventListener("click", () => store.set({ picture: index }));
    return button;
  });
  strip.append(...buttons);
  strip.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    store.set({ picture: store.state.picture + step });
    buttons[store.state.picture].focus();
  });
  store.watch((state) => {
    for (const [index, button] of buttons.entries()) {
      const chosen = index === state.picture;
      button.setAttribute("aria-current", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
      if (chosen) reveal(strip, button);
    }
  });
}

/** Scroll the strip, never the page. @param {HTMLElement} strip @param {HTMLElement} button */
function reveal(strip, button) {
  const left = button.offsetLeft - strip.offsetLeft;
  const right = left + button.offsetWidth;
  if (left < strip.scrollLeft) strip.scrollLeft = left - 8;
  else if (right > strip.scrollLeft + strip.clientWidth) {
    strip.scrollLeft = right - strip.clientWidth + 8;
  }
}

/** @param {Store} store */
export function showPredictions(store) {
  const list = need("top-list", HTMLElement);
  const truth = need("truth", HTMLElement);
  store.watch((state) => {
    const picture = store.payload.pictures[state.picture];
    list.replaceChildren(...picture.top.map((guess) => predictionRow(guess, picture.truth)));
    const right = picture.truth !== null && picture.top[0]?.label === picture.truth;
    truth.hidden = picture.truth === null;
    truth.dataset.right = String(right);
    truth.textContent = word(right ? "truthRight" : "truthWrong", { label: picture.truth ?? "" });
  });
}

/** @param {Payload["pictures"][0]["top"][0]} guess @param {string | null} truth */
function predictionRow(guess, truth) {
  const bar = element("span", { class: "fill" });
  bar.style.width = `${100 * guess.probability}%`;
  return element(
    "li",
    { "data-truth": guess.label === truth },
    element("span", { class: "label", title: guess.label }, guess.label),
    element("span", { class: "number" }, percent(guess.probability)),
    element("span", { class: "track" }, bar),
  );
}
