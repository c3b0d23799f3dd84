/** A layer over the original picture: a heat, a warped grid, or boxes. */
import { palette } from "saccade/colours.js";
import { toSource } from "saccade/geometry.js";
import { isHeat } from "saccade/layers.js";
import { drawGround, frameSeen, layMap, mapCanvas } from "saccade/picture.js";

/** @import {Box, Picture, Rectangle, State} from "saccade/types.js" */
/** @import {SheetView} from "saccade/layers.js" */

const DARK = "rgb(16 18 22 / 80%)";
const LIGHT = "#ffffff";
const CORNER = "#ff4d6d"; // a colour that no colour map holds

/**
 * @param {HTMLCanvasElement} canvas
 * @param {{picture: Picture, image: HTMLImageElement | null, view: SheetView, state: State}} scene
 */
export function drawSheet(canvas, scene) {
  const { picture, view, state } = scene;
  const { context, factor } = drawGround(canvas, scene, false);
  const thick = Math.max(1.2, canvas.width / 600) / factor;
  if (view.numbers && isHeat(view.layer)) {
    const map = mapCanvas(view.layer.grid ?? [1, 1], view, state);
    layMap(context, picture, map, picture.box.size, state);
  }
  if (view.layer.kind === "mesh") drawMeshes(context, picture.box, view, thick, state.part);
  if (view.layer.kind === "boxes") drawBoxes(context, picture.box, view, thick, state);
  frameSeen(context, picture, factor);
}

/**
 * A point in -1…1 of the model's image, in source pixels.
 * @param {Box} box @param {number} x @param {number} y
 */
function onSource(box, x, y) {
  return toSource(box, ((x + 1) / 2) * box.size[0], ((y + 1) / 2) * box.size[1]);
}

/**
 * @param {CanvasRenderingContext2D} context @param {[number, number][]} points
 * @param {string} colour @param {number} width
 */
function stroke(context, points, colour, width) {
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.lineJoin = "round";
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context @param {Box} box @param {SheetView} view
 * @param {number} thick @param {number} part -1 for all grids
 */
function drawMeshes(context, box, { layer, values }, thick, part) {
  const grid = layer.grid ?? [0, 0];
  const length = 2 * grid[0] * grid[1];
  for (let first = 0; first < values.length; first += length) {
    if (part >= 0 && first !== part * length) continue;
    drawMesh(context, box, grid, values.subarray(first, first + length), thick);
  }
}

/**
 * @param {CanvasRenderingContext2D} context @param {Box} box
 * @param {[number, number]} grid rows and columns @param {Float64Array} values
 * @param {number} thick
 */
function drawMesh(context, box, [rows, columns], values, thick) {
  const at = (/** @type {number} */ row, /** @type {number} */ column) => {
    const place = 2 * (row * columns + column);
    return onSource(box, values[place], values[place + 1]);
  };
  const every = (/** @type {number} */ count) => [...Array(count).keys()];
  const lines = [
    ...every(rows).map((row) => every(columns).map((column) => at(row, column))),
    ...every(columns).map((column) => every(rows).map((row) => at(row, column))),
  ];
  const edges = [lines[0], lines[rows - 1], lines[rows], lines[rows + columns - 1]];
  for (const line of lines) stroke(context, line, DARK, 2.2 * thick);
  for (const line of lines) stroke(context, line, LIGHT, thick);
  for (const line of edges) stroke(context, line, LIGHT, 2.5 * thick);
  context.beginPath();
  context.arc(...lines[0][0], 5 * thick, 0, 2 * Math.PI);
  context.fillStyle = CORNER;
  context.fill();
}

/**
 * @param {CanvasRenderingContext2D} context @param {Box} box @param {SheetView} view
 * @param {number} thick @param {State} state
 */
function drawBoxes(context, box, { layer, values }, thick, state) {
  const [times, scales] = layer.grid ?? [0, 0];
  const table = palette(state.colours);
  /** @type {[number, number][]} */
  const track = [];
  for (let time = 0; time < times; time += 1) {
    const shade = 3 * Math.round(255 * (0.35 + (0.65 * time) / Math.max(1, times - 1)));
    const colour = `rgb(${table.slice(shade, shade + 3).join(" ")})`;
    for (let scale = 0; scale < scales; scale += 1) {
      const [x0, y0, x1, y1] = values.subarray(4 * (time * scales + scale));
      const corners = [onSource(box, x0, y0), onSource(box, x1, y1)];
      const [left, top] = corners[0];
      const [width, height] = [corners[1][0] - left, corners[1][1] - top];
      context.lineWidth = 4 * thick;
      context.strokeStyle = DARK;
      context.strokeRect(left, top, width, height);
      context.lineWidth = 2 * thick;
      context.strokeStyle = colour;
      context.strokeRect(left, top, width, height);
      if (scale === 0) track.push(onSource(box, (x0 + x1) / 2, (y0 + y1) / 2));
    }
  }
  stroke(context, track, LIGHT, thick);
  for (const [time, [x, y]] of track.entries()) label(context, String(time), x, y, 14 * thick);
}

/**
 * @param {CanvasRenderingContext2D} context @param {string} text @param {number} x
 * @param {number} y @param {number} size
 */
function label(context, text, x, y, size) {
  context.font = `600 ${size}px ${getComputedStyle(context.canvas).fontFamily}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineWidth = size / 4;
  context.strokeStyle = DARK;
  context.strokeText(text, x, y);
  context.fillStyle = LIGHT;
  context.fillText(text, x, y);
}
