/** Small maps of all words, with how sharp each is and how much of the picture it covers. */
import { element, need } from "saccade/dom.js";
import { loadPicture } from "saccade/picture.js";
import { level, share, tokenLabel } from "saccade/words/labels.js";
import { drawnMap, shares, weightsOf } from "saccade/words/maps.js";
import { drawWord, small } from "saccade/words/scene.js";
import { tokens } from "saccade/words/state.js";
import { word } from "saccade/words.js";

/** @import {State, Store} from "saccade/words/state.js" */

const SIDE = 320; // source pixels of a small map's longer side, drawn twice as fine

/** @param {Store} store */
export function showTiles(store) {
  const room = need("tiles", HTMLElement);
  /** @type {HTMLElement[]} */
  let tiles = [];
  let shown = "";
  store.watch(async (state) => {
    const { item, sentence } = store;
    need("tiles-part", HTMLElement).hidden = item.kind === "translation" || !sentence.maps;
    const { word: _, place: __, ...rest } = state;
    const wanted = JSON.stringify([rest, document.documentElement.lang]);
    if (item.kind === "translation" || wanted === shown) return;
    shown = wanted;
    need("tiles-title", HTMLElement).textContent = word(`wd.tiles.${item.kind}`);
    tiles = sentence.maps
      ? Array.from({ length: tokens(sentence) }, (_, token) => tile(store, token))
      : [];
    room.replaceChildren(...tiles);
    const image = await loadPicture(item);
    if (wanted === shown) fill(store, tiles, image, state);
    mark(store, tiles);
  });
  store.follow(() => mark(store, tiles));
}

/** @param {Store} store @param {number} token */
function tile(store, token) {
  const { item, sentence } = store;
  const label = tokenLabel(item, sentence, token);
  const numbers = `${word("wd.sharp")} ${level(sentence.sharpness[token])} · ${word("wd.cover")} ${share(sentence.coverage[token])}`;
  const canvas = element("canvas", { width: 1, height: 1, "aria-hidden": "true" });
  const name = element("span", { class: "name" }, label);
  const button = element(
    "button",
    {
      type: "button",
      class: "tile-word",
      tabindex: -1,
      title: label,
      "aria-label": `${label}: ${numbers}`,
    },
    canvas,
    name,
    element("span", { class: "soft" }, numbers),
  );
  button.addEventListener("pointerenter", ({ pointerType }) => {
    if (pointerType !== "touch") store.point({ word: token });
  });
  button.addEventListener("pointerleave", () => store.point({}));
  button.addEventListener("click", () => store.set({ word: token, place: -1 }));
  return button;
}

/**
 * @param {Store} store @param {HTMLElement[]} tiles @param {HTMLImageElement | null} image
 * @param {State} state
 */
function fill({ item, sentence }, tiles, image, state) {
  if (item.kind === "translation") return;
  const rows = weightsOf(item, sentence);
  const photo = small(item, SIDE);
  for (const [token, node] of tiles.entries()) {
    const canvas = node.querySelector("canvas");
    if (canvas) drawWord(canvas, photo, image, drawnMap(rows, token, item, state), state);
  }
}

/** @param {Store} store @param {HTMLElement[]} tiles */
function mark({ item, sentence, seen, state }, tiles) {
  const shade = shares(weightsOf(item, sentence), seen.place);
  for (const [token, node] of tiles.entries()) {
    node.setAttribute("aria-pressed", String(token === state.word));
    node.classList.toggle("shown", token === seen.word);
    node.style.setProperty("--shade", `${Math.round(100 * (shade[token] ?? 0))}%`);
  }
}
