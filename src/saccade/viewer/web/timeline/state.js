/**
 * What the timeline shows, and who wants to know when that changes.
 *
 * @typedef {{name: string, keys: number, heads: number, grid: [number, number],
 *   even: number | null}} Layer
 * @typedef {{epoch: number, step: number, weights: string, seen: [number, number, number, number],
 *   maps: string | null, low: string, high: string, entropy: (number | null)[][],
 *   distance: (number | null)[][], top: ([string, number] | null)[]}} Frame
 *   maps, low and high are base64: layer by layer, picture by picture, the mean of heads first.
 * @typedef {{name: string, src: string}} Probe
 * @typedef {{epoch: number[], train_loss: (number | null)[], val_loss: (number | null)[],
 *   train_accuracy: (number | null)[], val_accuracy: (number | null)[]}} Table
 * @typedef {{name: string, model: string, img_size: [number, number], pictures: Probe[],
 *   layers: Layer[], frames: Frame[], table: Table,
 *   alarms: {epoch: number | null, sentence: string}[]}} Run
 * @typedef {{schema: string, title: string, runs: Run[],
 *   provenance: Record<string, string>}} Payload
 * @typedef {{epoch: number, layer: number, head: number, scale: "locked" | "own",
 *   drawing: "patches" | "smooth", opacity: number, playing: boolean}} State
 *   epoch is one of `epochs`, head -1 is the mean of heads, opacity is in percent.
 */

/** The choice, kept possible, and those who follow it. */
export class Store {
  /** @param {Payload} payload */
  constructor(payload) {
    this.payload = payload;
    const all = payload.runs.flatMap((run) => run.frames.map((frame) => frame.epoch));
    this.epochs = [...new Set(all)].sort((a, b) => a - b);
    this.layers = Math.max(...payload.runs.map((run) => run.layers.length));
    /** @type {((state: State) => void)[]} */
    this.watchers = [];
    /** @type {State} */
    this.state = {
      epoch: this.epochs[this.epochs.length - 1],
      layer: Math.max(0, this.layers - 1),
      head: -1,
      scale: "locked",
      drawing: "patches",
      opacity: 65,
      playing: false,
    };
  }

  /** @param {number} layer @returns {number} most heads that a run has there */
  heads(layer) {
    return Math.max(0, ...this.payload.runs.map((run) => run.layers[layer]?.heads ?? 0));
  }

  /** @param {(state: State) => void} watcher */
  watch(watcher) {
    this.watchers.push(watcher);
  }

  /** @param {Partial<State>} changes what cannot be is brought to what is nearest */
  set(changes) {
    const next = { ...this.state, ...changes };
    next.layer = Math.min(Math.max(0, next.layer), Math.max(0, this.layers - 1));
    next.head = Math.min(Math.max(-1, next.head), this.heads(next.layer) - 1);
    next.opacity = Math.min(Math.max(0, next.opacity), 100);
    next.epoch = nearest(this.epochs, next.epoch);
    this.state = next;
    this.refresh();
  }

  /** @param {number} by how many looks to go on or back */
  step(by) {
    const place = this.epochs.indexOf(this.state.epoch) + by;
    this.set({ epoch: this.epochs[Math.min(Math.max(0, place), this.epochs.length - 1)] });
  }

  /** Tell everyone how things stand. */
  refresh() {
    for (const watcher of this.watchers) watcher(this.state);
  }
}

/** @param {number[]} values @param {number} wanted */
export function nearest(values, wanted) {
  return values.reduce((best, one) => (Math.abs(one - wanted) < Math.abs(best - wanted) ? one : best));
}

/**
 * What a run had shown by an epoch: its last frame up to then.
 * @param {Run} run @param {number} epoch @returns {Frame | null}
 */
export function frameAt(run, epoch) {
  return run.frames.findLast((frame) => frame.epoch <= epoch) ?? null;
}
