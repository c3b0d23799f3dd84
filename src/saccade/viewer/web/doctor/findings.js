/** Findings: how bad, what, how many, what to do; names and pictures below. */
import { element, need } from "saccade/dom.js";
import { language, word } from "saccade/words.js";

/**
 * @typedef {object} Shown
 * @property {string} name
 * @property {string} split
 * @property {string | null} src null where the picture cannot be shown
 * @property {boolean} tiny drawn pixel by pixel
 */

/**
 * @typedef {object} Finding
 * @property {"problem" | "caution" | "fine"} severity
 * @property {string} en
 * @property {string} ko
 * @property {string[]} names
 * @property {number} count of all names
 * @property {Shown[][]} shown pictures that belong together
 */

const SEVERITIES = /** @type {const} */ (["problem", "caution", "fine"]);

/** @param {Finding[]} findings */
export function showFindings(findings) {
  const counts = SEVERITIES.map((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    const badge = element("span", { class: `badge ${severity}` });
    badge.textContent = `${word(`dr.${severity}`)} ${count}`;
    return element("li", {}, badge);
  });
  need("counts", HTMLElement).replaceChildren(...counts);
  need("findings", HTMLElement).replaceChildren(...findings.map(told));
}

/** @param {Finding} finding */
function told(finding) {
  const badge = element("span", { class: `badge ${finding.severity}` });
  badge.textContent = word(`dr.${finding.severity}`);
  const sentence = element("p", {}, language() === "ko" ? finding.ko : finding.en);
  const room = element("article", { class: `card finding ${finding.severity}` });
  room.append(element("div", { class: "said" }, badge, sentence));
  if (finding.shown.length > 0) room.append(thumbs(finding.shown));
  if (finding.names.length > 0) room.append(named(finding));
  return room;
}

/** @param {Finding} finding */
function named({ names, count, shown, severity }) {
  const items = names.map((name) => element("li", {}, name));
  if (count > names.length) {
    items.push(element("li", {}, word("dr.more", { count: count - names.length })));
  }
  const open = shown.length === 0 && severity !== "fine";
  const summary = element("summary", {}, word("dr.names", { count }));
  return element("details", { open }, summary, element("ul", { class: "named" }, ...items));
}

/** @param {Shown[][]} shown */
function thumbs(shown) {
  const paired = shown.some((group) => group.length > 1);
  const groups = shown.map((group) =>
    group.length > 1
      ? element("div", { class: "pair" }, ...group.map(thumb))
      : thumb(group[0]),
  );
  return element("div", { class: paired ? "thumbs pairs" : "thumbs" }, ...groups);
}

/** @param {Shown} picture */
function thumb({ name, split, src, tiny }) {
  const image = src
    ? element("img", { src, alt: name, class: tiny && "tiny", loading: "lazy" })
    : element("div", { class: "none" }, word("dr.gone"));
  const called = element("bdi", {}, name);
  return element("figure", { class: "thumb", title: `${split}: ${name}` }, image,
    element("figcaption", {}, called));
}
