/** Files to keep: what is seen as SVG or PNG, and the numbers behind it. */
import { brush, element, need } from "saccade/dom.js";
import { save } from "saccade/save.js";
import { viewFigure, wordsFigure } from "saccade/words/figure.js";
import { placeLabel, tokenLabel } from "saccade/words/labels.js";
import { weightsOf } from "saccade/words/maps.js";

/** @import {Store} from "saccade/words/state.js" */

const DENSITY = 2; // pixels of a PNG a unit

/** @param {Store} store @param {string} [part] @returns {string} a name that says what is seen */
function nameOf({ item, sentence, state }, part) {
  const stem = item.name.replace(/\.[A-Za-z0-9]{1,5}$/, "");
  const said =
    part ??
    (state.word < 0 ? "all" : `${state.word + 1}-${tokenLabel(item, sentence, state.word)}`);
  const parts = [stem, item.hypotheses.length > 1 ? `h${state.hypothesis + 1}` : "", said];
  return parts
    .filter(Boolean)
    .join("-")
    .replace(/[^\p{L}\p{N}._-]+/gu, "_")
    .slice(0, 120);
}

/** @param {SVGSVGElement} figure */
function textOf(figure) {
  return new XMLSerializer().serializeToString(figure);
}

/** @param {SVGSVGElement} figure @returns {Promise<Blob | null>} */
async function painted(figure) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(textOf(figure))}`;
  await image.decode();
  const canvas = element("canvas", {
    width: DENSITY * Number(figure.getAttribute("width")),
    height: DENSITY * Number(figure.getAttribute("height")),
  });
  brush(canvas).drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

/** @param {Store} store @returns {string} one line a word and place */
export function table(store) {
  const { item, sentence } = store;
  const quoted = (/** @type {string} */ text) => `"${text.replace(/"/g, '""')}"`;
  const lines = ["number,word,place,weight"];
  for (const [token, row] of weightsOf(item, sentence).entries()) {
    const label = quoted(tokenLabel(item, sentence, token));
    for (const [place, value] of row.entries()) {
      lines.push(
        `${token + 1},${label},${quoted(placeLabel(item, place))},${value.toPrecision(6)}`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}

/** @param {Store} store */
export function listenToExports(store) {
  store.watch(() => {
    need("save-words", HTMLElement).hidden =
      store.item.kind === "translation" || !store.sentence.maps;
    need("save-numbers", HTMLButtonElement).disabled = !store.sentence.maps;
  });
  const works = /** @type {const} */ ([
    ["save-view", viewFigure, undefined],
    ["save-words", wordsFigure, "words"],
  ]);
  for (const [id, figure, part] of works) {
    need(`${id}-svg`, HTMLButtonElement).addEventListener("click", async () => {
      const text = textOf(await figure(store));
      save(new Blob([text], { type: "image/svg+xml" }), `${nameOf(store, part)}.svg`);
    });
    need(`${id}-png`, HTMLButtonElement).addEventListener("click", async () => {
      const blob = await painted(await figure(store));
      if (blob) save(blob, `${nameOf(store, part)}.png`);
    });
  }
  need("save-numbers", HTMLButtonElement).addEventListener("click", () => {
    save(
      new Blob([`\uFEFF${table(store)}`], { type: "text/csv" }),
      `${nameOf(store, "weights")}.csv`,
    );
  });
}
