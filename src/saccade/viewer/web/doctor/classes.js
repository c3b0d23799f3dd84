/** Pictures by class: a bar for each, the longest first. */
import { element, need } from "saccade/dom.js";
import { word } from "saccade/words.js";

/** @import {Payload} from "saccade/doctor/start.js" */

/** @param {Payload} payload */
export function showClasses({ counts, totals, sizes }) {
  const parts = Object.entries(totals).flatMap(([split, count]) => [
    element("h3", {}, word("dr.all", { split, count })),
    bars(counts[split] ?? []),
  ]);
  need("classes", HTMLElement).replaceChildren(...parts);
  const [small, median, large] = sizes.map(([width, height]) => `${width} x ${height}`);
  const text = sizes.length === 3 ? word("dr.sizes", { small, median, large }) : "";
  need("sizes", HTMLElement).textContent = text;
}

/** @param {[string, number][]} rows class and number of pictures */
function bars(rows) {
  const ordered = [...rows].sort((a, b) => b[1] - a[1]);
  const most = Math.max(1, ...rows.map(([, count]) => count));
  const cells = ordered.flatMap(([name, count]) => {
    const bar = element("span");
    bar.style.width = `${(100 * count) / most}%`;
    return [
      element("span", { class: "name", title: name }, name),
      element("div", { class: "share", "aria-hidden": "true" }, bar),
      element("span", { class: "number" }, String(count)),
    ];
  });
  return element("div", { class: "bars-list", tabindex: 0 }, ...cells);
}
