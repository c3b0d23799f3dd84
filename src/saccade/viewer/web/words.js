/** The page's words in the chosen language. */
import { ENGLISH } from "saccade/english.js";
import { KOREAN } from "saccade/korean.js";

/** @typedef {"en" | "ko"} Language */

/** @type {Record<Language, Record<string, string>>} */
export const WORDS = { en: ENGLISH, ko: KOREAN };

/**
 * Add the phrases of another page.
 * @param {Record<string, string>} english @param {Record<string, string>} korean
 */
export function teach(english, korean) {
  Object.assign(WORDS.en, english);
  Object.assign(WORDS.ko, korean);
}

/** @type {Language} */
let chosen = "en";

/** @returns {Language} */
export function language() {
  return chosen;
}

/** @param {Language} name */
export function speak(name) {
  chosen = name;
  document.documentElement.lang = name;
}

/**
 * A phrase, with `{name}` replaced by values.
 * @param {string} key @param {Record<string, string | number>} values
 */
export function word(key, values = {}) {
  const phrase = WORDS[chosen][key] ?? WORDS.en[key] ?? key;
  return phrase.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** Write the fixed phrases of the document: data-word is text, data-label a spoken name. */
export function translateDocument() {
  for (const node of document.querySelectorAll("[data-word]")) {
    node.textContent = word(node.getAttribute("data-word") ?? "");
  }
  for (const node of document.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", word(node.getAttribute("data-label") ?? ""));
  }
}
