/** Numbers of maps, out of the text they are packed in. */

/** @import {Frame, Run} from "saccade/timeline/state.js" */

/** @typedef {{values: Float32Array, low: number, high: number}} Shown */
/** @typedef {{maps: Uint8Array, low: Float32Array, high: Float32Array}} Unpacked */

/** @type {WeakMap<Frame, Unpacked | null>} */
const unpacked = new WeakMap();

/** @param {string} text @returns {Uint8Array} */
function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** @param {string} text @returns {Float32Array} little-endian, as all browsers' machines are */
function floats(text) {
  return new Float32Array(bytes(text).buffer);
}

/** @param {Frame} frame @returns {Unpacked | null} */
function open(frame) {
  const known = unpacked.get(frame);
  if (known !== undefined) return known;
  const made =
    frame.maps === null
      ? null
      : { maps: bytes(frame.maps), low: floats(frame.low), high: floats(frame.high) };
  unpacked.set(frame, made);
  return made;
}

/**
 * Where a map begins among all maps of a frame, and among their cells.
 * @param {Run} run @param {{layer: number, head: number, picture: number}} at head -1 is the mean
 * @returns {{map: number, cell: number, cells: number} | null} null where the run has no such head
 */
function placeOf(run, { layer, head, picture }) {
  const here = run.layers[layer];
  if (!here || head >= here.heads) return null;
  let [map, cell] = [0, 0];
  for (const before of run.layers.slice(0, layer)) {
    const count = run.pictures.length * (1 + before.heads);
    map += count;
    cell += count * before.grid[0] * before.grid[1];
  }
  const own = picture * (1 + here.heads) + 1 + head;
  const cells = here.grid[0] * here.grid[1];
  return { map: map + own, cell: cell + own * cells, cells };
}

/**
 * The map of a head in a picture, after an epoch.
 * @param {Run} run @param {Frame} frame @param {{layer: number, head: number, picture: number}} at
 * @returns {Shown | null}
 */
export function mapOf(run, frame, at) {
  const [place, held] = [placeOf(run, at), open(frame)];
  if (!place || !held) return null;
  const [low, high] = [held.low[place.map], held.high[place.map]];
  const codes = held.maps.subarray(place.cell, place.cell + place.cells);
  return { values: Float32Array.from(codes, (code) => low + (code / 255) * (high - low)), low, high };
}

/**
 * The lowest and the highest value of a head in a picture over all epochs.
 * @param {Run} run @param {{layer: number, head: number, picture: number}} at
 * @returns {[number, number] | null}
 */
export function rangeOf(run, at) {
  const place = placeOf(run, at);
  if (!place) return null;
  const held = run.frames.map(open).filter((one) => one !== null);
  if (held.length === 0) return null;
  const lows = held.map((one) => one.low[place.map]);
  const highs = held.map((one) => one.high[place.map]);
  return [Math.min(...lows), Math.max(...highs)];
}
