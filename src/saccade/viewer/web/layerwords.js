/** The numbers and words beside a layer. */
import { figure, need } from "saccade/dom.js";
import { partNames, sheetName } from "saccade/layerchoice.js";
import { isHeat } from "saccade/layers.js";
import { word } from "saccade/words.js";

/** @import {Layer, Payload, State} from "saccade/types.js" */
/** @import {SheetView} from "saccade/layers.js" */

/** @param {string} id @param {string} text */
function write(id, text) {
  need(id, HTMLElement).textContent = text;
}

/** @param {Layer} layer @returns {string} axes, grids and entropy */
function aboutWords(layer) {
  const axes = layer.axes.slice(1).map((axis, i) => {
    const name = word(`axis.${axis.replace(" ", "_")}`);
    return `${name} ${layer.shape[i]}`;
  });
  const parts = [axes.join(" × ")];
  if (layer.grid && isHeat(layer)) {
    parts.push(word("gridWords", { rows: layer.grid[0], columns: layer.grid[1] }));
  }
  if (layer.entropy) {
    const { mean, uniform } = layer.entropy;
    const value = figure(mean.reduce((sum, one) => sum + one, 0) / mean.length);
    parts.push(word("entropyWords", { value, uniform: figure(uniform) }));
  }
  return parts.join(" · ");
}

/** @param {Layer} layer @returns {string} what was not stored */
function storedWords(layer) {
  const said = [];
  if (layer.queries) {
    const { grid, rows, columns } = layer.queries;
    const [stored, all] = [rows.length * columns.length, grid[0] * grid[1]];
    const sides = { a: rows.length, b: columns.length, rows: grid[0], columns: grid[1] };
    if (stored < all) said.push(word("queriesStored", sides));
  }
  if (layer.stored < layer.parts) {
    said.push(word("partsStored", { stored: layer.stored, parts: layer.parts }));
  }
  return said.join(" ");
}

/** @param {SheetView} view @returns {string} the largest value and where it is */
function strongestWords({ layer, values }) {
  if (layer.kind === "mesh" || layer.kind === "boxes" || values.length === 0) return "–";
  const best = values.reduce((found, value, i) => (value > values[found] ? i : found), 0);
  const columns = layer.grid?.[1] ?? 1;
  const cell = { row: Math.floor(best / columns), column: best % columns };
  const where = isHeat(layer) ? word("cell", cell) : word("channelNumber", { channel: best });
  return `${figure(values[best])} · ${where}`;
}

let speaking = 0;

/** @param {Payload} payload @param {State} state @param {SheetView} view */
export function showSheetWords(payload, state, view) {
  const { layer } = view;
  const strongest = strongestWords(view);
  write("sheet-about", aboutWords(layer));
  write("sheet-strongest", strongest);
  write("sheet-how", [word(`how.${layer.kind}`), storedWords(layer)].join(" ").trim());
  need("sheet-notice", HTMLElement).hidden = view.numbers !== null;
  write("sheet-notice", word("sheetLeftOut"));
  const part = partNames(layer)[state.part + 1] ?? "";
  const query = view.query ? word("cell", view.query) : "";
  const text = [sheetName(layer), part, query, strongest].filter((one) => one).join(", ");
  write("sheet-summary", text);
  if (payload.model.depth > 0) return; // there the map of tokens speaks
  clearTimeout(speaking);
  speaking = setTimeout(() => write("live", text), 300);
}

/**
 * @param {Payload} payload @param {State} state @param {SheetView} view
 * @param {{pixel: [number, number], point: [number, number] | null} | null} at
 */
export function showSheetPointer(payload, state, view, at) {
  if (!at) return write("sheet-pointer", word("pointerNowhere"));
  const picture = payload.pictures[state.picture];
  const [x, y] = at.pixel.map(Math.floor);
  const inside = x >= 0 && y >= 0 && x < picture.width && y < picture.height;
  const pixel = inside ? word("pixel", { x, y }) : word("padding");
  if (!at.point) return write("sheet-pointer", `${pixel} · ${word("outside")}`);
  if (!isHeat(view.layer) || !view.layer.grid || !view.numbers) {
    return write("sheet-pointer", pixel);
  }
  const [rows, columns] = view.layer.grid;
  const cell = { row: Math.floor(at.point[1] * rows), column: Math.floor(at.point[0] * columns) };
  const value = figure(view.values[cell.row * columns + cell.column]);
  return write("sheet-pointer", `${value} · ${word("cell", cell)} · ${pixel}`);
}
