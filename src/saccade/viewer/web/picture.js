/**
 * The original picture with the map over it.
 *
 * Everything is placed in source pixels through the picture's box. What the model did not see is
 * dimmed, and a thin frame shows what it saw. Tiny pictures are drawn several canvas pixels a
 * pixel, never blurred.
 */
import { enlarge, paint, palette } from "saccade/colours.js";
import { brush, paintedCanvas } from "saccade/dom.js";
import { isCropped, patchOf, patchPart, sceneBounds, seenPart } from "saccade/geometry.js";

/** @import {Lattice, Placed} from "saccade/geometry.js" */
/** @import {Model, Picture, Rectangle, State, View} from "saccade/types.js" */

const SMALL = 640; // a picture below this many pixels is enlarged by a whole factor
const FINE = 384; // pixels of a smooth map's longer side
const SCREEN_PIXELS = 4e6;
const FILE_PIXELS = 6e7;

/** @type {Map<string, Promise<HTMLImageElement | null>>} */
const loaded = new Map();

/** @param {Pick<Picture, "src">} picture @returns {Promise<HTMLImageElement | null>} null when unreadable */
export function loadPicture(picture) {
  const known = loaded.get(picture.src);
  if (known) return known;
  const image = new Image();
  image.src = picture.src;
  const promise = image.decode().then(
    () => image,
    () => null,
  );
  loaded.set(picture.src, promise);
  if (loaded.size > 8) loaded.delete(loaded.keys().next().value ?? "");
  return promise;
}

/**
 * Canvas pixels per source pixel.
 * @param {Rectangle} bounds @param {number} most largest number of canvas pixels
 */
function enlargement(bounds, most) {
  const side = Math.max(bounds.width, bounds.height);
  if (side < SMALL) return Math.ceil(SMALL / side);
  return Math.min(1, Math.sqrt(most / (bounds.width * bounds.height)));
}

/**
 * A map as a small canvas: one pixel a cell, or several when smooth.
 * @param {[number, number]} grid rows and columns
 * @param {{values: Float64Array, low: number, high: number}} view @param {State} state
 */
