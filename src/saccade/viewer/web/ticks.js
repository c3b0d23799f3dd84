/** Round numbers for the axes of charts. */

/** @param {number} most @returns {number[]} round numbers from 0 to at least `most` */
export function niceTicks(most) {
  const rough = (most > 0 && Number.isFinite(most) ? most : 1) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5].find((times) => times * power >= rough) ?? 10);
  const count = Math.ceil((rough * 5) / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}

/**
 * Round numbers that enclose a range, for numbers that are far from 0.
 * @param {number} least @param {number} most @returns {number[]} at least two, rising
 */
export function ticksBetween(least, most) {
  const span = most > least ? most - least : Math.abs(most) || 1;
  const rough = span / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5].find((times) => times * power >= rough) ?? 10);
  const first = Math.floor(least / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(most / step - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(6)),
  );
}
