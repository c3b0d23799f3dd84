/** The start of the page: read the payload, build every part, listen. */
import { followAddress, fromAddress } from "saccade/address.js";
import { showBelief } from "saccade/belief.js";
import { showControls } from "saccade/controls.js";
import { element, need } from "saccade/dom.js";
import { listenToDownloads } from "saccade/download.js";
import { listenToKeys, openHelp, translateHelp } from "saccade/keyboard.js";
import { showOverview } from "saccade/overview.js";
import { showPanels, showTitles, translateFooter, translateNotes } from "saccade/panels.js";
import { showLayers } from "saccade/layerpanel.js";
import { listenToPreferences } from "saccade/preferences.js";
import { showPredictions, showStage, showStrip } from "saccade/stage.js";
import { firstState, hasTokens, Store } from "saccade/state.js";
import { translateDocument, word } from "saccade/words.js";

/** @import {Payload} from "saccade/types.js" */

const SCHEMA = "saccade.report/3";

/** @returns {Payload} */
function readPayload() {
  const payload = JSON.parse(need("payload", HTMLScriptElement).textContent ?? "null");
  if (payload?.schema !== SCHEMA) {
    throw new Error(`expected a ${SCHEMA} payload, got ${payload?.schema ?? "none"}`);
  }
  return payload;
}

/** @param {Payload} payload */
function translate(payload) {
  translateDocument();
  translateHelp(payload);
  showTitles(payload);
  translateNotes(payload);
  translateFooter();
  need("empty", HTMLElement).textContent = word("noPictures");
}

/** Everything about tokens that read tokens. @param {Store} store */
function showTokens(store) {
  need("tokens", HTMLElement).hidden = false;
  showStage(store);
  showControls(store);
  showOverview(store);
  listenToDownloads(store);
}

function start() {
  const payload = readPayload();
  const store = new Store(payload, firstState(payload));
  const any = payload.pictures.length > 0;
  need("main", HTMLElement).hidden = !any;
  need("empty", HTMLElement).hidden = any;
  if (any) {
    showStrip(store);
    showPredictions(store);
    showLayers(store);
    if (hasTokens(payload)) showTokens(store);
    showBelief(store);
  }
  showPanels(store);
  listenToPreferences(() => {
    translate(payload);
    store.refresh();
  });
  translate(payload);
  if (any) followAddress(store);
  store.set(fromAddress(location.hash, payload));
  listenToKeys(store);
  need("help-open", HTMLButtonElement).addEventListener("click", openHelp);
  need("skip", HTMLButtonElement).addEventListener("click", () =>
    need(hasTokens(payload) ? "stage" : "sheet-stage", HTMLElement).focus(),
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
