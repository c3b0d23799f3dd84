/** Files to keep: the picture with its map, and the numbers behind it. */
import { tokenName } from "saccade/address.js";
import { element, need } from "saccade/dom.js";
import { patchOf } from "saccade/geometry.js";
import { viewOf } from "saccade/map.js";
import { drawScene, loadPicture } from "saccade/picture.js";
import { save } from "saccade/save.js";

/** @import {Payload, State} from "saccade/types.js" */
/** @import {Store} from "saccade/state.js" */

/** @param {Payload} payload @param {State} state @returns {string} a name that says the choice */
export function fileName(payload, state) {
  const picture = payload.pictures[state.picture].name.split(/[\\/]/).pop() ?? "";
  const stem = picture.replace(/\.[A-Za-z0-9]{1,5}$/, "");
  const head = state.head < 0 ? "mean" : String(state.head);
  const source =
    viewOf(payload, state).source === "rollout" ? "rollout" : `layer${state.layer}-head${head}`;
  const parts = [stem, source, tokenName(payload.model, state.token), state.direction];
  return parts
    .join("-")
    .replace(/[^\p{L}\p{N}._-]+/gu, "_")
    .slice(0, 120);
}

/** @param {Payload} payload @param {State} state @returns {string} one line a token */
export function valuesTable(payload, state) {
  const { values } = viewOf(payload, state);
  const lines = ["token,row,column,value"];
  for (const [token, value] of values.entries()) {
    const patch = patchOf(payload.model, token);
    const name = patch ? "patch" : payload.model.prefix[token].replace(/[",\n]/g, "_");
    lines.push([name, patch?.row ?? "", patch?.column ?? "", value].join(","));
  }
  return `${lines.join("\n")}\n`;
}

/** @param {Store} store */
export function listenToDownloads(store) {
  const { payload } = store;
  need("save-picture", HTMLButtonElement).addEventListener("click", async () => {
    const { state } = store;
    const picture = payload.pictures[state.picture];
    const image = await loadPicture(picture);
    const view = viewOf(payload, state);
    const canvas = element("canvas");
    drawScene(canvas, { picture, model: payload.model, view, state, image }, { forFile: true });
    canvas.toBlob((blob) => blob && save(blob, `${fileName(payload, state)}.png`), "image/png");
  });
  need("save-values", HTMLButtonElement).addEventListener("click", () => {
    const table = valuesTable(payload, store.state);
    save(new Blob([table], { type: "text/csv" }), `${fileName(payload, store.state)}.csv`);
  });
}
