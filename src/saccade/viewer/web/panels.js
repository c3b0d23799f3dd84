/** The panels below the picture: charts, filters, positions, notes, and where it all came from. */
import { depthChart } from "saccade/charts.js";
import { element, need, paintedCanvas, percent } from "saccade/dom.js";
import { Packed } from "saccade/decode.js";
import { positionsPanel } from "saccade/positions.js";
import { hasTokens } from "saccade/state.js";
import { language, word } from "saccade/words.js";

/** @import {Filters, Payload, Spread} from "saccade/types.js" */
/** @import {Store} from "saccade/state.js" */

/**
 * A card with a title, its content and a plain word on how to read it.
 * @param {string} name @param {Node[]} content
 */
function card(name, ...content) {
  const id = `panel-${name}`;
  const title = element("h2", { id, "data-word": name });
  const how = element("p", { class: "how", "data-word": `how.${name}` });
  return element("section", { class: "card", "aria-labelledby": id }, title, ...content, how);
}

/** @param {Store} store */
export function showPanels(store) {
  const { payload } = store;
  const cards = [];
  for (const name of /** @type {const} */ (["distance", "entropy"])) {
    const spread = payload[name] ?? onePicture(payload, name);
    if (spread?.mean.length) cards.push(card(name, depthChart(store, name, spread)));
  }
  if (payload.filters) cards.push(card("filters", ...filterTiles(payload.filters)));
  if (payload.positions) cards.push(card("positions", positionsPanel(store, payload.positions)));
  const notes = notesCard(payload);
  if (notes) cards.push(notes);
  need("panels", HTMLElement).append(...cards);
  showFooter(payload);
}

/**
 * Without numbers over all pictures, those of the first picture.
 * @param {Payload} payload @param {"distance" | "entropy"} name @returns {Spread | null}
 */
function onePicture(payload, name) {
  const mean = payload.pictures[0]?.[name];
  return mean ? { mean, std: [], uniform: 0 } : null;
}

/** @param {Filters} filters */
function filterTiles(filters) {
  const [height, width] = filters.size;
  const tiles = filters.images.map((text, index) => {
    const packed = new Packed(text);
    const canvas = paintedCanvas(width, height, (image) => {
      for (let i = 0; i < width * height; i += 1) {
        for (let c = 0; c < 3; c += 1) {
          const place = filters.channels === 3 ? 3 * i + c : i;
          image.data[4 * i + c] = packed.byte(place);
        }
        image.data[4 * i + 3] = 255;
      }
    });
    canvas.setAttribute("role", "img");
    const share = filters.explained[index];
    const caption = element("figcaption", {}, share === undefined ? "" : percent(share));
    canvas.setAttribute("aria-label", `${index + 1}: ${caption.textContent}`);
    return element("figure", {}, canvas, caption);
  });
  return [element("div", { class: "tiles" }, ...tiles)];
}

/** @param {Payload} payload @returns {HTMLElement | null} */
function notesCard(payload) {
  const { notes, skipped } = payload;
  if (notes.length + skipped.length === 0) return null;
  const parts = [];
  if (notes.length > 0) {
    const items = notes.map((note) => element("li", { class: "note" }, note.en));
    parts.push(element("ul", { class: "notes" }, ...items));
  }
  if (skipped.length > 0) {
    parts.push(element("h3", { "data-word": "skipped" }));
    const items = skipped.flatMap(({ name, reason }) => [
      element("dt", {}, name),
      element("dd", {}, reason),
    ]);
    parts.push(element("dl", { class: "skipped" }, ...items));
  }
  const title = element("h2", { id: "panel-notes", "data-word": "notes" });
  return element("section", { class: "card", "aria-labelledby": "panel-notes" }, title, ...parts);
}

/** Notes come in both languages; show the chosen one. @param {Payload} payload */
export function translateNotes(payload) {
  for (const [index, item] of document.querySelectorAll(".note").entries()) {
    item.textContent = payload.notes[index][language()] || payload.notes[index].en;
  }
}

/** @param {Payload} payload */
function showFooter(payload) {
  const told = Object.entries(payload.provenance).filter(([, value]) => value !== "");
  const rows = told.map(([name, value]) => {
    const shown = element("dd", {}, element(name === "command" ? "code" : "span", {}, value));
    return element("div", {}, element("dt", { "data-provenance": name }), shown);
  });
  need("footer", HTMLElement).append(
    element("h2", { "data-word": "provenance" }),
    element("dl", {}, ...rows),
    element("p", { class: "how", "data-word": "offline" }),
  );
}

/** Names of the provenance, in words where there are any. */
export function translateFooter() {
  for (const node of document.querySelectorAll("[data-provenance]")) {
    const name = node.getAttribute("data-provenance") ?? "";
    const phrase = word(`provenance.${name}`);
    node.textContent = phrase.startsWith("provenance.") ? name : phrase;
  }
}

/** @param {Payload} payload */
export function showTitles(payload) {
  const { model } = payload;
  document.title = payload.title;
  need("title", HTMLElement).textContent = payload.title;
  const plain = {
    name: model.name,
    millions: (model.parameters / 1e6).toPrecision(3),
    height: model.img_size[0],
    width: model.img_size[1],
  };
  const line = need("model-line", HTMLElement);
  if (!hasTokens(payload)) {
    line.textContent = word("modelLineLayers", { ...plain, layers: payload.layers.length });
    return;
  }
  line.textContent = word("modelLine", {
    ...plain,
    rows: model.grid[0],
    columns: model.grid[1],
    depth: model.depth,
    heads: model.heads,
  });
}
