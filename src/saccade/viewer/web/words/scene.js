/** The photograph with the map of a word over it, on a canvas of any size. */
import { paint, palette } from "saccade/colours.js";
import { paintedCanvas } from "saccade/dom.js";
import { sceneBounds, seenPart } from "saccade/geometry.js";
import { drawGround, frameSeen, layMap } from "saccade/picture.js";

/** @import {Lattice} from "saccade/geometry.js" */
/** @import {Drawn} from "saccade/words/maps.js" */
/** @import {Photo, State} from "saccade/words/state.js" */

/** @param {Photo} photo @returns {Lattice} its cells, in pixels of the model's image */
export function lattice({ box, grid }) {
  return { grid, patch: [box.size[1] / grid[0], box.size[0] / grid[1]] };
}

/**
 * @param {HTMLCanvasElement} canvas @param {Photo} photo @param {HTMLImageElement | null} image
 * @param {Drawn | null} map @param {State} state
 */
export function drawWord(canvas, photo, image, map, state) {
  const { context, factor } = drawGround(canvas, { picture: photo, image }, false);
  if (map) {
    layMap(context, photo, mapCanvas(map, state.look), photo.box.size, state);
    darkenUnseen(context, photo);
  }
  frameSeen(context, photo, factor);
}

/** A dark map must not make what was not seen look bright. @param {CanvasRenderingContext2D} context @param {Photo} photo */
function darkenUnseen(context, photo) {
  const [bounds, seen] = [sceneBounds(photo), seenPart(photo)];
  context.beginPath();
  context.rect(bounds.x, bounds.y, bounds.width, bounds.height);
  context.rect(seen.x, seen.y, seen.width, seen.height);
  context.fillStyle = "rgb(16 18 22 / 65%)";
  context.fill("evenodd");
}

/**
 * The same photograph in fewer pixels, so that a small canvas holds it.
 * @param {Photo} photo @param {number} side of its longer side, at most
 * @returns {Photo}
 */
export function small(photo, side) {
  const factor = Math.min(1, side / Math.max(photo.width, photo.height));
  const { scale, offset, size } = photo.box;
  const box = {
    scale: /** @type {[number, number]} */ (scale.map((one) => one / factor)),
    offset,
    size,
  };
  return { ...photo, width: photo.width * factor, height: photo.height * factor, box };
}

/** @param {Drawn} map @param {State["look"]} look */
function mapCanvas(map, look) {
  const { rows, columns } = map;
  if (look !== "spotlight") {
    const table = palette(look);
    return paintedCanvas(columns, rows, (image) => paint(image, 0, 0, map, table));
  }
  return paintedCanvas(columns, rows, (image) => {
    for (let i = 0; i < map.values.length; i += 1) {
      image.data[4 * i + 3] = 255 * (1 - Math.min(1, Math.max(0, map.values[i] / map.high)));
    }
  });
}
