/** The start of the timeline: read the payload, build every part, listen. */
import { element, need } from "saccade/dom.js";
import { listenToPreferences } from "saccade/preferences.js";
import { followAddress } from "saccade/timeline/address.js";
import { showCurves } from "saccade/timeline/curves.js";
import { ENGLISH } from "saccade/timeline/english.js";
import { listenToKeys } from "saccade/timeline/keys.js";
import { KOREAN } from "saccade/timeline/korean.js";
import { showPlayer } from "saccade/timeline/player.js";
import { showProbes } from "saccade/timeline/probes.js";
import { Store } from "saccade/timeline/state.js";
import { teach, translateDocument, word } from "saccade/words.js";

/** @import {Payload} from "saccade/timeline/state.js" */

const SCHEMA = "saccade.timeline/1";

/** @returns {Payload} */
function readPayload() {
  const payload = JSON.parse(need("payload", HTMLScriptElement).textContent ?? "null");
  if (payload?.schema !== SCHEMA) {
    throw new Error(`expected a ${SCHEMA} payload, got ${payload?.schema ?? "none"}`);
  }
  return payload;
}

/** @param {Payload} payload */
function showTitles(payload) {
  need("title", HTMLElement).textContent = payload.title;
  const lines = payload.runs.map((run) => {
    const averaged = run.frames.some((frame) => frame.weights === "average");
    const looks = { name: run.name, model: run.model, looks: run.frames.length };
    return word(averaged ? "tl.runAveraged" : "tl.runLine", looks);
  });
  need("model-line", HTMLElement).textContent = lines.join(" | ");
}

/** What a run lacks, and what alarmed. @param {Payload} payload */
function showNotices({ runs }) {
  const blind = runs.filter((run) => run.layers.length === 0);
  const notices = blind.map((run) => element("p", { class: "notice" }, word("tl.blind", { run: run.name })));
  need("lacks", HTMLElement).replaceChildren(...notices);
  const alarms = runs.flatMap((run) =>
    run.alarms.map(({ epoch, sentence }) => {
      const named = runs.length > 1 ? `${run.name}: ` : "";
      const when = epoch === null ? "" : `${word("tl.after", { epoch })}: `;
      return element("li", {}, `${named}${when}${sentence}`);
    }),
  );
  need("alarms", HTMLElement).hidden = alarms.length === 0;
  need("alarm-list", HTMLElement).replaceChildren(...alarms);
}

/** @param {Payload} payload */
function showFooter({ provenance }) {
  const parts = Object.entries(provenance).filter(([, value]) => value);
  const text = parts.map(([name, value]) => (name === "saccade" ? `saccade ${value}` : value));
  need("footer", HTMLElement).textContent = text.join(" · ");
}

function start() {
  teach(ENGLISH, KOREAN);
  const payload = readPayload();
  const store = new Store(payload);
  showPlayer(store);
  showProbes(store);
  showCurves(store);
  const translate = () => {
    translateDocument();
    showTitles(payload);
    showNotices(payload);
    showFooter(payload);
  };
  listenToPreferences(() => {
    translate();
    store.refresh();
  });
  translate();
  followAddress(store);
  listenToKeys(store);
  need("skip", HTMLButtonElement).addEventListener("click", () =>
    need("epoch", HTMLInputElement).focus(),
  );
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
