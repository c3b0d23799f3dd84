/**
 * From a payload and a state to the numbers of one layer, whatever kind of picture it is.
 *
 * Values are 32-bit floats, or unsigned 16-bit shares between the lowest and the highest value of
 * their row. A row is a query, or a whole map where there are no queries.
 */
import { Packed } from "saccade/decode.js";

/** @import {Block, Layer, LayerNumbers, Payload, State} from "saccade/types.js" */

/**
 * What is on show: the values, the ends of their colours, and the query where there is one.
 * @typedef {{layer: Layer, numbers: LayerNumbers | null, values: Float64Array, low: number,
 *   high: number, query: {row: number, column: number} | null}} SheetView
 */

/** @param {Layer} layer @returns {boolean} whether it is a grid of values over the picture */
export function isHeat(layer) {
  return layer.kind === "heat" || layer.kind === "queries";
}

/** @param {Block} block @param {number} row @param {number} length @returns {Float64Array} */
function rowOf(block, row, length) {
  const data = new Packed(block.data);
  const first = row * length;
  if (block.encoding === "f4") {
    return Float64Array.from({ length }, (_, i) => data.float32(first + i));
  }
  const low = new Packed(block.low ?? "").float32(row);
  const span = (new Packed(block.high ?? "").float32(row) - low) / 65535;
  return Float64Array.from({ length }, (_, i) => low + data.uint16(first + i) * span);
}

/** @param {Block} block @returns {Float64Array} all values of a block of floats */
function allOf(block) {
  const padding = block.data.endsWith("==") ? 2 : Number(block.data.endsWith("="));
  return rowOf(block, 0, ((block.data.length / 4) * 3 - padding) / 4);
}

/**
 * The place in a rising list that is nearest to a number.
 * @param {number[]} list @param {number} wanted
 */
function nearest(list, wanted) {
  return list.reduce(
    (best, value, i) => (Math.abs(value - wanted) < Math.abs(list[best] - wanted) ? i : best),
    0,
  );
}

/**
 * The stored query nearest to a point: its places in the lists of stored rows and columns.
 * @param {Layer} layer @param {[number, number]} point (x, y) as shares of the model's image
 */
export function askedAt(layer, [x, y]) {
  if (!layer.queries) return null;
  const { grid, rows, columns } = layer.queries;
  return {
    row: nearest(rows, Math.min(grid[0] - 1, Math.floor(y * grid[0]))),
    column: nearest(columns, Math.min(grid[1] - 1, Math.floor(x * grid[1]))),
  };
}

/**
 * The point one stored query further, in the middle of its cell.
 * @param {Layer} layer @param {[number, number]} point @param {[number, number]} step down, along
 * @returns {[number, number]}
 */
export function steppedPoint(layer, point, [down, along]) {
  const at = askedAt(layer, point);
  if (!at || !layer.queries) return point;
  const { grid, rows, columns } = layer.queries;
  const row = rows[Math.min(rows.length - 1, Math.max(0, at.row + down))];
  const column = columns[Math.min(columns.length - 1, Math.max(0, at.column + along))];
  return [(column + 0.5) / grid[1], (row + 0.5) / grid[0]];
}

/** @type {WeakMap<Layer, Int32Array>} */
const places = new WeakMap();

/** @param {Layer} layer @returns {Int32Array | null} the position of each key of each query */
function indexOf(layer) {
  if (layer.index === null) return null;
  const known = places.get(layer);
  if (known) return known;
  const packed = new Packed(layer.index);
  const padding = layer.index.endsWith("==") ? 2 : Number(layer.index.endsWith("="));
  const length = ((layer.index.length / 4) * 3 - padding) / 4;
  const index = Int32Array.from({ length }, (_, i) => packed.int32(i));
  places.set(layer, index);
  return index;
}

/**
 * What one query reads, laid over the keys' grid; keys outside of the picture are left out.
 * @param {Layer} layer @param {LayerNumbers} numbers @param {State} state @param {number} query
 */
function spreadOver(layer, numbers, state, query) {
  const [rows, columns] = layer.grid ?? [0, 0];
  const single = state.part >= 0 && numbers.parts !== null;
  const block = single && numbers.parts ? numbers.parts : numbers.whole;
  const asked = layer.queries ? layer.queries.rows.length * layer.queries.columns.length : 1;
  const row = (single ? state.part * asked : 0) + query;
  const dense = layer.whole === "composed" && !single;
  const index = dense ? null : indexOf(layer);
  if (!index) return rowOf(block, row, rows * columns);
  const keys = index.length / asked;
  const values = new Float64Array(rows * columns);
  for (const [i, value] of rowOf(block, row, keys).entries()) {
    const place = index[query * keys + i];
    if (place >= 0) values[place] += value;
  }
  return values;
}

/** @param {Payload} payload @param {State} state @returns {SheetView} */
export function sheetView(payload, state) {
  const layer = payload.layers[state.sheet];
  const numbers = payload.pictures[state.picture].layers[state.sheet];
  const at = askedAt(layer, state.point);
  const query = at &&
    layer.queries && { row: layer.queries.rows[at.row], column: layer.queries.columns[at.column] };
  /** @type {SheetView} */
  const view = { layer, numbers, values: new Float64Array(0), low: 0, high: 1, query };
  if (!numbers) return view;
  const place = at && layer.queries ? at.row * layer.queries.columns.length + at.column : 0;
  view.values = isHeat(layer)
    ? spreadOver(layer, numbers, state, place)
    : allOf(numbers.whole);
  const least = view.values.reduce((best, value) => Math.min(best, value), Infinity);
  const most = view.values.reduce((best, value) => Math.max(best, value), -Infinity);
  view.low = state.scale === "range" ? least : Math.min(0, least);
  view.high = state.scale === "unit" ? 1 : most > view.low ? most : view.low + 1;
  return view;
}
