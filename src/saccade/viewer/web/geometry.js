/**
 * Where a patch lies on the original picture.
 *
 * Continuous coordinates, x to the right and y down; pixel i covers [i, i + 1). The crop and the
 * resize are one affine map per axis, and a negative scale means a mirrored picture.
 */

/** @import {Box, Model, Picture, Rectangle} from "saccade/types.js" */

/** @typedef {Pick<Picture, "box" | "width" | "height">} Placed a picture and its box */
/** @typedef {Pick<Model, "grid" | "patch">} Lattice rows and columns, and a cell in model pixels */

/** @param {Box} box @param {number} x @param {number} y @returns {[number, number]} */
export function toSource(box, x, y) {
  return [(x - box.offset[0]) / box.scale[0], (y - box.offset[1]) / box.scale[1]];
}

/** @param {Box} box @param {number} x @param {number} y @returns {[number, number]} */
export function toModel(box, x, y) {
  return [x * box.scale[0] + box.offset[0], y * box.scale[1] + box.offset[1]];
}

/**
 * A rectangle of model pixels, seen in source pixels.
 * @param {Box} box @param {number} left @param {number} top @param {number} right
 * @param {number} bottom @returns {Rectangle}
 */
function rectangle(box, left, top, right, bottom) {
  const [x0, y0] = toSource(box, left, top);
  const [x1, y1] = toSource(box, right, bottom);
  return {
    x: Math.min(x0, x1),
    y: Math.min(y0, y1),
    width: Math.abs(x1 - x0),
    height: Math.abs(y1 - y0),
  };
}

/** @param {Placed} picture @returns {Rectangle} what the model saw, in source pixels */
export function seenPart(picture) {
  return rectangle(picture.box, 0, 0, picture.box.size[0], picture.box.size[1]);
}

/**
 * One patch in source pixels.
 * @param {Placed} picture @param {Lattice} model @param {number} row @param {number} column
 */
export function patchPart(picture, model, row, column) {
  const [height, width] = model.patch;
  const left = column * width;
  const top = row * height;
  return rectangle(picture.box, left, top, left + width, top + height);
}

/**
 * The patch under a point of the original picture.
 * @param {Placed} picture @param {Lattice} model @param {number} x @param {number} y
 * @returns {{row: number, column: number} | null} null outside what the model saw
 */
export function patchAt(picture, model, x, y) {
  const [modelX, modelY] = toModel(picture.box, x, y);
  const row = Math.floor(modelY / model.patch[0]);
  const column = Math.floor(modelX / model.patch[1]);
  const inside = row >= 0 && column >= 0 && row < model.grid[0] && column < model.grid[1];
  return inside ? { row, column } : null;
}

/**
 * The picture together with any padding the model saw around it, in source pixels.
 * @param {Placed} picture @returns {Rectangle}
 */
export function sceneBounds(picture) {
  const seen = seenPart(picture);
  const slack = 1e-6;
  const left = Math.min(0, Math.floor(seen.x + slack));
  const top = Math.min(0, Math.floor(seen.y + slack));
  const right = Math.max(picture.width, Math.ceil(seen.x + seen.width - slack));
  const bottom = Math.max(picture.height, Math.ceil(seen.y + seen.height - slack));
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** @param {Placed} picture @returns {boolean} whether a part of the picture was cropped away */
export function isCropped(picture) {
  const seen = seenPart(picture);
  const slack = 0.5;
  return (
    seen.x > slack ||
    seen.y > slack ||
    seen.x + seen.width < picture.width - slack ||
    seen.y + seen.height < picture.height - slack
  );
}

/** @param {Model} model @param {number} token @returns {{row: number, column: number} | null} */
export function patchOf(model, token) {
  const place = token - model.prefix.length;
  if (place < 0) return null;
  return { row: Math.floor(place / model.grid[1]), column: place % model.grid[1] };
}

/** @param {Model} model @param {number} row @param {number} column */
export function tokenOf(model, row, column) {
  return model.prefix.length + row * model.grid[1] + column;
}
