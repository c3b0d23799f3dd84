/** The start of the doctor's page: read the payload, write it down in the chosen language. */
import { showClasses } from "saccade/doctor/classes.js";
import { ENGLISH } from "saccade/doctor/english.js";
import { showFindings } from "saccade/doctor/findings.js";
import { KOREAN } from "saccade/doctor/korean.js";
import { element, need } from "saccade/dom.js";
import { listenToPreferences } from "saccade/preferences.js";
import { teach, translateDocument, word } from "saccade/words.js";

/** @import {Finding} from "saccade/doctor/findings.js" */

/**
 * @typedef {object} Payload
 * @property {string} schema
 * @property {string} title
 * @property {Record<string, number>} totals split to number of pictures
 * @property {Record<string, [string, number][]>} counts split to class and number
 * @property {[number, number][]} sizes smallest, median, largest
 * @property {Finding[]} findings
 * @property {Record<string, string>} provenance
 */

const SCHEMA = "saccade.doctor/1";

/** @returns {Payload} */
function readPayload() {
  const payload = JSON.parse(need("payload", HTMLScriptElement).textContent ?? "null");
  if (payload?.schema !== SCHEMA) {
    throw new Error(`expected a ${SCHEMA} payload, got ${payload?.schema ?? "none"}`);
  }
  return payload;
}

/** @param {Payload} payload */
function showTitles({ title, totals, provenance }) {
  need("title", HTMLElement).textContent = word("dr.title", { title });
  const count = Object.values(totals).reduce((sum, own) => sum + own, 0);
  const splits = Object.keys(totals).join(", ");
  need("source", HTMLElement).textContent = word("dr.source", { count, splits });
  const parts = Object.entries(provenance).filter(([, value]) => value);
  const told = parts.map(([name, value]) => (name === "saccade" ? `saccade ${value}` : value));
  need("footer", HTMLElement).textContent = told.join(" · ");
}

function start() {
  teach(ENGLISH, KOREAN);
  const payload = readPayload();
  const show = () => {
    translateDocument();
    showTitles(payload);
    showFindings(payload.findings);
    showClasses(payload);
  };
  listenToPreferences(show);
  show();
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
