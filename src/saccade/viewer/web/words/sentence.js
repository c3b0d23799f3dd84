/** The words: those that were written, and those that were read. */
import { element, need } from "saccade/dom.js";
import { placeLabel, share, tokenLabel } from "saccade/words/labels.js";
import { line, ranking, rowsOf, shares, weightsOf } from "saccade/words/maps.js";
import { tokens } from "saccade/words/state.js";
import { word } from "saccade/words.js";

/** @import {Item, Seen, Store} from "saccade/words/state.js" */

/** @typedef {"word" | "place"} What a written word, or a source word */

/** @type {Record<What, string>} */
const MARKS = { word: "token", place: "place" };

/** @param {Store} store */
export function showSentence(store) {
  const written = need("written", HTMLElement);
  const read = need("read", HTMLElement);
  /** @type {HTMLElement[][]} */
  let lines = [[], []];
  let shown = "";
  store.watch((state) => {
    const { item, sentence } = store;
    const wanted = `${state.item}.${state.hypothesis}.${document.documentElement.lang}`;
    need("written-title", HTMLElement).textContent = word(`wd.written.${item.kind}`);
    if (wanted === shown) return;
    shown = wanted;
    const count = tokens(sentence);
    const numbers = Array.from({ length: count + 1 }, (_, i) => i - 1);
    const own = numbers.map((token) =>
      wordButton(store, "word", token, tokenLabel(item, sentence, token)),
    );
    for (const [i, node] of own.entries())
      node.classList.toggle("odd", i === 0 || i > sentence.words.length);
    written.replaceChildren(...own);
    written.setAttribute("aria-label", word(`wd.written.${item.kind}`));
    const source = sourceWords(store, item);
    read.replaceChildren(...source);
    need("read-part", HTMLElement).hidden = source.length === 0;
    need("read-title", HTMLElement).textContent = word(`wd.read.${item.kind}`);
    lines = [own, source];
    need("unfinished", HTMLElement).hidden = sentence.finished;
    const mute = sentence.words.length === 0 && item.kind !== "question"; // nothing was written
    need("blind", HTMLElement).hidden = sentence.maps !== null || mute;
  });
  store.follow((seen) => {
    markWritten(store, lines[0], seen);
    markRead(store, lines[1], seen);
  });
}

/** The words that were read: buttons in a translation, plain in a question. @param {Store} store @param {Item} item */
function sourceWords(store, item) {
  if (item.kind === "question") {
    return item.question.map((text) => element("span", { class: "word" }, text));
  }
  if (item.kind === "caption") return [];
  return item.source.map((text, place) => wordButton(store, "place", place, text));
}

/** @param {Store} store @param {What} what @param {number} index @param {string} text */
function wordButton(store, what, index, text) {
  const button = element(
    "button",
    { type: "button", class: "word", [`data-${MARKS[what]}`]: index },
    text,
  );
  button.addEventListener("pointerenter", ({ pointerType }) => {
    if (pointerType !== "touch") store.point({ [what]: index });
  });
  button.addEventListener("pointerleave", () => store.point({}));
  const other = what === "word" ? "place" : "word";
  button.addEventListener("focus", () => choose(store, what, index));
  button.addEventListener("click", () => store.set({ [what]: index, [other]: -1 }));
  return button;
}

/** Focus chooses, and leaves what is chosen already. @param {Store} store @param {What} what @param {number} index */
function choose(store, what, index) {
  const other = what === "word" ? "place" : "word";
  if (store.state[what] !== index) store.set({ [what]: index, [other]: -1 });
}

/** @param {Store} store @param {HTMLElement[]} nodes @param {Seen} seen */
function markWritten(store, nodes, seen) {
  const { item, sentence, state } = store;
  const rows = weightsOf(item, sentence);
  const shade = shares(rows, seen.place);
  for (const [i, node] of nodes.entries()) {
    const token = i - 1;
    node.setAttribute("aria-pressed", String(token === state.word));
    node.tabIndex = token === state.word ? 0 : -1;
    node.classList.toggle("shown", token === seen.word);
    tint(node, token < 0 ? 0 : (shade[token] ?? 0));
    node.setAttribute("aria-label", spoken(item, rows, token, node.textContent ?? ""));
  }
}

/** @param {Item} item @param {Float64Array[]} rows @param {number} token @param {string} text */
function spoken(item, rows, token, text) {
  const row = token < 0 ? null : rows[token];
  if (!row) return text;
  const best = ranking(row)[0];
  return word("wd.spoken", { word: text, place: placeLabel(item, best), share: share(row[best]) });
}

/** @param {Store} store @param {HTMLElement[]} nodes @param {Seen} seen */
function markRead({ item, sentence, state }, nodes, seen) {
  if (item.kind === "caption") return;
  const rows =
    item.kind === "question" ? rowsOf(item.read, item.question.length) : weightsOf(item, sentence);
  const row = seen.place >= 0 && item.kind === "translation" ? null : line(rows, seen.word);
  const most = row && seen.word >= 0 ? Math.max(...row) || 1 : 1;
  for (const [place, node] of nodes.entries()) {
    tint(node, row && seen.word >= 0 ? row[place] / most : 0);
    if (item.kind === "question") continue;
    node.setAttribute("aria-pressed", String(place === state.place));
    node.tabIndex = place === Math.max(0, state.place) ? 0 : -1;
    node.classList.toggle("shown", place === seen.place);
  }
}

/** Shade a word by a share, 0 to 1. @param {HTMLElement} node @param {number} amount */
function tint(node, amount) {
  node.style.setProperty("--shade", `${Math.round(100 * amount)}%`);
  node.classList.toggle("strong", amount > 0.68);
}
