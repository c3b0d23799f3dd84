/** The panel of layers: any map of any mechanism, by its kind, over the picture. */
import { PALETTES } from "saccade/colours.js";
import { BarChart } from "saccade/bars.js";
import { list, opacity, segments } from "saccade/controls.js";
import { need } from "saccade/dom.js";
import { seenPart, toModel } from "saccade/geometry.js";
import { drawSheet } from "saccade/layercanvas.js";
import { listenToSheetKeys } from "saccade/layerkeys.js";
import { showSheetPointer, showSheetWords } from "saccade/layerwords.js";
import { chooser, partNames, sheetName } from "saccade/layerchoice.js";
import { isHeat, sheetView } from "saccade/layers.js";
import { framePart, loadPicture, sourcePixel } from "saccade/picture.js";
import { showTicks } from "saccade/readout.js";
import { aspect, captionOf } from "saccade/stage.js";
import { hasTokens } from "saccade/state.js";
import { word } from "saccade/words.js";

/** @import {Picture, State} from "saccade/types.js" */
/** @import {Store} from "saccade/state.js" */
/** @import {SheetView} from "saccade/layers.js" */

/** @param {Store} store */
export function showLayers(store) {
  const { payload } = store;
  const alone = !hasTokens(payload);
  const panel = need("layers", HTMLElement);
  panel.hidden = payload.layers.length === 0 && !alone;
  if (alone) need("sheet-side", HTMLElement).append(need("top-card", HTMLElement));
  need("sheet-honest", HTMLElement).hidden = !alone; // else it is said above
  if (payload.layers.length === 0) {
    for (const id of ["sheet-look", "sheet-card"]) need(id, HTMLElement).hidden = true;
    return;
  }
  const bars = new BarChart();
  need("sheet-bars", HTMLElement).append(bars.node);
  showSheetControls(store);
  const stage = need("sheet-stage", HTMLElement);
  const narrowest = Math.min(...payload.pictures.map((picture) => aspect(picture)));
  need("sheet-room", HTMLElement).style.setProperty("--room", String(Math.max(0.6, narrowest)));
  store.watch((state) => {
    const picture = payload.pictures[state.picture];
    const view = sheetView(payload, state);
    stage.style.setProperty("--aspect", String(aspect(picture)));
    need("sheet-caption", HTMLElement).textContent = captionOf(picture);
    need("sheet-scale", HTMLElement).hidden = !isHeat(view.layer);
    need("sheet-bars", HTMLElement).hidden = view.layer.kind !== "bars";
    if (view.layer.kind === "bars") bars.show(view.values);
    if (isHeat(view.layer)) showTicks("sheet-", state.colours, view);
    markQuery(picture, view);
    showSheetWords(payload, state, view);
    showSheetPointer(payload, state, view, null);
    void drawLater(store, state, view);
  });
  followPointer(store, stage);
  listenToSheetKeys(store, alone ? window : panel);
}

/** @param {Store} store @param {State} state @param {SheetView} view */
async function drawLater(store, state, view) {
  const picture = store.payload.pictures[state.picture];
  const image = await loadPicture(picture);
  if (store.state !== state) return; // a newer choice is on its way
  drawSheet(need("sheet-picture", HTMLCanvasElement), { picture, image, view, state });
  need("sheet-stage", HTMLElement).dataset.shown = String(state.sheet);
}

/** @param {Picture} picture @param {SheetView} view */
function markQuery(picture, { layer, query }) {
  const mark = need("sheet-mark", HTMLElement);
  mark.hidden = query === null;
  if (!query || !layer.queries) return;
  const seen = seenPart(picture);
  const [rows, columns] = layer.queries.grid;
  const [width, height] = [seen.width / columns, seen.height / rows];
  const { scale } = picture.box;
  const column = scale[0] < 0 ? columns - 1 - query.column : query.column;
  const row = scale[1] < 0 ? rows - 1 - query.row : query.row;
  framePart(mark, picture, {
    x: seen.x + column * width,
    y: seen.y + row * height,
    width,
    height,
  });
}

/** @param {Store} store @param {HTMLElement} stage */
function followPointer(store, stage) {
  /** @param {MouseEvent | null} event @returns {[number, number] | null} shares of the image */
  const look = (event) => {
    const { payload, state } = store;
    const picture = payload.pictures[state.picture];
    const pixel = event && sourcePixel(stage, picture, event);
    const [x, y] = pixel ? toModel(picture.box, ...pixel) : [-1, -1];
    const [width, height] = picture.box.size;
    const inside = x >= 0 && y >= 0 && x < width && y < height;
    /** @type {[number, number] | null} */
    const point = inside ? [x / width, y / height] : null;
    const view = sheetView(payload, state);
    showSheetPointer(payload, state, view, pixel && { pixel, point });
    return point;
  };
  stage.addEventListener("pointermove", look);
  stage.addEventListener("pointerleave", () => look(null));
  stage.addEventListener("click", (event) => {
    const point = look(event);
    if (!point) return;
    store.set({ point });
    look(event);
  });
}

/** @param {Store} store */
function showSheetControls(store) {
  const { layers } = store.payload;
  const sheets = layers.map((_, i) => i);
  const scale = list(store, "scale", ["own", "range", "unit"]);
  const own = (/** @type {State} */ state) =>
    state.scale === "heads" ? { ...state, scale: /** @type {const} */ ("own") } : state;
  const colours = list(store, "colours", PALETTES);
  const ofHeat = [
    { node: scale.node, show: (/** @type {State} */ state) => scale.show(own(state)) },
    segments(store, "drawing", ["patches", "smooth"]),
    opacity(store),
  ];
  const controls = [
    chooser(store, "sheet", () => sheets.map((i) => sheetName(layers[i])), sheets),
    chooser(store, "part", (state) => partNames(layers[state.sheet])),
    colours,
    ...ofHeat,
  ];
  const form = need("sheet-controls", HTMLFormElement);
  form.append(...controls.map((control) => control.node));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.setAttribute("aria-label", word("layersTitle"));
  store.watch((state) => {
    for (const control of controls) control.show(state);
    const layer = layers[state.sheet];
    for (const { node } of ofHeat) node.hidden = !isHeat(layer);
    colours.node.hidden = layer.kind === "bars" || layer.kind === "mesh";
  });
}
