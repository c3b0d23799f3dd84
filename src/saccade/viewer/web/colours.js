/**
 * Colour maps, made in OKLCH so that lightness rises evenly from the low to the high end.
 *
 * Equal steps of a value then look like equal steps, also in print and to the colour-blind.
 */

/** @typedef {(t: number) => [number, number, number]} Ramp lightness, chroma, hue in degrees */

/** @type {Record<string, Ramp>} */
const RAMPS = {
  dusk: (t) => [0.22 + 0.71 * t, 0.115 + 0.03 * t - 0.05 * Math.sin(Math.PI * t), 295 - 190 * t],
  ember: (t) => [
    0.16 + 0.8 * t,
    0.045 + 0.14 * Math.sin(Math.PI * Math.min(1, t * 1.05)),
    5 + 95 * t,
  ],
  grey: (t) => [0.1 + 0.88 * t, 0, 0],
};

export const PALETTES = Object.keys(RAMPS);

/** @param {number} value linear light, 0 to 1 */
function toByte(value) {
  const light = Math.min(1, Math.max(0, value));
  const coded = light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055;
  return Math.round(255 * coded);
}

/** @param {number} lightness @param {number} chroma @param {number} hue @returns {number[]} */
function oklchToRgb(lightness, chroma, hue) {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    toByte(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    toByte(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    toByte(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

/** @type {Map<string, Uint8Array>} */
const tables = new Map();

/** @param {string} name @returns {Uint8Array} 256 colours of three bytes */
export function palette(name) {
  const known = tables.get(name);
  if (known) return known;
  const ramp = RAMPS[name] ?? RAMPS.dusk;
  const table = new Uint8Array(768);
  for (let i = 0; i < 256; i += 1) table.set(oklchToRgb(...ramp(i / 255)), 3 * i);
  tables.set(name, table);
  return table;
}

/**
 * Paint values, one pixel each, into an image.
 * @param {ImageData} image @param {number} left @param {number} top
 * @param {{values: ArrayLike<number>, columns: number, low: number, high: number}} map
 * @param {Uint8Array} table
 */
export function paint(image, left, top, map, table) {
  const span = map.high - map.low || 1;
  for (let i = 0; i < map.values.length; i += 1) {
    const share = Math.min(1, Math.max(0, (map.values[i] - map.low) / span));
    const colour = 3 * Math.round(255 * share);
    const x = left + (i % map.columns);
    const y = top + Math.floor(i / map.columns);
    image.data.set(table.subarray(colour, colour + 3), 4 * (y * image.width + x));
    image.data[4 * (y * image.width + x) + 3] = 255;
  }
}

/**
 * Interpolate a grid of values bilinearly, patch centres kept, edges held.
 * @param {ArrayLike<number>} values @param {number} rows @param {number} columns
 * @param {number} times how many pixels a patch side becomes
 */
export function enlarge(values, rows, columns, times) {
  const fine = new Float64Array(rows * columns * times * times);
  for (let y = 0; y < rows * times; y += 1) {
    const [top, bottom, down] = between((y + 0.5) / times - 0.5, rows);
    for (let x = 0; x < columns * times; x += 1) {
      const [left, right, along] = between((x + 0.5) / times - 0.5, columns);
      const upper = mix(values[top * columns + left], values[top * columns + right], along);
      const lower = mix(values[bottom * columns + left], values[bottom * columns + right], along);
      fine[y * columns * times + x] = mix(upper, lower, down);
    }
  }
  return fine;
}

/** @param {number} place @param {number} count @returns {[number, number, number]} */
function between(place, count) {
  const held = Math.min(count - 1, Math.max(0, place));
  const first = Math.floor(held);
  return [first, Math.min(count - 1, first + 1), held - first];
}

/** @param {number} a @param {number} b @param {number} t */
function mix(a, b, t) {
  return a + (b - a) * t;
}
