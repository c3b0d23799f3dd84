/**
 * What is chosen on the page, and the address that repeats it.
 *
 * The part of the address after # holds the whole choice, so a link to the file opens the same
 * view again. Everything that comes from an address is checked before it is used.
 */
import { PALETTES } from "saccade/colours.js";
import { patchOf, tokenOf } from "saccade/geometry.js";
import { tokenCount } from "saccade/map.js";

/** @import {Model, Payload, State} from "saccade/types.js" */

/** @type {Record<string, readonly string[]>} */
const CHOICES = {
  source: ["attention", "rollout"],
  direction: ["row", "column"],
  scale: ["own", "range", "unit", "heads"],
  drawing: ["patches", "smooth"],
  colours: PALETTES,
};

/** @param {Payload} payload @returns {State} */
export function firstState(payload) {
  const model = payload.model;
  const middle = tokenOf(model, Math.floor(model.grid[0] / 2), Math.floor(model.grid[1] / 2));
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
  };
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
  const { model, pictures } = payload;
  return {
    ...state,
    picture: held(state.picture, 0, Math.max(0, pictures.length - 1)),
    layer: held(state.layer, 0, model.depth - 1),
    head: held(state.head, -1, model.heads - 1),
    token: held(state.token, 0, tokenCount(model) - 1),
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

/** @param {Model} model @param {number} token @returns {string} a prefix name, or r2c3 */
export function tokenName(model, token) {
  const patch = patchOf(model, token);
  return patch ? `r${patch.row}c${patch.column}` : model.prefix[token];
}

/** @param {Model} model @param {string} name @returns {number | undefined} */
function tokenNamed(model, name) {
  const prefix = model.prefix.indexOf(name);
  if (prefix >= 0) return prefix;
  const match = /^r(\d{1,4})c(\d{1,4})$/.exec(name);
  if (!match) return undefined;
  const [row, column] = [Number(match[1]), Number(match[2])];
  return row < model.grid[0] && column < model.grid[1] ? tokenOf(model, row, column) : undefined;
}

/** @param {State} state @param {Model} model @returns {string} */
export function toAddress(state, model) {
  const query = new URLSearchParams({
    picture: String(state.picture),
    source: state.source,
    layer: String(state.layer),
    head: state.head < 0 ? "mean" : String(state.head),
    query: tokenName(model, state.token),
    direction: state.direction,
    scale: state.scale,
    colours: state.colours,
    opacity: String(state.opacity),
    drawing: state.drawing,
  });
  return `#${query}`;
}

/**
 * The changes an address asks for; parts that make no sense are left out.
 * @param {string} address @param {Model} model @returns {Partial<State>}
 */
export function fromAddress(address, model) {
  const query = new URLSearchParams(address.replace(/^#/, ""));
  /** @type {Record<string, string | number>} */
  const changes = {};
  for (const [name, allowed] of Object.entries(CHOICES)) {
    const value = query.get(name);
    if (value !== null && allowed.includes(value)) changes[name] = value;
  }
  for (const name of ["picture", "layer", "head", "opacity"]) {
    const value = query.get(name);
    if (value !== null && /^\d{1,6}$/.test(value)) changes[name] = Number(value);
  }
  if (query.get("head") === "mean") changes.head = -1;
  const token = tokenNamed(model, query.get("query") ?? "");
  if (token !== undefined) changes.token = token;
  return changes;
}

/**
 * Keep the address and the choice equal, both ways.
 * @param {Store} store
 */
export function followAddress(store) {
  const model = store.payload.model;
  let timer = 0;
  store.watch((state) => {
    clearTimeout(timer);
    timer = setTimeout(() => history.replaceState(null, "", toAddress(state, model)), 120);
  });
  addEventListener("hashchange", () => store.set(fromAddress(location.hash, model)));
}