export function mapCanvas([rows, columns], view, state) {
  const fine = Math.ceil(FINE / Math.max(rows, columns));
  const times = state.drawing === "smooth" ? fine : 1;
  const values = times === 1 ? view.values : enlarge(view.values, rows, columns, times);
  const map = { values, columns: columns * times, low: view.low, high: view.high };
  const table = palette(state.colours);
  return paintedCanvas(columns * times, rows * times, (image) => paint(image, 0, 0, map, table));
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {{picture: Picture, model: Model, view: View, state: State,
 *   image: HTMLImageElement | null}} scene
 * @param {{forFile?: boolean}} options a file is as large as the picture and shows the query
 */
export function drawScene(canvas, scene, { forFile = false } = {}) {
  const { picture, model, state } = scene;
  const { context, factor } = drawGround(canvas, scene, forFile);
  if (scene.view.source) drawMap(context, scene);
  frameSeen(context, picture, factor);
  if (forFile) outlineQuery(context, picture, model, state.token, factor);
}

/**
 * The picture itself, dimmed where the model did not see it; then one unit is one source pixel.
 * @param {HTMLCanvasElement} canvas
 * @param {{picture: Placed, image: HTMLImageElement | null}} scene @param {boolean} forFile
 */
export function drawGround(canvas, { picture, image }, forFile) {
  const bounds = sceneBounds(picture);
  const factor = enlargement(bounds, forFile ? FILE_PIXELS : SCREEN_PIXELS);
  canvas.width = Math.round(bounds.width * factor);
  canvas.height = Math.round(bounds.height * factor);
  const context = brush(canvas);
  context.setTransform(factor, 0, 0, factor, -bounds.x * factor, -bounds.y * factor);
  context.fillStyle = "#7f8288";
  context.fillRect(bounds.x, bounds.y, bounds.width, bounds.height);
  context.imageSmoothingEnabled = factor <= 1;
  context.imageSmoothingQuality = "high";
  if (image) context.drawImage(image, 0, 0, picture.width, picture.height);
  dimUnseen(context, picture, bounds);
  return { context, factor };
}

/** @param {CanvasRenderingContext2D} context @param {Placed} picture @param {Rectangle} bounds */
function dimUnseen(context, picture, bounds) {
  const seen = seenPart(picture);
  context.beginPath();
  context.rect(bounds.x, bounds.y, bounds.width, bounds.height);
  context.rect(seen.x, seen.y, seen.width, seen.height);
  context.fillStyle = "rgb(16 18 22 / 62%)";
  context.fill("evenodd");
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{picture: Picture, model: Model, view: View, state: State}} scene
 */
function drawMap(context, { picture, model, view, state }) {
  const [rows, columns] = model.grid;
  const map = mapCanvas(model.grid, { ...view, values: view.patches }, state);
  layMap(context, picture, map, [columns * model.patch[1], rows * model.patch[0]], state);
}

/**
 * Lay a map over the model's view, from its corner.
 * @param {CanvasRenderingContext2D} context @param {Placed} picture
 * @param {HTMLCanvasElement} map @param {[number, number]} size in model pixels
 * @param {Pick<State, "opacity" | "drawing">} state
 */
export function layMap(context, picture, map, size, state) {
  const { scale, offset } = picture.box;
  context.save();
  context.translate(-offset[0] / scale[0], -offset[1] / scale[1]);
  context.scale(1 / scale[0], 1 / scale[1]);
  context.globalAlpha = state.opacity / 100;
  context.imageSmoothingEnabled = state.drawing === "smooth";
  context.drawImage(map, 0, 0, ...size);
  context.restore();
}

/** @param {CanvasRenderingContext2D} context @param {Placed} picture @param {number} factor */
export function frameSeen(context, picture, factor) {
  if (!isCropped(picture)) return;
  const seen = seenPart(picture);
  const thick = Math.max(1, context.canvas.width / 700) / factor;
  context.lineWidth = thick;
  context.strokeStyle = "rgb(255 255 255 / 75%)";
  context.setLineDash([5 * thick, 4 * thick]);
  context.strokeRect(seen.x, seen.y, seen.width, seen.height);
  context.setLineDash([]);
}

/**
 * @param {CanvasRenderingContext2D} context @param {Picture} picture @param {Model} model
 * @param {number} token @param {number} factor
 */
function outlineQuery(context, picture, model, token, factor) {
  const patch = patchOf(model, token);
  if (!patch) return;
  const part = patchPart(picture, model, patch.row, patch.column);
  const thick = Math.max(1.5, context.canvas.width / 400) / factor;
  for (const [colour, width] of /** @type {[string, number][]} */ ([
    ["#101216", 2 * thick],
    ["#ffffff", thick],
  ])) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.strokeRect(part.x, part.y, part.width, part.height);
  }
}

/**
 * Lay a mark over a patch, in percent of the stage.
 * @param {HTMLElement} mark @param {Placed} picture @param {Lattice} model
 * @param {{row: number, column: number} | null} patch
 */
export function placeMark(mark, picture, model, patch) {
  mark.hidden = patch === null;
  if (patch) framePart(mark, picture, patchPart(picture, model, patch.row, patch.column));
}

/** @param {HTMLElement} mark @param {Placed} picture @param {Rectangle} part in source pixels */
export function framePart(mark, picture, part) {
  const bounds = sceneBounds(picture);
  mark.style.left = `${(100 * (part.x - bounds.x)) / bounds.width}%`;
  mark.style.top = `${(100 * (part.y - bounds.y)) / bounds.height}%`;
  mark.style.width = `${(100 * part.width) / bounds.width}%`;
  mark.style.height = `${(100 * part.height) / bounds.height}%`;
}

/**
 * The source pixel under a pointer.
 * @param {HTMLElement} stage @param {Placed} picture
 * @param {{clientX: number, clientY: number}} at
 * @returns {[number, number]}
 */
export function sourcePixel(stage, picture, at) {
  const frame = stage.getBoundingClientRect();
  const bounds = sceneBounds(picture);
  const x = bounds.x + ((at.clientX - frame.left) / frame.width) * bounds.width;
  const y = bounds.y + ((at.clientY - frame.top) / frame.height) * bounds.height;
  return [x, y];
}
