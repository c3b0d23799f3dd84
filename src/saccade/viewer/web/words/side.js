/** Beside the picture: hypotheses or answers to choose and read, and the numbers of all words. */
import { element, need, percent } from "saccade/dom.js";
import { level, placeLabel, share, tokenLabel } from "saccade/words/labels.js";
import { ranking, weightsOf } from "saccade/words/maps.js";
import { tokens } from "saccade/words/state.js";
import { word } from "saccade/words.js";

/** @import {Question, Seen, Store} from "saccade/words/state.js" */

/** @param {Store} store */
export function showHypotheses(store) {
  const list = need("hypotheses", HTMLElement);
  store.watch((state) => {
    const { item } = store;
    const asked = item.kind === "question";
    need("hypotheses-part", HTMLElement).hidden = asked || item.hypotheses.length < 2;
    if (asked) return;
    const rows = item.hypotheses.map(({ text, score, finished }, index) => {
      const chosen = index === state.hypothesis;
      const input = element("input", { type: "radio", name: "hypothesis", value: index });
      input.checked = chosen;
      const number = score === null ? "" : score.toFixed(2);
      const said = element("span", { class: "label" }, finished ? text : `${text} …`);
      return element(
        "label",
        { class: "hypothesis" },
        input,
        said,
        element("span", { class: "number" }, number),
      );
    });
    const focused = list.contains(document.activeElement);
    list.replaceChildren(...rows);
    if (focused) rows[state.hypothesis].querySelector("input")?.focus();
  });
  list.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLInputElement)
      store.set({ hypothesis: Number(target.value), word: -1 });
  });
}

/** @param {Store} store */
export function showAnswers(store) {
  store.watch(() => {
    const { item } = store;
    need("answers-part", HTMLElement).hidden = item.kind !== "question";
    if (item.kind === "question") need("answers", HTMLElement).replaceChildren(...answers(item));
    showTruths(store);
  });
}

/** @param {Question} item */
function answers(item) {
  return item.answers.map(([label, probability]) => {
    const bar = element("span", { class: "fill" });
    bar.style.width = `${100 * probability}%`;
    return element(
      "li",
      { "data-truth": label === item.truth },
      element("span", { class: "label", title: label }, label),
      element("span", { class: "number" }, percent(probability)),
      element("span", { class: "track" }, bar),
    );
  });
}

/** @param {Store} store */
function showTruths({ item }) {
  const room = need("truths", HTMLElement);
  const told = item.kind === "question" ? (item.truth === null ? [] : [item.truth]) : item.truths;
  need("truths-part", HTMLElement).hidden = told.length === 0;
  room.replaceChildren(...told.map((text) => element("li", {}, text)));
  const right = item.kind === "question" && item.answers[0]?.[0] === item.truth;
  const key =
    item.kind === "question" ? (right ? "wd.right" : "wd.wrong") : `wd.truths.${item.kind}`;
  need("truths-title", HTMLElement).textContent = word(key);
}

/** @param {string} label @param {number | null} covered */
function together(label, covered) {
  const cells = ["", "", share(covered), ""].map((text) => element("td", {}, text));
  return element("tr", { class: "together" }, element("th", { scope: "row" }, label), ...cells);
}

/** One line a word: what it cost and where it looked. @param {Store} store */
export function showNumbers(store) {
  const body = need("numbers", HTMLElement);
  store.watch(() => {
    const { item, sentence } = store;
    const rows = weightsOf(item, sentence);
    const lines = Array.from({ length: tokens(sentence) + (rows.length ? 1 : 0) }, (_, token) => {
      if (token === tokens(sentence))
        return together(tokenLabel(item, sentence, -1), sentence.together);
      const row = rows[token];
      const best = row ? ranking(row)[0] : -1;
      const cells = [
        share(sentence.probabilities[token]),
        level(sentence.sharpness[token]),
        share(sentence.coverage[token]),
        row ? `${placeLabel(item, best)} · ${share(row[best])}` : "–",
      ];
      const head = element("th", { scope: "row" }, tokenLabel(item, sentence, token));
      const line = element("tr", {}, head, ...cells.map((text) => element("td", {}, text)));
      line.addEventListener("pointerenter", () => store.point({ word: token }));
      line.addEventListener("pointerleave", () => store.point({}));
      return line;
    });
    body.replaceChildren(...lines);
    need("numbers-place", HTMLElement).textContent = word(
      `wd.strongest.${item.kind === "translation" ? "source" : "cell"}`,
    );
  });
  store.follow((/** @type {Seen} */ seen) => {
    for (const [token, node] of [...body.children].entries())
      node.classList.toggle("shown", token === seen.word);
  });
}
