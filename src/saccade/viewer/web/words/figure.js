/** What is seen as a drawing that stands alone: for SVG and PNG files. */
import { drawing, element, percent } from "saccade/dom.js";
import { patchPart, sceneBounds } from "saccade/geometry.js";
import { loadPicture } from "saccade/picture.js";
import { level, textWidth, tokenLabel } from "saccade/words/labels.js";
import { drawnMap, shares, weightsOf } from "saccade/words/maps.js";
import { matrix, planOf } from "saccade/words/matrix.js";
import { drawWord, lattice, small } from "saccade/words/scene.js";
import { tokens } from "saccade/words/state.js";
import { word } from "saccade/words.js";

/** @import {Caption, Question, Store} from "saccade/words/state.js" */

/** @typedef {{ink: string, soft: string, ground: string, sunken: string, accent: string}} Colours */
/** @typedef {Caption | Question} Shown */

const WIDE = 900;
const SIDE = 240; // of a small panel
const FINE = 640; // pixels of a small panel's longer side
const GAP = 14;
const LETTERS = 20;
const FAMILY = "system-ui, 'Noto Sans KR', 'Apple SD Gothic Neo', 'Malgun Gothic', sans-serif";

/** @returns {Colours} of the page as it is now */
function colours() {
  const probe = element("span");
  document.body.append(probe);
  /** @param {string} name */
  const read = (name) => {
    probe.style.setProperty("color", `var(--${name})`);
    return getComputedStyle(probe).color;
  };
  const found = {
    ink: read("ink"),
    soft: read("soft"),
    ground: read("ground"),
    sunken: read("sunken"),
    accent: read("accent"),
  };
  probe.remove();
  return found;
}

/** @param {number} width @param {number} height @param {Colours} paint @param {Node[]} parts */
function sheet(width, height, paint, parts) {
  const size = { width, height, viewBox: `0 0 ${width} ${height}`, "font-family": FAMILY };
  const ground = drawing("rect", { width, height, fill: paint.ground });
  return drawing("svg", size, ground, ...parts);
}

/** @param {Store} store @returns {Promise<SVGSVGElement>} the picture, or matrix, and its words */
export async function viewFigure(store) {
  const { item, sentence } = store;
  const paint = colours();
  if (item.kind === "translation") {
    const plan = planOf(item, sentence, WIDE);
    const inner = matrix(item, sentence, plan, paint.sunken, paint);
    inner.setAttribute("x", String(GAP));
    return sheet(plan.width + 2 * GAP, plan.height + GAP, paint, [inner]);
  }
  const photo = await panel(store, item, store.state.word, WIDE);
  const height = Number(photo.getAttribute("height"));
  photo.setAttribute("x", String(GAP));
  photo.setAttribute("y", String(GAP));
  const lines =
    item.kind === "question" ? answerLines(item, paint, height) : wordLines(store, paint, height);
  const mark = store.state.place < 0 ? [] : outlines(item, store.state.place, height);
  return sheet(WIDE + 2 * GAP, lines.bottom + GAP, paint, [photo, ...mark, ...lines.parts]);
}

/**
 * The cell that is chosen, in white with a dark edge.
 * @param {Shown} item @param {number} place @param {number} height of the photograph
 */
function outlines(item, place, height) {
  const columns = item.grid[1];
  const bounds = sceneBounds(item);
  const part = patchPart(item, lattice(item), Math.floor(place / columns), place % columns);
  const [across, down] = [WIDE / bounds.width, height / bounds.height];
  const x = GAP + (part.x - bounds.x) * across;
  const y = GAP + (part.y - bounds.y) * down;
  const box = { x, y, width: part.width * across, height: part.height * down, fill: "none" };
  return [
    drawing("rect", { ...box, stroke: "#101216", "stroke-width": 5 }),
    drawing("rect", { ...box, stroke: "#ffffff", "stroke-width": 2.5 }),
  ];
}

