/** A chart of one value a channel; the pointer or the arrow keys read single values. */
import { drawing, element, figure, onceAFrame } from "saccade/dom.js";
import { niceTicks } from "saccade/ticks.js";
import { word } from "saccade/words.js";

const HEIGHT = 240;
const EDGE = { left: 52, right: 10, top: 12, bottom: 34 };

/** The chart and the line under it; `show` draws other values. */
export class BarChart {
  constructor() {
    this.room = element("div", { class: "chart bars", tabindex: 0, role: "application" });
    this.spot = element("p", { class: "spot" });
    this.node = element("div", {}, this.room, this.spot);
    /** @type {Float64Array} */
    this.values = new Float64Array(0);
    this.chosen = -1;
    /** @type {SVGElement[]} */
    this.shapes = [];
    this.draw = onceAFrame(() => this.redraw());
    new ResizeObserver(this.draw).observe(this.room);
    this.room.addEventListener("pointermove", (event) => this.choose(this.channelAt(event)));
    this.room.addEventListener("pointerleave", () => this.choose(-1));
    this.room.addEventListener("keydown", (event) => this.step(event));
  }

  /** @param {Float64Array} values */
  show(values) {
    this.values = values;
    this.draw();
    this.choose(Math.min(this.chosen, values.length - 1));
  }

  /** @param {MouseEvent} event */
  channelAt(event) {
    const frame = this.room.getBoundingClientRect();
    const inner = frame.width - EDGE.left - EDGE.right;
    const share = (event.clientX - frame.left - EDGE.left) / inner;
    return share >= 0 && share < 1 ? Math.floor(share * this.values.length) : -1;
  }

  /** @param {KeyboardEvent} event */
  step(event) {
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.choose(Math.min(this.values.length - 1, Math.max(0, this.chosen + by)));
  }

  /** @param {number} channel -1 for none */
  choose(channel) {
    this.shapes[this.chosen]?.classList.remove("chosen");
    this.shapes[channel]?.classList.add("chosen");
    this.chosen = channel;
    const { values } = this;
    const mean = values.reduce((sum, value) => sum + value, 0) / (values.length || 1);
    const text =
      channel < 0
        ? word("barsMean", { channels: values.length, mean: figure(mean) })
        : word("barsChannel", { channel, value: figure(values[channel]) });
    this.spot.textContent = text;
    this.room.setAttribute("aria-label", `${word("barsLabel")} ${text}`);
  }

  redraw() {
    const width = this.room.clientWidth;
    if (width === 0 || this.values.length === 0) return;
    const ticks = ticksOf(this.values);
    const [low, high] = [ticks[0], ticks[ticks.length - 1]];
    const inner = HEIGHT - EDGE.top - EDGE.bottom;
    const y = (/** @type {number} */ value) => EDGE.top + (inner * (high - value)) / (high - low);
    const wide = (width - EDGE.left - EDGE.right) / this.values.length;
    this.shapes = Array.from(this.values, (value, channel) => {
      const [top, bottom] = [y(Math.max(value, 0)), y(Math.min(value, 0))];
      const kind = channel === this.chosen ? "bar chosen" : "bar";
      const x = EDGE.left + channel * wide;
      const shape = { x, y: top, width: Math.max(wide * 0.86, 0.6), height: bottom - top };
      return drawing("rect", { class: kind, ...shape });
    });
    const svg = drawing("svg", { width, height: HEIGHT, "aria-hidden": "true" });
    const name = { class: "name middle", x: (EDGE.left + width) / 2, y: HEIGHT - 8 };
    svg.append(...tickLines(ticks, y, width), ...this.shapes);
    svg.append(drawing("text", name, word("channel")));
    this.room.replaceChildren(svg);
  }
}

/** @param {Float64Array} values @returns {number[]} round numbers around all values and zero */
function ticksOf(values) {
  const least = values.reduce((best, value) => Math.min(best, value), 0);
  const most = values.reduce((best, value) => Math.max(best, value), 0);
  const down = least < 0 ? niceTicks(-least).slice(1).reverse() : [];
  const up = most > 0 || least === 0 ? niceTicks(most) : [0];
  return [...down.map((tick) => -tick), ...up];
}

/** @param {number[]} ticks @param {(value: number) => number} y @param {number} width */
function tickLines(ticks, y, width) {
  return ticks.flatMap((tick) => [
    drawing("line", {
      class: "grid",
      x1: EDGE.left,
      x2: width - EDGE.right,
      y1: y(tick),
      y2: y(tick),
    }),
    drawing("text", { class: "tick end", x: EDGE.left - 8, y: y(tick) + 4 }, String(tick)),
  ]);
}
