/** Every layer and head at once, as small maps of the same query; a click chooses one. */
import { paint, palette } from "saccade/colours.js";
import { brush, element, figure, need, onceAFrame } from "saccade/dom.js";
import { limits, sharedLargest, weightsOf } from "saccade/map.js";
import { mapWords } from "saccade/readout.js";
import { steppedHead } from "saccade/state.js";
import { word } from "saccade/words.js";

/** @import {State, View} from "saccade/types.js" */
/** @import {Store} from "saccade/state.js" */
/** @import {Weights} from "saccade/map.js" */

/** @typedef {{cell: number, height: number, left: number, top: number, columns: number}} Layout */

const MARGIN = 22;
const GAP = 2;
const LARGEST = 64;
const TALLEST = 640;

/** @param {Store} store */
export function showOverview(store) {
  const canvas = need("overview", HTMLCanvasElement);
  const card = need("overview-card", HTMLElement);
  const draw = onceAFrame(() => {
    const weights = weightsOf(store.payload, store.state.picture);
    if (weights.has("attention")) drawOverview(canvas, weights, store.state);
  });
  store.watch((state) => {
    card.hidden = !weightsOf(store.payload, state.picture).has("attention");
    tellSpot(store, state.layer, state.head);
    draw();
  });
  new ResizeObserver(draw).observe(card);
  listen(store, canvas);
}

/** @param {HTMLCanvasElement} canvas @param {Weights["model"]} model @returns {Layout} */
function layoutOf(canvas, model) {
  const room = canvas.parentElement?.clientWidth ?? 320;
  const style = canvas.parentElement ? getComputedStyle(canvas.parentElement) : null;
  const inner =
    room - parseFloat(style?.paddingLeft ?? "0") - parseFloat(style?.paddingRight ?? "0");
  const columns = model.heads + 1;
  const [rows, across] = model.grid;
  const even = Math.floor((inner - MARGIN) / columns) - GAP;
  const zoom = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const tall = zoom * Math.min(LARGEST, TALLEST / model.depth);
  const limit = Math.min(zoom * LARGEST, (tall * across) / rows);
  const rough = Math.max(4, Math.min(even, limit));
  const cell = rough >= across ? Math.floor(rough / across) * across : rough;
  return { cell, height: Math.max(3, (cell * rows) / across), left: MARGIN, top: MARGIN, columns };
}

/** @param {HTMLCanvasElement} canvas @param {Weights} weights @param {State} state */
function drawOverview(canvas, weights, state) {
  const { model } = weights;
  const layout = layoutOf(canvas, model);
  const width = layout.left + layout.columns * (layout.cell + GAP);
  const height = layout.top + model.depth * (layout.height + GAP);
  const sharp = devicePixelRatio || 1;
  canvas.width = Math.ceil(width * sharp);
  canvas.height = Math.ceil(height * sharp);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = brush(canvas);
  context.scale(sharp, sharp);
  context.imageSmoothingEnabled = layout.cell < model.grid[1];
  const scratch = element("canvas", { width: model.grid[1], height: model.grid[0] });
  for (let layer = 0; layer < model.depth; layer += 1) {
    const shared = state.scale === "heads" ? sharedLargest(weights, layer, state) : 0;
    for (let column = 0; column < layout.columns; column += 1) {
      const head = column === model.heads ? -1 : column;
      const [x, y] = corner(layout, layer, column);
      drawSmall(scratch, weights, layer, head, state, shared);
      context.drawImage(scratch, x, y, layout.cell, layout.height);
    }
  }
  drawLabels(context, layout, model, state);
}

/**
 * @param {Layout} layout @param {number} layer @param {number} column
 * @returns {[number, number]} the left top corner of a small map
 */
function corner(layout, layer, column) {
  return [layout.left + column * (layout.cell + GAP), layout.top + layer * (layout.height + GAP)];
}

/**
 * Draw one map, a pixel a patch.
 * @param {HTMLCanvasElement} scratch @param {Weights} weights @param {number} layer
 * @param {number} head @param {State} state @param {number} shared largest over heads
 */
