/** The photograph: the map of the word that is shown, and the cell under the pointer. */
import { need, paintedCanvas } from "saccade/dom.js";
import { paint, palette } from "saccade/colours.js";
import { isCropped, patchAt, patchPart, sceneBounds } from "saccade/geometry.js";
import { framePart, loadPicture, sourcePixel } from "saccade/picture.js";
import { placeLabel, share, tokenLabel } from "saccade/words/labels.js";
import { drawnMap, line, ranking, weightsOf } from "saccade/words/maps.js";
import { drawWord, lattice } from "saccade/words/scene.js";
import { word } from "saccade/words.js";

/** @import {Photo, Seen, Store} from "saccade/words/state.js" */

const TOLD = 3; // words or places that are named

/** @param {Store} store */
export function showStage(store) {
  const stage = need("stage", HTMLElement);
  /** @type {HTMLImageElement | null} */
  let image = null;
  let loaded = -1;
  store.watch(async (state) => {
    const { item } = store;
    const here = item.kind !== "translation";
    need("photo-part", HTMLElement).hidden = !here;
    if (!here) return;
    showCaption(item);
    if (loaded === state.item) return;
    image = null;
    const wanted = state.item;
    const found = await loadPicture(item);
    if (store.state.item !== wanted) return;
    [image, loaded] = [found, wanted];
    draw(store, image, store.seen);
    stage.dataset.shown = String(wanted);
  });
  store.follow((seen) => {
    draw(store, loaded === store.state.item ? image : null, seen);
    tell(store, seen);
  });
  followPointer(store, stage);
}

/** @param {Photo} photo */
function showCaption(photo) {
  const bounds = sceneBounds(photo);
  const aspect = bounds.width / bounds.height;
  need("stage", HTMLElement).style.setProperty("--aspect", String(aspect));
  need("room", HTMLElement).style.setProperty("--room", String(Math.max(0.6, aspect)));
  const size = word("pictureSize", { width: photo.width, height: photo.height });
  const seen = word(isCropped(photo) ? "seenCropped" : "seenWhole");
  need("caption", HTMLElement).textContent = `${photo.name} · ${size} · ${seen}`;
}

/** @param {Store} store @param {HTMLImageElement | null} image @param {Seen} seen */
function draw({ item, sentence, state }, image, seen) {
  if (item.kind === "translation") return;
  const map = drawnMap(weightsOf(item, sentence), seen.word, item, state);
  const canvas = need("picture", HTMLCanvasElement);
  drawWord(canvas, item, image, map, state);
  const mark = need("mark", HTMLElement);
  mark.hidden = seen.place < 0;
  if (seen.place >= 0) {
    const [, columns] = item.grid;
    const [row, column] = [Math.floor(seen.place / columns), seen.place % columns];
    framePart(mark, item, patchPart(item, lattice(item), row, column));
  }
  need("scale", HTMLElement).hidden = map === null;
  if (map) showScale(state.look, map.high);
}

/** @param {string} look @param {number} high */
function showScale(look, high) {
  const bar = need("colour-bar", HTMLCanvasElement);
  const table = palette(look === "spotlight" ? "grey" : look);
  const values = Float64Array.from({ length: 256 }, (_, i) => i);
  const map = { values, columns: 256, low: 0, high: 255 };
  bar.getContext("2d")?.drawImage(
    paintedCanvas(256, 1, (image) => paint(image, 0, 0, map, table)),
    0,
    0,
  );
  bar.setAttribute("aria-label", word("wd.scaleAbout"));
  need("scale-high", HTMLElement).textContent = share(high);
}

/** What is under the pointer, in words: also for those who cannot see it. @param {Store} store @param {Seen} seen */
export function tell(store, seen) {
  const { item, sentence } = store;
  const rows = weightsOf(item, sentence);
  need("told", HTMLElement).textContent = rows.length ? sentenceOf(store, rows, seen) : "";
  const label = `${tokenLabel(item, sentence, seen.word)}: ${need("told", HTMLElement).textContent}`;
  need("stage", HTMLElement).setAttribute("aria-label", `${word("wd.stage")} ${label}`);
}

/** @param {Store} store @param {Float64Array[]} rows @param {Seen} seen */
function sentenceOf({ item, sentence }, rows, seen) {
  const { place } = seen;
  if (place >= 0 && item.kind === "translation" && seen.word >= 0) {
    const [written, source] = [tokenLabel(item, sentence, seen.word), placeLabel(item, place)];
    return word("wd.toldCell", { word: written, source, share: share(rows[seen.word]?.[place]) });
  }
  if (place >= 0) {
    const column = rows.map((row) => row[place]);
    const best = ranking(column).slice(0, TOLD);
    const named = best.map(
      (token) => `${tokenLabel(item, sentence, token)} (${share(column[token])})`,
    );
    return word("wd.toldPlace", { place: placeLabel(item, place), words: named.join(", ") });
  }
  const row = line(rows, seen.word) ?? new Float64Array();
  const best = ranking(row).slice(0, TOLD);
  const named = best.map((at) => `${placeLabel(item, at)} (${share(row[at])})`);
  const told = { word: tokenLabel(item, sentence, seen.word), places: named.join(", ") };
  return word(item.kind === "translation" ? "wd.toldRead" : "wd.toldWord", told);
}

/** @param {Store} store @param {HTMLElement} stage */
function followPointer(store, stage) {
  /** @param {PointerEvent | MouseEvent} event */
  const placeAt = (event) => {
    const { item } = store;
    if (item.kind === "translation") return -1;
    const [x, y] = sourcePixel(stage, item, event);
    const cell = patchAt(item, lattice(item), x, y);
    return cell ? cell.row * item.grid[1] + cell.column : -1;
  };
  stage.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch") return;
    const place = placeAt(event);
    store.point(place < 0 ? {} : { place });
  });
  stage.addEventListener("pointerleave", () => store.point({}));
  stage.addEventListener("click", (event) => {
    const place = placeAt(event);
    store.set({ place: place === store.state.place ? -1 : place });
  });
}

/** The word that looked at a place most. @param {Store} store @param {number} place */
export function mostAt({ item, sentence }, place) {
  const column = weightsOf(item, sentence).map((row) => row[place]);
  return ranking(column)[0] ?? -1;
}
