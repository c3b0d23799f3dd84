/**
 * The shapes of everything the page passes around; types only, nothing runs here.
 *
 * Indices are (row, column) and start at 0. Source pixels belong to the upright original picture,
 * model pixels to the cropped and resized picture that the model received.
 *
 * @typedef {{name: string, parameters: number, classes: string[], img_size: [number, number],
 *   patch: [number, number], prefix: string[], grid: [number, number], depth: number,
 *   heads: number}} Model
 *
 * @typedef {{scale: [number, number], offset: [number, number], size: [number, number]}} Box
 *   model pixel = source pixel * scale + offset, per axis (x, y); size is (width, height).
 *
 * @typedef {{label: string, index: number, probability: number}} Guess
 *
 * @typedef {{name: string, src: string, width: number, height: number, box: Box, top: Guess[],
 *   truth: string | null, attention: {encoding: string, data: string} | null,
 *   rowmax: string | null, rollout: string | null, distance: number[][] | null,
 *   entropy: number[][] | null}} Picture
 *
 * @typedef {{mean: number[][], std: number[][], uniform: number}} Spread
 *   one number a layer and head: the mean and the standard deviation over the pictures.
 *
 * @typedef {{size: [number, number], channels: number, explained: number[],
 *   images: string[]}} Filters
 *
 * @typedef {{grid: [number, number], similarity: string}} Positions
 *
 * @typedef {{schema: string, title: string, model: Model, provenance: Record<string, string>,
 *   pictures: Picture[], distance: Spread | null, entropy: Spread | null, n_images: number,
 *   filters: Filters | null, positions: Positions | null,
 *   notes: {en: string, ko: string}[], skipped: {name: string, reason: string}[]}} Payload
 *
 * @typedef {"attention" | "rollout"} Source
 * @typedef {"row" | "column"} Direction
 * @typedef {"own" | "range" | "unit" | "heads"} Scale
 *
 * @typedef {{picture: number, source: Source, layer: number, head: number, token: number,
 *   direction: Direction, scale: Scale, colours: string, opacity: number,
 *   drawing: "patches" | "smooth"}} State
 *   head -1 is the mean of heads; token counts prefix tokens first; opacity is in percent.
 *
 * @typedef {{source: Source | null, layer: number, head: number, token: number,
 *   direction: Direction, values: Float64Array, patches: Float64Array, low: number,
 *   high: number}} View
 *   what is on show: one value a token, the patches among them, and the ends of the colour scale.
 *
 * @typedef {{x: number, y: number, width: number, height: number}} Rectangle
 */
export {};
