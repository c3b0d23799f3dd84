/**
 * The address that repeats the choice.
 *
 * The part of the address after # holds the whole choice, so a link to the file opens the same
 * view again. Everything that comes from an address is checked before it is used.
 */
import { PALETTES } from "saccade/colours.js";
import { patchOf, tokenOf } from "saccade/geometry.js";
import { hasTokens } from "saccade/state.js";

/** @import {Model, Payload, State} from "saccade/types.js" */
/** @import {Store} from "saccade/state.js" */

/** @type {Record<string, readonly string[]>} */
const CHOICES = {
  source: ["attention", "rollout"],
  direction: ["row", "column"],
  scale: ["own", "range", "unit", "heads"],
  drawing: ["patches", "smooth"],
  colours: PALETTES,
};

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

/** @param {State} state @param {Model} model */
function tokenChoice(state, model) {
  return {
    source: state.source,
    layer: String(state.layer),
    head: state.head < 0 ? "mean" : String(state.head),
    query: tokenName(model, state.token),
    direction: state.direction,
  };
}

/** @param {State} state @returns {Record<string, string>} */
function sheetChoice(state) {
  const at = state.point.map((share) => share.toFixed(3)).join("_");
  return { sheet: String(state.sheet), part: state.part < 0 ? "all" : String(state.part), at };
}

/** @param {State} state @param {Payload} payload @returns {string} */
export function toAddress(state, payload) {
  const query = new URLSearchParams({
    picture: String(state.picture),
    ...(hasTokens(payload) ? tokenChoice(state, payload.model) : {}),
    ...(payload.layers.length > 0 ? sheetChoice(state) : {}),
    scale: state.scale,
    colours: state.colours,
    opacity: String(state.opacity),
    drawing: state.drawing,
  });
  return `#${query}`;
}

/**
 * The changes an address asks for; parts that make no sense are left out.
 * @param {string} address @param {Payload} payload @returns {Partial<State>}
 */
export function fromAddress(address, payload) {
  const query = new URLSearchParams(address.replace(/^#/, ""));
  /** @type {Record<string, string | number | number[]>} */
  const changes = {};
  for (const [name, allowed] of Object.entries(CHOICES)) {
    const value = query.get(name);
    if (value !== null && allowed.includes(value)) changes[name] = value;
  }
  for (const name of ["picture", "layer", "head", "opacity", "sheet", "part"]) {
    const value = query.get(name);
    if (value !== null && /^\d{1,6}$/.test(value)) changes[name] = Number(value);
  }
  if (query.get("head") === "mean") changes.head = -1;
  if (query.get("part") === "all") changes.part = -1;
  const point = /^([01]\.\d{1,6})_([01]\.\d{1,6})$/.exec(query.get("at") ?? "");
  if (point) changes.point = [Number(point[1]), Number(point[2])];
  if (!hasTokens(payload)) return changes;
  const token = tokenNamed(payload.model, query.get("query") ?? "");
  if (token !== undefined) changes.token = token;
  return changes;
}

/**
 * Keep the address and the choice equal, both ways.
 * @param {Store} store
 */
export function followAddress(store) {
  const { payload } = store;
  let timer = 0;
  store.watch((state) => {
    clearTimeout(timer);
    timer = setTimeout(() => history.replaceState(null, "", toAddress(state, payload)), 120);
  });
  addEventListener("hashchange", () => store.set(fromAddress(location.hash, payload)));
}
