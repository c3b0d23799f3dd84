/** The start of the page of words: read the payload, build every part, listen. */
import { element, need } from "saccade/dom.js";
import { listenToPreferences } from "saccade/preferences.js";
import { followAddress } from "saccade/words/address.js";
import { showControls } from "saccade/words/controls.js";
import { ENGLISH } from "saccade/words/english.js";
import { listenToExports } from "saccade/words/export.js";
import { showItems } from "saccade/words/items.js";
import { listenToKeys } from "saccade/words/keys.js";
import { KOREAN } from "saccade/words/korean.js";
import { showMatrix } from "saccade/words/matrix.js";
import { showSentence } from "saccade/words/sentence.js";
import { showAnswers, showHypotheses, showNumbers } from "saccade/words/side.js";
import { showStage } from "saccade/words/stage.js";
import { Store } from "saccade/words/state.js";
import { showTiles } from "saccade/words/tiles.js";
import { teach, translateDocument, word } from "saccade/words.js";

/** @import {Payload} from "saccade/words/state.js" */

const SCHEMA = "saccade.words/1";
const HINTS = [
  ["←", "→", "wd.key.word"],
  ["[", "]", "wd.key.hypothesis"],
  [",", ".", "wd.key.item"],
  ["Esc", "wd.key.all"],
  ["Tab", "wd.key.stage"],
];

/** @returns {Payload} */
function readPayload() {
  const payload = JSON.parse(need("payload", HTMLScriptElement).textContent ?? "null");
  if (payload?.schema !== SCHEMA) {
    throw new Error(`expected a ${SCHEMA} payload, got ${payload?.schema ?? "none"}`);
  }
  return payload;
}

/** @param {Payload} payload */
function showFixed({ title, items, provenance }) {
  need("title", HTMLElement).textContent = title;
  const kinds = [...new Set(items.map((item) => item.kind))];
  const counts = kinds.map((kind) =>
    word(`wd.count.${kind}`, { count: items.filter((item) => item.kind === kind).length }),
  );
  need("model-line", HTMLElement).textContent = counts.join(" · ");
  const parts = Object.entries(provenance).filter(([, value]) => value);
  const told = parts.map(([name, value]) =>
    ["saccade", "torch"].includes(name) ? `${name} ${value}` : value,
  );
  need("footer", HTMLElement).textContent = told.join(" · ");
  const hints = HINTS.map((one) =>
    element(
      "span",
      {},
      ...one.slice(0, -1).map((key) => element("kbd", {}, key)),
      word(one[one.length - 1]),
    ),
  );
  need("hint", HTMLElement).replaceChildren(...hints);
}

function start() {
  teach(ENGLISH, KOREAN);
  const payload = readPayload();
  const store = new Store(payload);
  const shows = [showItems, showSentence, showHypotheses, showAnswers, showNumbers, showControls];
  for (const show of [...shows, showStage, showMatrix, showTiles]) show(store);
  const translate = () => {
    translateDocument();
    showFixed(payload);
    const { kind } = store.item;
    need("how", HTMLElement).textContent = word(`wd.how.${kind}`);
  };
  store.watch(translate);
  listenToPreferences(() => store.refresh());
  listenToExports(store);
  listenToKeys(store);
  followAddress(store);
  need("skip", HTMLButtonElement).addEventListener("click", () => {
    const chosen = need("written", HTMLElement).querySelector("[tabindex='0']");
    if (chosen instanceof HTMLElement) chosen.focus();
  });
}

try {
  start();
  document.documentElement.dataset.ready = "true";
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  document.body.prepend(
    element("p", { class: "empty", role: "alert" }, word("broken", { message })),
  );
  throw error;
}
