/**
 * What the page of words shows, and who wants to know when that changes.
 *
 * @import {Block, Picture} from "saccade/types.js"
 *
 * @typedef {{words: string[], text: string, score: number | null,
 *   probabilities: (number | null)[], finished: boolean, rows: number, maps: Block | null,
 *   sharpness: number[], coverage: number[], together: number | null}} Sentence
 *   maps are (rows places); a row more than words belongs to the end; together
 *   is the coverage of their mean.
 * @typedef {Pick<Picture, "name" | "src" | "width" | "height" | "box">
 *   & {grid: [number, number]}} Photo
 * @typedef {Photo & {kind: "caption", hypotheses: Sentence[], truths: string[]}} Caption
 * @typedef {{kind: "translation", name: string, source: string[], hypotheses: Sentence[],
 *   truths: string[]}} Translation
 * @typedef {Photo & {kind: "question", question: string[], answers: [string, number][],
 *   truth: string | null, read: Block | null, hypotheses: Sentence[]}} Question
 *   the words of its one hypothesis are the passes over the picture.
 * @typedef {Caption | Translation | Question} Item
 * @typedef {{schema: string, title: string, items: Item[],
 *   provenance: Record<string, string>}} Payload
 * @typedef {{item: number, hypothesis: number, word: number, place: number,
 *   look: "spotlight" | "grey" | "dusk", drawing: "smooth" | "patches", scale: "own" | "shared",
 *   opacity: number}} State
 *   word -1 is all words together, place -1 is none; a place is a cell row by row, or a source word.
 * @typedef {{word: number, place: number}} Seen what is chosen, or for now under the pointer
 */

/** The choice, kept possible, and those who follow it. */
export class Store {
  /** @param {Payload} payload */
  constructor(payload) {
    this.payload = payload;
    /** @type {((state: State) => void)[]} */
    this.watchers = [];
    /** @type {((seen: Seen) => void)[]} */
    this.followers = [];
    /** @type {Partial<Seen>} */
    this.hover = {};
    /** @type {State} */
    this.state = {
      item: 0,
      hypothesis: 0,
      word: -1,
      place: -1,
      look: "spotlight",
      drawing: "smooth",
      scale: "own",
      opacity: 80,
    };
  }

  /** @returns {Item} */
  get item() {
    return this.payload.items[this.state.item];
  }

  /** @returns {Sentence} */
  get sentence() {
    return this.item.hypotheses[this.state.hypothesis];
  }

  /** @returns {Seen} */
  get seen() {
    const { word, place } = this.hover;
    return { word: word ?? this.state.word, place: place ?? this.state.place };
  }

  /** @param {(state: State) => void} watcher runs when the choice changed */
  watch(watcher) {
    this.watchers.push(watcher);
  }

  /** @param {(seen: Seen) => void} follower runs then too, and when the pointer moves on */
  follow(follower) {
    this.followers.push(follower);
  }

  /** @param {Partial<State>} changes what cannot be is brought to what is nearest */
  set(changes) {
    const next = { ...this.state, ...changes };
    next.item = held(next.item, 0, this.payload.items.length - 1);
    const item = this.payload.items[next.item];
    if (next.item !== this.state.item)
      Object.assign(next, { hypothesis: 0, word: -1, place: -1 }, changes, { item: next.item });
    next.hypothesis = held(next.hypothesis, 0, item.hypotheses.length - 1);
    next.word = held(next.word, -1, tokens(item.hypotheses[next.hypothesis]) - 1);
    next.place = held(next.place, -1, places(item) - 1);
    next.opacity = held(next.opacity, 0, 100);
    this.state = next;
    this.hover = {};
    this.refresh();
  }

  /** @param {Partial<Seen>} hover what the pointer is over; nothing of it is kept */
  point(hover) {
    if (hover.word === this.hover.word && hover.place === this.hover.place) return;
    this.hover = hover;
    for (const follower of this.followers) follower(this.seen);
  }

  /** Tell everyone how things stand. */
  refresh() {
    for (const watcher of this.watchers) watcher(this.state);
    for (const follower of this.followers) follower(this.seen);
  }
}

/** @param {number} value @param {number} least @param {number} most */
function held(value, least, most) {
  return Math.min(Math.max(least, value), Math.max(least, most));
}

/** @param {Sentence} sentence @returns {number} words, and the end where that has a map */
export function tokens(sentence) {
  return Math.max(sentence.words.length, sentence.rows);
}

/** @param {Item} item @returns {number} cells, or source words */
export function places(item) {
  return item.kind === "translation" ? item.source.length : item.grid[0] * item.grid[1];
}