/** The words, broken into lines, shaded as on the page. @param {Store} store @param {Colours} paint @param {number} top */
function wordLines({ item, sentence, state }, paint, top) {
  const shade = shares(weightsOf(item, sentence), state.place);
  /** @type {Node[]} */
  const parts = [];
  let [x, y] = [GAP, top + 3 * GAP + LETTERS / 2];
  for (const [token, text] of sentence.words.entries()) {
    const width = textWidth(text, LETTERS) + 10;
    if (x + width > WIDE + GAP && x > GAP) [x, y] = [GAP, y + 1.8 * LETTERS];
    const chosen = token === state.word;
    const opacity = chosen ? 0.35 : 0.6 * (shade[token] ?? 0);
    const box = { x, y: y - 1.15 * LETTERS, width, height: 1.6 * LETTERS, rx: 5 };
    parts.push(drawing("rect", { ...box, fill: paint.accent, "fill-opacity": opacity.toFixed(3) }));
    const at = {
      x: x + width / 2,
      y,
      "text-anchor": "middle",
      "font-size": LETTERS,
      fill: paint.ink,
    };
    parts.push(drawing("text", { ...at, "font-weight": chosen ? 700 : 400 }, text));
    x += width + 6;
  }
  return { parts, bottom: y + LETTERS };
}

/** The question and its answers. @param {Question} item @param {Colours} paint @param {number} top */
function answerLines(item, paint, top) {
  let y = top + 3 * GAP + LETTERS / 2;
  const plain = { x: GAP, "font-size": LETTERS, fill: paint.ink };
  /** @type {Node[]} */
  const parts = [drawing("text", { ...plain, y, "font-weight": 700 }, item.question.join(" "))];
  for (const [label, probability] of item.answers.slice(0, 5)) {
    y += 1.7 * LETTERS;
    const bar = {
      x: 320,
      y: y - 0.7 * LETTERS,
      width: (WIDE - 420) * probability,
      height: 0.6 * LETTERS,
      rx: 3,
    };
    const end = { ...plain, x: WIDE + GAP, y, "text-anchor": "end" };
    parts.push(drawing("text", { ...plain, y }, label));
    parts.push(drawing("rect", { ...bar, fill: paint.accent }));
    parts.push(drawing("text", end, percent(probability)));
  }
  return { parts, bottom: y + LETTERS };
}

/** @param {Store} store @returns {Promise<SVGSVGElement>} one panel a word */
export async function wordsFigure(store) {
  const { item, sentence } = store;
  if (item.kind === "translation") return viewFigure(store);
  const paint = colours();
  const count = tokens(sentence);
  const columns = Math.min(5, count);
  /** @type {Node[]} */
  const parts = [];
  let height = 0;
  const bounds = sceneBounds(item);
  const width = bounds.width >= bounds.height ? SIDE : (SIDE * bounds.width) / bounds.height;
  for (let token = 0; token < count; token += 1) {
    const photo = await panel(store, item, token, width);
    const tall = Number(photo.getAttribute("height")) + 2.6 * LETTERS;
    const [x, y] = [
      GAP + (token % columns) * (width + GAP),
      GAP + Math.floor(token / columns) * (tall + GAP),
    ];
    photo.setAttribute("x", String(x));
    photo.setAttribute("y", String(y + 1.4 * LETTERS));
    const middle = { x: x + width / 2, "text-anchor": "middle" };
    const label = { ...middle, y: y + LETTERS, "font-size": 17, fill: paint.ink };
    const note = { ...middle, y: y + tall, "font-size": 12, fill: paint.soft };
    parts.push(drawing("text", label, tokenLabel(item, sentence, token)), photo);
    parts.push(drawing("text", note, `${word("wd.sharp")} ${level(sentence.sharpness[token])}`));
    height = y + tall + GAP;
  }
  return sheet(Math.ceil(columns * (width + GAP) + GAP), Math.ceil(height), paint, parts);
}

/** @param {Store} store @param {Shown} item @param {number} token @param {number} width */
async function panel({ sentence, state }, item, token, width) {
  const image = await loadPicture(item);
  const canvas = element("canvas");
  const map = drawnMap(weightsOf(item, sentence), token, item, state);
  drawWord(canvas, width < WIDE ? small(item, FINE) : item, image, map, state);
  const kind = Math.max(item.width, item.height) < 400 ? "image/png" : "image/jpeg";
  const height = Math.round((width * canvas.height) / canvas.width);
  return drawing("image", { width, height, href: canvas.toDataURL(kind, 0.92) });
}
