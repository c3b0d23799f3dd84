/** A small chart: the probability of a class while parts of the picture come or go. */
import { drawing, element } from "saccade/dom.js";
import { word } from "saccade/words.js";

/** @import {Tested} from "saccade/types.js" */

const SIZE = { width: 300, height: 170 };
const EDGE = { left: 34, right: 8, top: 8, bottom: 34 };

/** @param {number} share */
const across = (share) => EDGE.left + share * (SIZE.width - EDGE.left - EDGE.right);
/** @param {number} value */
const up = (value) => EDGE.top + (1 - value) * (SIZE.height - EDGE.top - EDGE.bottom);

/**
 * @param {"insertion" | "deletion"} name @param {Tested} tested whose curves there are
 * @returns {HTMLElement}
 */
export function beliefChart(name, tested) {
  const curves = /** @type {NonNullable<Tested["curves"]>} */ (tested.curves);
  const { shares } = curves;
  const { own, random, low, high } = curves[name];
  const title = word(`belief.chart.${name}`);
  const svg = drawing("svg", {
    viewBox: `0 0 ${SIZE.width} ${SIZE.height}`,
    role: "img",
    "aria-label": title,
  });
  const back = shares.map((share, i) => `${across(share)},${up(low[i])}`).reverse();
  const band = [...shares.map((share, i) => `${across(share)},${up(high[i])}`), ...back];
  svg.append(
    ...axes(),
    drawing("polygon", { class: "band", points: band.join(" ") }),
    drawing("polyline", { class: "chance", points: pointsOf(shares, random) }),
    drawing("polyline", { class: "own", points: pointsOf(shares, own) }),
  );
  return element("figure", {}, element("figcaption", {}, title), svg);
}

/** @param {number[]} shares @param {number[]} values */
function pointsOf(shares, values) {
  return shares.map((share, i) => `${across(share)},${up(values[i])}`).join(" ");
}

function axes() {
  const parts = [];
  for (const value of [0, 0.5, 1]) {
    const y = up(value);
    parts.push(drawing("line", { class: "grid", x1: across(0), x2: across(1), y1: y, y2: y }));
    parts.push(drawing("text", { class: "end", x: EDGE.left - 6, y: y + 4 }, String(value)));
    const x = across(value);
    const side = ["", "middle", "end"][2 * value];
    parts.push(
      drawing("text", { class: side, x, y: SIZE.height - 20 }, `${100 * value} %`),
    );
  }
  const middle = { class: "middle", x: across(0.5), y: SIZE.height - 4 };
  parts.push(drawing("text", middle, word("belief.share")));
  return parts;
}
