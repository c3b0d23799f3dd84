/** The panel that says whether to believe a map: its tests, each beside what chance gives. */
import { beliefChart } from "saccade/beliefchart.js";
import { Packed } from "saccade/decode.js";
import { element, need } from "saccade/dom.js";
import { drawGround, frameSeen, layMap, loadPicture, mapCanvas } from "saccade/picture.js";
import { language, word } from "saccade/words.js";

/** @import {Areas, Belief, Payload, Picture, State, Tested} from "saccade/types.js" */
/** @import {Store} from "saccade/state.js" */

/** @param {number} value */
const rounded = (value) => value.toFixed(3);

/** @param {Store} store */
export function showBelief(store) {
  const { payload } = store;
  const tests = need("belief-tests", HTMLElement);
  const curves = need("belief-curves", HTMLElement);
  store.watch((state) => {
    const belief = payload.pictures[state.picture]?.belief ?? null;
    const tested = belief && "verdict" in belief ? belief : null;
    need("belief-figure", HTMLElement).hidden = !tested;
    tests.hidden = !tested;
    curves.hidden = !tested?.curves;
    showVerdict(payload, belief, tested);
    if (!tested || !payload.belief) return;
    tests.replaceChildren(table(tested), ...reasons(tested), summary(payload.belief));
    if (tested.curves) {
      const both = /** @type {const} */ (["insertion", "deletion"]);
      curves.replaceChildren(...both.map((name) => beliefChart(name, tested)));
    }
    void drawMap(store, state, tested);
  });
}

/**
 * One sentence for each verdict, or why there is none.
 * @param {Payload} payload @param {Belief | null} belief @param {Tested | null} tested
 */
function showVerdict(payload, belief, tested) {
  const place = need("belief-verdict", HTMLElement);
  const names = tested?.verdict ?? [];
  place.dataset.kind = names.includes("believable") ? "good" : tested ? "bad" : "none";
  if (tested) {
    const values = numbersOf(tested);
    place.replaceChildren(
      ...names.map((name) => element("p", {}, word(`belief.${name}`, values))),
    );
  } else if (belief?.reason) {
    place.replaceChildren(element("p", {}, belief.reason[language()] || belief.reason.en));
  } else {
    place.replaceChildren(element("p", {}, word("belief.quick")));
  }
  const made = payload.belief;
  need("belief-how", HTMLElement).hidden = !made;
  need("belief-cost", HTMLElement).hidden = !made;
  if (!made) return;
  need("belief-cost", HTMLElement).textContent = word("belief.cost", {
    steps: made.steps,
    draws: made.draws,
    passes: made.passes,
    seconds: made.seconds,
    count: payload.pictures.filter((one) => one.belief && "verdict" in one.belief).length,
  });
}

/** @param {Tested} tested @returns {Record<string, string>} */
function numbersOf(tested) {
  /** @param {number | null | undefined} value */
  const plain = (value) => (value === null || value === undefined ? "–" : rounded(value));
  return {
    insertion: plain(tested.insertion?.value),
    insertionRandom: plain(tested.insertion?.random),
    deletion: plain(tested.deletion?.value),
    deletionRandom: plain(tested.deletion?.random),
    weights: plain(tested.weights),
    shift: plain(tested.shift),
  };
}

/** @param {Tested} tested */
function table(tested) {
  const heads = ["test", "thisMap", "chance", "good"].map((name) =>
    element("th", { scope: "col" }, word(`belief.${name}`)),
  );
  /** @param {"insertion" | "deletion" | "weights" | "shift"} name @param {string[]} cells */
  const row = (name, ...cells) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, word(`belief.test.${name}`)),
      ...cells.map((cell) => element("td", {}, cell)),
      element("td", { class: "soft" }, word(`belief.good.${name}`)),
    );
  /** @param {Areas | null} areas */
  const areas = (areas) =>
    areas ? [rounded(areas.value), spread(areas.random, areas.random_spread)] : ["–", "–"];
  const single = (/** @type {number | null} */ value) => (value === null ? "–" : rounded(value));
  return element(
    "table",
    {},
    element("thead", {}, element("tr", {}, ...heads)),
    element(
      "tbody",
      {},
      row("insertion", ...areas(tested.insertion)),
      row("deletion", ...areas(tested.deletion)),
      row("weights", single(tested.weights), ""),
      row("shift", single(tested.shift), ""),
    ),
  );
}

/** @param {number} mean @param {number | null} off */
function spread(mean, off) {
  return off === null ? rounded(mean) : `${rounded(mean)} ± ${rounded(off)}`;
}

/** Why a test could not be made. @param {Tested} tested */
function reasons(tested) {
  return Object.entries(tested.reasons).map(([test, reason]) =>
    element("p", { class: "how" }, word("belief.unmade", { test: testName(test), reason })),
  );
}

/** @param {string} test */
function testName(test) {
  return test === "curves" ? word("belief.curves") : word(`belief.test.${test}`);
}

/** All tested pictures together. @param {NonNullable<Payload["belief"]>} made */
function summary({ summary: all }) {
  const line = element("p", { class: "all" });
  if (!all || all.images < 2) return line;
  /** @param {{mean: number | null, spread: number}} of */
  const told = (of) => (of.mean === null ? "–" : spread(of.mean, of.spread));
  const [first] = all.verdict;
  line.textContent = word("belief.all", {
    count: all.images,
    insertion: told(all.insertion),
    insertionRandom: rounded(all.insertion.random ?? 0),
    deletion: told(all.deletion),
    deletionRandom: rounded(all.deletion.random ?? 0),
    weights: told(all.weights),
    shift: told(all.shift),
    verdict: word(`belief.short.${first}`),
  });
  return line;
}

/** @param {Store} store @param {State} state @param {Tested} tested */
async function drawMap(store, state, tested) {
  const picture = store.payload.pictures[state.picture];
  const method = store.payload.belief?.method ?? "";
  const label = word("belief.map", { method: word(`belief.method.${method}`), name: tested.followed });
  need("belief-caption", HTMLElement).textContent = label;
  const canvas = need("belief-map", HTMLCanvasElement);
  canvas.setAttribute("aria-label", label);
  const image = await loadPicture(picture);
  if (store.state !== state) return; // a newer choice is on its way
  const [rows, columns] = tested.grid;
  const packed = new Packed(tested.map);
  const values = Float64Array.from({ length: rows * columns }, (_, i) => packed.float32(i));
  const view = { values, low: Math.min(...values), high: Math.max(...values) };
  const { context, factor } = drawGround(canvas, { picture, image }, false);
  layMap(context, picture, mapCanvas([rows, columns], view, state), picture.box.size, state);
  frameSeen(context, picture, factor);
}
