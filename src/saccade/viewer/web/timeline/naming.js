/** How a head is called. */
import { word } from "saccade/words.js";

/** @param {number} layer @param {number} head -1 is the mean of heads */
export function headName(layer, head) {
  return head < 0 ? word("tl.meanOf", { layer }) : word("tl.headOf", { layer, head });
}
