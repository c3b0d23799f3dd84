/**
 * From a payload and a state to the numbers on show.
 *
 * Attention is stored as unsigned 16-bit shares of each row's largest weight, in the order
 * (layer, head, query, key); rollout as 32-bit floats (query, key).
 */
import { Packed } from "saccade/decode.js";

/** @import {Direction, Model, Payload, Picture} from "saccade/types.js" */
/** @import {Scale, Source, State, View} from "saccade/types.js" */

/** The stored weights of one picture. */
export class Weights {
  /** @param {Picture} picture @param {Model} model */
  constructor(picture, model) {
    const stored = picture.attention && picture.rowmax ? picture.attention : null;
    this.model = model;
    this.tokens = tokenCount(model);
    this.weights = stored ? new Packed(stored.data) : null;
    this.largest = stored && picture.rowmax ? new Packed(picture.rowmax) : null;
    this.rollout = picture.rollout ? new Packed(picture.rollout) : null;
  }

  /** @param {Source} source */
  has(source) {
    return source === "rollout" ? this.rollout !== null : this.weights !== null;
  }

  /** @param {number} layer @param {number} head @param {number} query @param {number} key */
  weight(layer, head, query, key) {
    if (!this.weights || !this.largest) return 0;
    const row = (layer * this.model.heads + head) * this.tokens + query;
    return (this.weights.uint16(row * this.tokens + key) / 65535) * this.largest.float32(row);
  }

  /**
   * One value a token: the row of `token`, or its column across all queries.
   * @param {number} layer @param {number} head @param {number} token @param {Direction} direction
   */
  attentionLine(layer, head, token, direction) {
    if (head < 0) return this.meanLine(layer, token, direction);
    const line = new Float64Array(this.tokens);
    for (let other = 0; other < this.tokens; other += 1) {
      line[other] =
        direction === "row"
          ? this.weight(layer, head, token, other)
          : this.weight(layer, head, other, token);
    }
    return line;
  }

  /** @param {number} layer @param {number} token @param {Direction} direction */
  meanLine(layer, token, direction) {
    const sum = new Float64Array(this.tokens);
    for (let head = 0; head < this.model.heads; head += 1) {
      const line = this.attentionLine(layer, head, token, direction);
      for (let i = 0; i < sum.length; i += 1) sum[i] += line[i];
    }
    return sum.map((value) => value / this.model.heads);
  }

  /** @param {number} token @param {Direction} direction */
  rolloutLine(token, direction) {
    const line = new Float64Array(this.tokens);
    if (!this.rollout) return line;
    for (let other = 0; other < this.tokens; other += 1) {
      const place = direction === "row" ? token * this.tokens + other : other * this.tokens + token;
      line[other] = this.rollout.float32(place);
    }
    return line;
  }
}

/** @param {Model} model */
export function tokenCount(model) {
  return model.prefix.length + model.grid[0] * model.grid[1];
}

/** @type {WeakMap<Picture, Weights>} */
const opened = new WeakMap();

/** @param {Payload} payload @param {number} index @returns {Weights} */
export function weightsOf(payload, index) {
  const picture = payload.pictures[index];
  const known = opened.get(picture);
  if (known) return known;
  const weights = new Weights(picture, payload.model);
  opened.set(picture, weights);
  return weights;
}

/**
 * The source that can be shown: the wish if the picture has it, else the other one.
 * @param {Weights} weights @param {Source} wish @returns {Source | null}
 */
export function availableSource(weights, wish) {
  if (weights.has(wish)) return wish;
  const other = wish === "rollout" ? "attention" : "rollout";
  return weights.has(other) ? other : null;
}

/** @param {Float64Array} values */
function largestOf(values) {
  return values.reduce((best, value) => Math.max(best, value), 0);
}

/** @param {Float64Array} values */
function smallestOf(values) {
  return values.reduce((best, value) => Math.min(best, value), Infinity);
}

/**
 * The ends of the colour scale; prefix tokens are not drawn, so they do not count.
 * @param {Scale} scale @param {Float64Array} patches @param {number} shared largest over heads
 * @returns {[number, number]}
 */
export function limits(scale, patches, shared) {
  if (scale === "unit") return [0, 1];
  if (scale === "heads" && shared > 0) return [0, shared];
  const high = largestOf(patches) || 1;
  const low = scale === "range" ? smallestOf(patches) : 0;
  return low < high ? [low, high] : [0, high];
}

/**
 * The largest patch weight over all heads of a layer, for one query and direction.
 * @param {Weights} weights @param {number} layer @param {State} state
 */
export function sharedLargest(weights, layer, state) {
  let best = 0;
  for (let head = 0; head < weights.model.heads; head += 1) {
    const line = weights.attentionLine(layer, head, state.token, state.direction);
    best = Math.max(best, largestOf(line.subarray(weights.model.prefix.length)));
  }
  return best;
}

/** @param {Payload} payload @param {State} state @returns {View} */
export function viewOf(payload, state) {
  const weights = weightsOf(payload, state.picture);
  const source = availableSource(weights, state.source);
  const values =
    source === "attention"
      ? weights.attentionLine(state.layer, state.head, state.token, state.direction)
      : weights.rolloutLine(state.token, state.direction);
  const patches = values.subarray(payload.model.prefix.length);
  const locked = state.scale === "heads" && source === "attention";
  const shared = locked ? sharedLargest(weights, state.layer, state) : 0;
  const [low, high] = limits(state.scale, patches, shared);
  const { layer, head, token, direction } = state;
  return { source, layer, head, token, direction, values, patches, low, high };
}
