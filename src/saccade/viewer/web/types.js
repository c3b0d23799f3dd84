/**
 * The shapes of everything the page passes around; types only, nothing runs here.
 *
 * Indices are (row, column) and start at 0. Source pixels belong to the upright original picture,
 * model pixels to the cropped and resized picture that the model received.
 *
 * @typedef {{name: string, parameters: number, classes: string[], img_size: [number, number],
 *   patch: [number, number], prefix: string[], grid: [number, number], depth: number,
 *   heads: number}} Model
 *   a model whose tokens have no maps has depth 0 and no patch and grid.
 *
 * @typedef {{scale: [number, number], offset: [number, number], size: [number, number]}} Box
 *   model pixel = source pixel * scale + offset, per axis (x, y); size is (width, height).
 *
 * @typedef {{label: string, index: number, probability: number}} Guess
 *
 * @typedef {{name: string, src: string, width: number, height: number, box: Box, top: Guess[],
 *   truth: string | null, layers: (LayerNumbers | null)[], attention: {encoding: string, data: string} | null,
 *   rowmax: string | null, rollout: string | null, distance: number[][] | null,
 *   entropy: number[][] | null, belief: Belief | null}} Picture
 *
 * @typedef {{value: number, random: number, random_spread: number | null, advantage: number}} Areas
 *   under a curve, and what random orders have.
 *
 * @typedef {{own: number[], random: number[], low: number[], high: number[]}} Curve
 *   probabilities at each share; the mean of random orders, their lowest and highest.
 *
 * @typedef {{reason: null, verdict: string[], words: string, followed: string,
 *   grid: [number, number], map: string, insertion: Areas | null, deletion: Areas | null,
 *   weights: number | null, shift: number | null, reasons: Record<string, string>,
 *   curves: {shares: number[], insertion: Curve, deletion: Curve} | null}} Tested
 * @typedef {{reason: {en: string, ko: string}}} Untested
 * @typedef {Tested | Untested} Belief
 *   whether to believe the map of a picture, or why that was not tested.
 *
 * @typedef {{mean: number | null, spread: number, count: number, random?: number,
 *   advantage?: number}} Mean
 *
 * @typedef {{method: string | null, steps: number, draws: number, passes: number,
 *   seconds: number, limits: Record<string, number>, summary: {images: number, insertion: Mean,
 *   deletion: Mean, weights: Mean, shift: Mean, verdict: string[], words: string} | null}} Beliefs
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
 *   pictures: Picture[], layers: Layer[], distance: Spread | null, entropy: Spread | null, n_images: number,
 *   belief: Beliefs | null,
 *   filters: Filters | null, positions: Positions | null,
 *   notes: {en: string, ko: string}[], skipped: {name: string, reason: string}[]}} Payload
 *
 * @typedef {"bars" | "heat" | "queries" | "mesh" | "boxes"} Kind
 *
 * @typedef {{name: string, kind: Kind, axes: string[], shape: number[],
 *   grid: [number, number] | null, part: string | null, parts: number, stored: number,
 *   whole: "mean" | "composed" | "all" | null, index: string | null,
 *   queries: {grid: [number, number], rows: number[], columns: number[]} | null,
 *   entropy: {mean: number[], std: number[], uniform: number} | null}} Layer
 *   one picture of one layer: what it is, the same for all pictures.
 *
 * @typedef {{encoding: string, data: string, low?: string, high?: string}} Block
 * @typedef {{whole: Block, parts: Block | null}} LayerNumbers
 *
 * @typedef {"attention" | "rollout"} Source
 * @typedef {"row" | "column"} Direction
 * @typedef {"own" | "range" | "unit" | "heads"} Scale
 *
 * @typedef {{picture: number, source: Source, layer: number, head: number, token: number,
 *   direction: Direction, scale: Scale, colours: string, opacity: number,
 *   drawing: "patches" | "smooth", sheet: number, part: number, point: [number, number]}} State
 *   sheet counts the layers' pictures, part -1 is all parts together, and point is (x, y) as shares
 *   of the model's image; head -1 is the mean of heads; token counts prefix tokens first; opacity is in percent.
 *
 * @typedef {{source: Source | null, layer: number, head: number, token: number,
 *   direction: Direction, values: Float64Array, patches: Float64Array, low: number,
 *   high: number}} View
 *   what is on show: one value a token, the patches among them, and the ends of the colour scale.
 *
 * @typedef {{x: number, y: number, width: number, height: number}} Rectangle
 */
export {};
