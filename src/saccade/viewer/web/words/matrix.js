/** The alignment: a row for each written word, a column for each source word. */
import { drawing, need } from "saccade/dom.js";
import { textWidth, tokenLabel } from "saccade/words/labels.js";
import { weightsOf } from "saccade/words/maps.js";
import { tokens } from "saccade/words/state.js";
import { word } from "saccade/words.js";

/** @import {Seen, Sentence, Store, Translation} from "saccade/words/state.js" */

const LETTERS = 15;
const GAP = 10;
const LEAST = 20; // pixels of a cell
const MOST = 46;
const SLANT = Math.SQRT1_2;

/**
 * Where everything lies.
 * @typedef {{left: number, top: number, cell: number, width: number, height: number}} Plan
 */

/** @param {Store} store */
export function showMatrix(store) {
  const room = need("matrix", HTMLElement);
  /** @type {Plan | null} */
  let plan = null;
  /** @type {SVGSVGElement | null} */
  let picture = null;
  const draw = () => {
    const { item, sentence } = store;
    const here = item.kind === "translation";
    need("matrix-part", HTMLElement).hidden = !here;
    plan = null;
    room.replaceChildren();
    if (item.kind !== "translation" || !sentence.maps) return;
    plan = planOf(item, sentence, room.clientWidth);
    picture = matrix(item, sentence, plan, "var(--surface)");
    room.append(picture);
  };
  store.watch(draw);
  let width = 0;
  new ResizeObserver(() => {
    if (room.clientWidth === width) return;
    width = room.clientWidth;
    draw();
    if (picture && plan) highlight(picture, plan, store, store.seen);
  }).observe(room);
  store.follow((seen) => {
    if (picture && plan) highlight(picture, plan, store, seen);
    room.setAttribute(
      "aria-label",
      `${word("wd.matrix")} ${need("told", HTMLElement).textContent}`,
    );
  });
  followPointer(store, room, () => plan);
}

/**
 * @param {Translation} item @param {Sentence} sentence @param {number} room its width in pixels
 * @returns {Plan}
 */
export function planOf(item, sentence, room) {
  const rows = tokens(sentence);
  const labels = Array.from({ length: rows }, (_, token) => tokenLabel(item, sentence, token));
  const left = Math.max(0, ...labels.map((text) => textWidth(text, LETTERS))) + 2 * GAP;
  const top =
    SLANT * (Math.max(0, ...item.source.map((text) => textWidth(text, LETTERS))) + LETTERS) +
    2 * GAP;
  const over = SLANT * textWidth(item.source[item.source.length - 1] ?? "", LETTERS);
  const cell = Math.min(
    MOST,
    Math.max(LEAST, Math.floor((room - left - over) / item.source.length)),
  );
  const width = Math.ceil(left + cell * item.source.length + over);
  return { left, top, cell, width, height: Math.ceil(top + cell * rows + GAP) };
}

/**
 * The matrix as a drawing; its colours are those of the page unless told otherwise.
 * @param {Translation} item @param {Sentence} sentence @param {Plan} plan
 * @param {string} ground colour of a cell that read nothing
 * @param {{ink: string, accent: string}} colours
 */
export function matrix(
  item,
  sentence,
  plan,
  ground,
  colours = { ink: "var(--ink)", accent: "var(--accent)" },
) {
  const { left, top, cell, width, height } = plan;
  const rows = weightsOf(item, sentence);
  const svg = drawing("svg", {
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    "aria-hidden": "true",
  });
  for (const [column, text] of item.source.entries()) {
    const [x, y] = [left + cell * (column + 0.5) + LETTERS / 3, top - GAP / 2];
    const turned = { transform: `rotate(-45 ${x} ${y})`, "data-column": column };
    svg.append(drawing("text", { x, y, "font-size": LETTERS, fill: colours.ink, ...turned }, text));
  }
  for (const [token, row] of rows.entries()) {
    const y = top + cell * (token + 0.5) + LETTERS / 3;
    const label = {
      x: left - GAP / 2,
      y,
      "text-anchor": "end",
      "font-size": LETTERS,
      "data-row": token,
    };
    svg.append(drawing("text", { ...label, fill: colours.ink }, tokenLabel(item, sentence, token)));
    for (const [column, value] of row.entries()) {
      const corner = { x: left + cell * column + 0.5, y: top + cell * token + 0.5 };
      const size = { width: cell - 1, height: cell - 1, rx: 2 };
      const shade = { fill: colours.accent, "fill-opacity": Math.min(1, value).toFixed(4) };
      svg.append(drawing("rect", { ...corner, ...size, fill: ground }));
      svg.append(drawing("rect", { ...corner, ...size, ...shade }));
    }
  }
  return svg;
}

/** @param {SVGSVGElement} svg @param {Plan} plan @param {Store} store @param {Seen} seen */
function highlight(svg, plan, { item, sentence }, seen) {
  for (const old of svg.querySelectorAll(".band")) old.remove();
  const { left, top, cell } = plan;
  const rows = tokens(sentence);
  const columns = item.kind === "translation" ? item.source.length : 0;
  if (seen.word >= 0) {
    const band = { x: left, y: top + cell * seen.word, width: cell * columns, height: cell };
    svg.append(drawing("rect", { class: "band", ...band }));
  }
  if (seen.place >= 0) {
    const band = { x: left + cell * seen.place, y: top, width: cell, height: cell * rows };
    svg.append(drawing("rect", { class: "band", ...band }));
  }
  for (const text of svg.querySelectorAll("text")) {
    const { row, column } = text.dataset;
    const on =
      (row !== undefined && Number(row) === seen.word) ||
      (column !== undefined && Number(column) === seen.place);
    text.classList.toggle("on", on);
  }
}

/** @param {Store} store @param {HTMLElement} room @param {() => Plan | null} planned */
function followPointer(store, room, planned) {
  /** @param {PointerEvent | MouseEvent} event @returns {Seen | null} */
  const at = (event) => {
    const plan = planned();
    const svg = room.querySelector("svg");
    if (!plan || !svg) return null;
    const frame = svg.getBoundingClientRect();
    const place = Math.floor((event.clientX - frame.left - plan.left) / plan.cell);
    const token = Math.floor((event.clientY - frame.top - plan.top) / plan.cell);
    const label = event.target instanceof SVGTextElement ? event.target.dataset : {};
    if (label.row !== undefined) return { word: Number(label.row), place: -1 };
    if (label.column !== undefined) return { word: -1, place: Number(label.column) };
    const { item, sentence } = store;
    const columns = item.kind === "translation" ? item.source.length : 0;
    const inside = place >= 0 && token >= 0 && place < columns && token < tokens(sentence);
    return inside ? { word: token, place } : null;
  };
  room.addEventListener("pointermove", (event) => {
    if (event.pointerType !== "touch") store.point(at(event) ?? {});
  });
  room.addEventListener("pointerleave", () => store.point({}));
  room.addEventListener("click", (event) => {
    const found = at(event);
    if (found) store.set(found);
  });
}
