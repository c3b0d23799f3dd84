/** What is chosen on the page. */
import { tokenOf } from "saccade/geometry.js";
import { tokenCount } from "saccade/map.js";

/** @import {Model, Payload, State} from "saccade/types.js" */

/** Whether the page has maps of tokens that read tokens. @param {Payload} payload */
export function hasTokens(payload) {
  return payload.model.depth > 0;
}

/** @param {Payload} payload @returns {State} */
export function firstState(payload) {
  const model = payload.model;
  const middle = hasTokens(payload) ? middleOf(model) : 0;
  return {
    picture: 0,
    source: payload.pictures.some((picture) => picture.attention) ? "attention" : "rollout",
    layer: model.depth - 1,
    head: -1,
    token: model.prefix.length > 0 ? 0 : middle,
    direction: "row",
    scale: "own",
    colours: "dusk",
    opacity: 60,
    drawing: "patches",
    sheet: 0,
    part: -1,
    point: [0.5, 0.5],
  };
}

/** @param {Model} model @returns {number} the token of the middle patch */
function middleOf(model) {
  return tokenOf(model, Math.floor(model.grid[0] / 2), Math.floor(model.grid[1] / 2));
}

/** The one place where the choice lives; watchers run after every change. */
export class Store {
  /** @param {Payload} payload @param {State} state */
  constructor(payload, state) {
    this.payload = payload;
    this.state = state;
    /** @type {((state: State) => void)[]} */
    this.watchers = [];
  }

  /** @param {(state: State) => void} watcher */
  watch(watcher) {
    this.watchers.push(watcher);
  }

  /** @param {Partial<State>} changes */
  set(changes) {
    this.state = settled({ ...this.state, ...changes }, this.payload);
    this.refresh();
  }

  refresh() {
    for (const watcher of this.watchers) watcher(this.state);
  }
}

/** @param {number} value @param {number} low @param {number} high @returns {number} */
function held(value, low, high) {
  return Math.min(high, Math.max(low, value));
}

/** @param {State} state @param {Payload} payload @returns {State} */
function settled(state, payload) {
  const { model, pictures, layers } = payload;
  const sheet = held(state.sheet, 0, Math.max(0, layers.length - 1));
  const tokens = hasTokens(payload) ? tokenCount(model) : 1;
  return {
    ...state,
    sheet,
    part: held(state.part, -1, (layers[sheet]?.stored ?? 0) - 1),
    point: [held(state.point[0], 0, 1), held(state.point[1], 0, 1)],
    picture: held(state.picture, 0, Math.max(0, pictures.length - 1)),
    layer: held(state.layer, 0, Math.max(0, model.depth - 1)),
    head: held(state.head, -1, model.heads - 1),
    token: held(state.token, 0, tokens - 1),
    opacity: held(state.opacity, 0, 100),
  };
}

/**
 * The head some steps further; after the last head comes their mean, and there it ends.
 * @param {number} head @param {number} heads @param {number} by
 */
export function steppedHead(head, heads, by) {
  const place = held((head < 0 ? heads : head) + by, 0, heads);
  return place === heads ? -1 : place;
}
