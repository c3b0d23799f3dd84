/** The pictures with what is looked at over them, one beside the other for two runs. */
import { enlarge, paint, palette } from "saccade/colours.js";
import { brush, element, figure, need, paintedCanvas, percent } from "saccade/dom.js";
import { mapOf, rangeOf } from "saccade/timeline/frames.js";
import { frameAt } from "saccade/timeline/state.js";
import { headName } from "saccade/timeline/naming.js";
import { word } from "saccade/words.js";

/** @import {Frame, Run, State, Store} from "saccade/timeline/state.js" */

const SIDE = 320; // canvas pixels that a small picture is enlarged to at least
const FINE = 8; // pixels of a cell of a smooth map
const COLOURS = "dusk";

/** @typedef {{run: Run, picture: number, image: HTMLImageElement, canvas: HTMLCanvasElement,
 *   words: HTMLElement}} Spot one picture of one run */

/** @param {Store} store */
export function showProbes(store) {
  const { runs } = store.payload;
  const names = [...new Set(runs.flatMap((run) => run.pictures.map((one) => one.name)))];
  const room = need("probes", HTMLElement);
  room.classList.toggle("pairs", runs.length > 1);
  const spots = names.map((name) => addFigure(room, runs, name));
  const draw = () => {
    for (const group of spots) drawGroup(group, store.state);
  };
  store.watch(() => {
    draw();
    showScale(store);
  });
  for (const spot of spots.flat()) spot.image.decode().then(draw, () => undefined);
}

/** @param {HTMLElement} room @param {Run[]} runs @param {string} name @returns {Spot[]} */
function addFigure(room, runs, name) {
  /** @type {Spot[]} */
  const spots = [];
  const cells = runs.map((run) => {
    const picture = run.pictures.findIndex((one) => one.name === name);
    const words = element("p", { class: "answer" });
    const named = element("p", { class: "run-name", hidden: runs.length < 2 }, run.name);
    if (picture < 0) {
      return element("div", { class: "cell" }, named, element("p", { class: "none" }), words);
    }
    const canvas = element("canvas", { role: "img", width: 1, height: 1 });
    const image = new Image();
    image.src = run.pictures[picture].src;
    spots.push({ run, picture, image, canvas, words });
    return element("div", { class: "cell" }, named, canvas, words);
  });
  const caption = element("figcaption", { title: name }, name);
  const node = element("figure", { class: "probe" }, caption, element("div", { class: "cells" }, ...cells));
  room.append(node);
  return spots;
}

/**
 * One picture in all runs, on one scale of colours where that is locked.
 * @param {Spot[]} group @param {State} state
 */
function drawGroup(group, state) {
  const ranges = group.map((spot) => rangeOf(spot.run, { ...state, picture: spot.picture }));
  const known = ranges.filter((range) => range !== null);
  const low = Math.min(...known.map((range) => range[0]));
  const high = Math.max(...known.map((range) => range[1]));
  for (const spot of group) {
    const frame = frameAt(spot.run, state.epoch);
    drawSpot(spot, frame, state, { low, high });
    tell(spot, frame, state);
  }
}

/**
 * @param {Spot} spot @param {Frame | null} frame @param {State} state
 * @param {{low: number, high: number}} locked
 */
function drawSpot({ run, picture, image, canvas }, frame, state, locked) {
  if (!image.naturalWidth) return;
  const [height, width] = run.img_size;
  const times = Math.max(1, Math.ceil(SIDE / Math.max(height, width)));
  canvas.width = width * times;
  canvas.height = height * times;
  const context = brush(canvas);
  context.imageSmoothingEnabled = false;
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const map = frame && mapOf(run, frame, { ...state, picture });
  if (!frame || !map) return;
  const [low, high] = state.scale === "own" ? [map.low, map.high] : [locked.low, locked.high];
  const drawn = mapCanvas(run.layers[state.layer].grid, map.values, { low, high }, state);
  context.globalAlpha = state.opacity / 100;
  const [left, top, wide, tall] = frame.seen.map((side) => side * times);
  context.drawImage(drawn, left, top, wide, tall);
}

/**
 * @param {[number, number]} grid @param {Float32Array} values
 * @param {{low: number, high: number}} ends @param {State} state
 */
function mapCanvas([rows, columns], values, ends, state) {
  const times = state.drawing === "smooth" ? FINE : 1;
  const fine = times === 1 ? values : enlarge(values, rows, columns, times);
  const map = { values: fine, columns: columns * times, ...ends };
  const table = palette(COLOURS);
  return paintedCanvas(columns * times, rows * times, (image) => paint(image, 0, 0, map, table));
}

/** @param {Spot} spot @param {Frame | null} frame @param {State} state */
function tell({ run, picture, canvas, words }, frame, state) {
  const top = frame?.top[picture];
  const map = frame && mapOf(run, frame, { ...state, picture });
  words.replaceChildren();
  if (top) {
    const [label, probability] = top;
    words.append(element("span", { class: "label", title: label }, label), percent(probability));
  }
  const about = { name: run.pictures[picture].name, run: run.name, epoch: frame?.epoch ?? "–" };
  const most = map ? word("tl.mostHere", { value: figure(map.high) }) : word("tl.noMap");
  canvas.setAttribute(
    "aria-label",
    `${word("tl.canvas", { ...about, head: headName(state.layer, state.head) })} ${most}`,
  );
}

/** The colours from the least to the most, and what they are of. @param {Store} store */
function showScale({ state, layers }) {
  need("scale", HTMLElement).hidden = layers === 0;
  const bar = need("colour-bar", HTMLCanvasElement);
  const values = Array.from({ length: 256 }, (_, i) => i);
  const context = brush(bar);
  const image = context.createImageData(256, 1);
  paint(image, 0, 0, { values, columns: 256, low: 0, high: 255 }, palette(COLOURS));
  context.putImageData(image, 0, 0);
  bar.setAttribute("aria-label", word(`tl.scaleAbout.${state.scale}`));
  need("scale-text", HTMLElement).textContent = word(`tl.scaleAbout.${state.scale}`);
  for (const node of document.querySelectorAll(".probe .none")) node.textContent = word("tl.notHere");
}
