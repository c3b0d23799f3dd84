/** How alike the learned position of every patch is to those of all others. */
import { paint, palette } from "saccade/colours.js";
import { Packed } from "saccade/decode.js";
import { brush, element, figure, onceAFrame, paintedCanvas } from "saccade/dom.js";
import { word } from "saccade/words.js";

/** @import {Positions} from "saccade/types.js" */
/** @import {Store} from "saccade/state.js" */

/** @typedef {{row: number, column: number}} Place */

const WIDEST = 520;
const CHOSEN = "#ff4d6d"; // a colour that no colour map holds

/** The similarities, decoded once, and the range they span. */
class Similarity {
  /** @param {Positions} positions */
  constructor(positions) {
    this.rows = positions.grid[0];
    this.columns = positions.grid[1];
    const count = this.rows * this.columns;
    const packed = new Packed(positions.similarity);
    this.values = Float32Array.from({ length: count * count }, (_, i) => packed.float32(i));
    this.low = this.values.reduce((best, value) => Math.min(best, value), Infinity);
    this.high = this.values.reduce((best, value) => Math.max(best, value), -Infinity);
  }

  /** @param {Place} place @returns {Float32Array} the similarities of one position */
  tile({ row, column }) {
    const count = this.rows * this.columns;
    const first = (row * this.columns + column) * count;
    return this.values.subarray(first, first + count);
  }

  /** @param {Place} from @param {Place} to */
  value(from, to) {
    return this.tile(from)[to.row * this.columns + to.column];
  }
}

/** @param {Similarity} similarity @param {Place} from @param {Place | null} to */
function placeWords(similarity, from, to) {
  const first = word("patch", from);
  if (to) {
    const value = figure(similarity.value(from, to));
    return word("similarity", { from: first, to: word("patch", to), value });
  }
  const [low, high] = [figure(similarity.low), figure(similarity.high)];
  return word("similarityHint", { from: first, low, high });
}

/** @param {Store} store @param {Positions} positions @returns {HTMLElement} */
export function positionsPanel(store, positions) {
  const similarity = new Similarity(positions);
  const mosaicRoom = element("div", { class: "mosaic" });
  const tileRoom = element("div", { class: "tile" });
  const spot = element("p", { class: "spot" });
  const middle = (/** @type {number} */ count) => Math.floor(count / 2);
  /** @type {Place} */
  let chosen = { row: middle(similarity.rows), column: middle(similarity.columns) };
  const tell = (/** @type {Place} */ from, /** @type {Place | null} */ to) =>
    spot.replaceChildren(placeWords(similarity, from, to));
  const draw = onceAFrame(() => {
    const table = palette(store.state.colours);
    mosaicRoom.replaceChildren(mosaic(similarity, chosen, table, mosaicRoom.clientWidth));
    tileRoom.replaceChildren(singleTile(similarity, chosen, table));
    tell(chosen, null);
  });
  const places = placeFinder(similarity);
  mosaicRoom.addEventListener("click", (event) => {
    const found = places.inMosaic(mosaicRoom, event);
    if (!found) return;
    chosen = found.tile;
    draw();
  });
  mosaicRoom.addEventListener("pointermove", (event) => {
    const found = places.inMosaic(mosaicRoom, event);
    tell(found?.tile ?? chosen, found?.cell ?? null);
  });
  tileRoom.addEventListener("pointermove", (event) => tell(chosen, places.inTile(tileRoom, event)));
  for (const room of [mosaicRoom, tileRoom]) {
    room.addEventListener("pointerleave", () => tell(chosen, null));
  }
  let colours = "";
  let spoken = "";
  store.watch((state) => {
    if (colours === state.colours && spoken === document.documentElement.lang) return;
    [colours, spoken] = [state.colours, document.documentElement.lang];
    draw();
  });
  new ResizeObserver(draw).observe(mosaicRoom);
  const enlarged = element("div", { class: "enlarged" }, tileRoom, spot);
  return element("div", {}, mosaicRoom, enlarged);
}

/**
 * All tiles side by side, the chosen one framed.
 * @param {Similarity} similarity @param {Place} chosen @param {Uint8Array} table
 * @param {number} room the width there is, in CSS pixels
 */
function mosaic(similarity, chosen, table, room) {
  const { rows, columns } = similarity;
  const sharp = devicePixelRatio || 1;
  const step = Math.max(4, Math.floor((Math.min(room, WIDEST) * sharp) / columns));
  const tall = Math.round((step * rows) / columns);
  const gap = Math.max(1, Math.round(sharp));
  const canvas = element("canvas", { width: step * columns, height: tall * rows });
  canvas.style.width = `${canvas.width / sharp}px`;
  const context = brush(canvas);
  context.imageSmoothingEnabled = step < columns;
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const tile = singleTile(similarity, { row, column }, table);
      context.drawImage(tile, column * step, row * tall, step - gap, tall - gap);
    }
  }
  context.strokeStyle = CHOSEN;
  context.lineWidth = 2 * gap;
  context.strokeRect(chosen.column * step, chosen.row * tall, step - gap, tall - gap);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", word("mosaicLabel", { count: rows * columns }));
  return canvas;
}

/** @param {Similarity} similarity @param {Place} chosen @param {Uint8Array} table */
function singleTile(similarity, chosen, table) {
  const { rows, columns, low, high } = similarity;
  const map = { values: similarity.tile(chosen), columns, low, high };
  const canvas = paintedCanvas(columns, rows, (image) => paint(image, 0, 0, map, table));
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", word("patch", chosen));
  return canvas;
}

/** @param {Similarity} similarity */
function placeFinder({ rows, columns }) {
  /** @param {HTMLElement} room @param {MouseEvent} event @returns {[number, number]} */
  const share = (room, event) => {
    const frame = room.firstElementChild?.getBoundingClientRect() ?? room.getBoundingClientRect();
    return [(event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height];
  };
  /** @param {number} row @param {number} column @returns {Place | null} */
  const inside = (row, column) =>
    row >= 0 && column >= 0 && row < rows && column < columns ? { row, column } : null;
  return {
    /** @param {HTMLElement} room @param {MouseEvent} event */
    inTile(room, event) {
      const [x, y] = share(room, event);
      return inside(Math.floor(y * rows), Math.floor(x * columns));
    },
    /** @param {HTMLElement} room @param {MouseEvent} event */
    inMosaic(room, event) {
      const [x, y] = share(room, event);
      const tile = inside(Math.floor(y * rows), Math.floor(x * columns));
      const [along, down] = [(x * columns) % 1, (y * rows) % 1];
      const cell = inside(Math.floor(down * rows), Math.floor(along * columns));
      return tile && { tile, cell };
    },
  };
}
