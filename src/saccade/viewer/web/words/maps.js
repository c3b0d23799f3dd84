/** From a sentence to the numbers on show: rows of weights, smooth maps, shares. */
import { enlarge } from "saccade/colours.js";
import { Packed } from "saccade/decode.js";
import { places } from "saccade/words/state.js";

/** @import {Block} from "saccade/types.js" */
/** @import {Item, Photo, Sentence, State} from "saccade/words/state.js" */

const TIMES = 8; // pixels of a cell of a smooth map
const SIGMA = TIMES / 3; // a third of a cell, as in the paper's figures

/** @type {WeakMap<Block, Float64Array[]>} */
const opened = new WeakMap();

/** @param {Block | null} block (rows columns) @param {number} columns @returns {Float64Array[]} */
export function rowsOf(block, columns) {
  if (!block || !columns) return [];
  const known = opened.get(block);
  if (known) return known;
  const shares = new Packed(block.data);
  const [low, high] = [new Packed(block.low ?? ""), new Packed(block.high ?? "")];
  const count = Math.floor(block.data.replace(/=+$/, "").length * 0.75) / 2 / columns;
  const rows = Array.from({ length: Math.round(count) }, (_, row) => {
    const [least, most] = [low.float32(row), high.float32(row)];
    return Float64Array.from(
      { length: columns },
      (_, column) => least + (shares.uint16(row * columns + column) / 65535) * (most - least),
    );
  });
  opened.set(block, rows);
  return rows;
}

/** @param {Item} item @param {Sentence} sentence @returns {Float64Array[]} one row a word */
export function weightsOf(item, sentence) {
  return rowsOf(sentence.maps, places(item));
}

/** @type {WeakMap<Float64Array[], Float64Array>} */
const means = new WeakMap();

/**
 * What a word read; for -1 the mean over all words.
 * @param {Float64Array[]} rows @param {number} word @returns {Float64Array | null}
 */
export function line(rows, word) {
  if (word >= 0 || !rows.length) return rows[word] ?? null;
  const known = means.get(rows);
  if (known) return known;
  const mean = rows[0].map((_, at) => rows.reduce((sum, row) => sum + row[at], 0) / rows.length);
  means.set(rows, mean);
  return mean;
}

/** @param {ArrayLike<number>} values */
export function largest(values) {
  let best = 0;
  for (let i = 0; i < values.length; i += 1) best = Math.max(best, values[i]);
  return best;
}

/** @param {ArrayLike<number>} values @returns {number[]} places, the strongest first */
export function ranking(values) {
  return Array.from(values, (_, place) => place).sort((a, b) => values[b] - values[a]);
}

/**
 * Smooth a map as the paper does: bilinear, then a Gaussian; borders reflect.
 * @param {Float64Array} values @param {number} rows @param {number} columns
 */
export function smooth(values, rows, columns) {
  const fine = enlarge(values, rows, columns, TIMES);
  const [height, width] = [rows * TIMES, columns * TIMES];
  return blurred(blurred(fine, height, width, 1, width), width, height, width, 1);
}

/**
 * A Gaussian along one axis: `count` lines of `length` values, `step` apart, `jump` between lines.
 * @param {Float64Array} values @param {number} count @param {number} length
 * @param {number} step @param {number} jump
 */
function blurred(values, count, length, step, jump) {
  const radius = Math.ceil(4 * SIGMA);
  const kernel = Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - radius) / SIGMA) ** 2),
  );
  const whole = kernel.reduce((sum, value) => sum + value, 0);
  const out = new Float64Array(values.length);
  for (let l = 0; l < count; l += 1) {
    for (let i = 0; i < length; i += 1) {
      let sum = 0;
      for (let k = -radius; k <= radius; k += 1) {
        sum += kernel[k + radius] * values[l * jump + mirrored(i + k, length) * step];
      }
      out[l * jump + i * step] = sum / whole;
    }
  }
  return out;
}

/** @param {number} place @param {number} length */
function mirrored(place, length) {
  const round = ((place % (2 * length)) + 2 * length) % (2 * length);
  return round < length ? round : 2 * length - 1 - round;
}

/**
 * A map as it is drawn, and the ends of its colours.
 * @typedef {{values: Float64Array, rows: number, columns: number, low: number, high: number}} Drawn
 */

/** @type {WeakMap<Float64Array, Float64Array>} */
const smoothed = new WeakMap();

/** @param {Float64Array} row @param {Photo} photo @param {State["drawing"]} drawing */
function fine(row, { grid }, drawing) {
  if (drawing === "patches") return row;
  const known = smoothed.get(row) ?? smooth(row, grid[0], grid[1]);
  smoothed.set(row, known);
  return known;
}

/**
 * @param {Float64Array[]} rows @param {number} word @param {Photo} photo @param {State} state
 * @returns {Drawn | null} null where a word has no map
 */
export function drawnMap(rows, word, photo, state) {
  const row = line(rows, word);
  if (!row) return null;
  const values = fine(row, photo, state.drawing);
  const others = state.scale === "shared" && word >= 0 ? rows : [row];
  const high = Math.max(...others.map((other) => largest(fine(other, photo, state.drawing)))) || 1;
  const times = state.drawing === "patches" ? 1 : TIMES;
  return { values, rows: photo.grid[0] * times, columns: photo.grid[1] * times, low: 0, high };
}

/**
 * How much each word looked at a place, as shares of the one that looked most.
 * @param {Float64Array[]} rows @param {number} place @returns {number[]}
 */
export function shares(rows, place) {
  if (place < 0) return rows.map(() => 0);
  const most = Math.max(...rows.map((row) => row[place])) || 1;
  return rows.map((row) => row[place] / most);
}
