/** What words, places and passes are called. */
import { percent } from "saccade/dom.js";
import { word } from "saccade/words.js";

/** @import {Item, Sentence} from "saccade/words/state.js" */

/** @param {Item} item @param {Sentence} sentence @param {number} token @returns {string} */
export function tokenLabel(item, sentence, token) {
  if (item.kind === "question")
    return token < 0 ? word("wd.allHops") : word("wd.hop", { hop: token + 1 });
  if (token < 0) return word("wd.all");
  return sentence.words[token] ?? word("wd.end");
}

/** @param {Item} item @param {number} place @returns {string} */
export function placeLabel(item, place) {
  if (item.kind === "translation") return item.source[place] ?? "";
  const [, columns] = item.grid;
  return word("wd.cell", { row: Math.floor(place / columns) + 1, column: (place % columns) + 1 });
}

/** @param {number | null | undefined} value */
export function share(value) {
  return value === null || value === undefined ? "–" : percent(value);
}

/** @param {number | null | undefined} value */
export function level(value) {
  return value === null || value === undefined ? "–" : value.toFixed(2);
}

/**
 * About how wide a text is: Hangul and Han letters are square.
 * @param {string} text @param {number} size of its letters, in pixels
 */
export function textWidth(text, size) {
  let sum = 0;
  for (const letter of text) sum += letter >= "\u1100" ? 1 : 0.58;
  return size * sum;
}