function drawSmall(scratch, weights, layer, head, state, shared) {
  const { grid, prefix } = weights.model;
  const line = weights.attentionLine(layer, head, state.token, state.direction);
  const values = line.subarray(prefix.length);
  const [low, high] = limits(state.scale, values, shared);
  const image = new ImageData(grid[1], grid[0]);
  paint(image, 0, 0, { values, columns: grid[1], low, high }, palette(state.colours));
  brush(scratch).putImageData(image, 0, 0);
}

/**
 * @param {CanvasRenderingContext2D} context @param {Layout} layout @param {Weights["model"]} model
 * @param {State} state
 */
function drawLabels(context, layout, model, state) {
  const style = getComputedStyle(context.canvas);
  context.fillStyle = style.color;
  context.font = `11px ${style.fontFamily}`;
  context.textBaseline = "middle";
  context.textAlign = "right";
  const every = Math.ceil(14 / (layout.height + GAP));
  for (let layer = 0; layer < model.depth; layer += every) {
    const y = corner(layout, layer, 0)[1] + layout.height / 2;
    context.fillText(String(layer), layout.left - 7, y);
  }
  context.textAlign = "center";
  const step = Math.ceil(18 / (layout.cell + GAP));
  for (let column = 0; column < layout.columns; column += 1) {
    const mean = column === model.heads;
    if (!mean && (column % step !== 0 || (step > 1 && column > model.heads - step))) continue;
    const x = corner(layout, 0, column)[0] + layout.cell / 2;
    context.fillText(mean ? "x̄" : String(column), x, layout.top - 10);
  }
  if (state.source === "rollout") return;
  const [x, y] = corner(layout, state.layer, state.head < 0 ? model.heads : state.head);
  context.strokeStyle = "#ffffff";
  context.lineWidth = 5;
  context.strokeRect(x - 1, y - 1, layout.cell + 2, layout.height + 2);
  context.strokeStyle = style.getPropertyValue("--accent");
  context.lineWidth = 3;
  context.strokeRect(x - 1, y - 1, layout.cell + 2, layout.height + 2);
}

/** Name the small map under the pointer, or the chosen one. */
/** @param {Store} store @param {number} layer @param {number} head */
function tellSpot(store, layer, head) {
  const { payload, state } = store;
  const weights = weightsOf(payload, state.picture);
  const spot = need("overview-spot", HTMLElement);
  if (!weights.has("attention")) return spot.replaceChildren();
  const line = weights.attentionLine(layer, head, state.token, state.direction);
  const patches = line.subarray(payload.model.prefix.length);
  const name = mapWords({ .../** @type {View} */ ({}), source: "attention", layer, head });
  const largest = figure(patches.reduce((best, value) => Math.max(best, value), 0));
  return spot.replaceChildren(word("spot", { name, largest }));
}

/** @param {Store} store @param {HTMLCanvasElement} canvas */
function listen(store, canvas) {
  const { model } = store.payload;
  /** @param {MouseEvent} event */
  const under = (event) => {
    const layout = layoutOf(canvas, model);
    const column = Math.floor((event.offsetX - layout.left) / (layout.cell + GAP));
    const layer = Math.floor((event.offsetY - layout.top) / (layout.height + GAP));
    const inside = column >= 0 && layer >= 0 && column < layout.columns && layer < model.depth;
    return inside ? { layer, head: column === model.heads ? -1 : column } : null;
  };
  canvas.addEventListener("pointermove", (event) => {
    const { layer, head } = under(event) ?? store.state;
    tellSpot(store, layer, head);
  });
  canvas.addEventListener("pointerleave", () =>
    tellSpot(store, store.state.layer, store.state.head),
  );
  canvas.addEventListener("click", (event) => {
    const spot = under(event);
    if (spot) store.set({ ...spot, source: "attention" });
  });
  canvas.addEventListener("keydown", (event) => {
    const change = steps(store.state, model.heads)[event.key];
    if (!change) return;
    event.preventDefault();
    event.stopPropagation();
    store.set({ ...change, source: "attention" });
  });
}

/** Arrow keys walk the matrix. @param {State} state @param {number} heads */
function steps(state, heads) {
  /** @type {Record<string, Partial<State>>} */
  const changes = {
    ArrowUp: { layer: state.layer - 1 },
    ArrowDown: { layer: state.layer + 1 },
    ArrowLeft: { head: steppedHead(state.head, heads, -1) },
    ArrowRight: { head: steppedHead(state.head, heads, 1) },
  };
  return changes;
}
