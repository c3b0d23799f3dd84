/** The pictures and sentences to choose from; shown when there are several. */
import { element, need } from "saccade/dom.js";

/** @import {Item, Store} from "saccade/words/state.js" */

/** @param {Store} store */
export function showItems(store) {
  const strip = need("strip", HTMLElement);
  const { items } = store.payload;
  strip.hidden = items.length < 2;
  const buttons = items.map((item, index) => {
    const button = element("button", { type: "button", title: titleOf(item) }, ...inside(item));
    button.addEventListener("click", () => store.set({ item: index }));
    return button;
  });
  strip.append(...buttons);
  strip.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    store.set({ item: store.state.item + step });
    buttons[store.state.item].focus();
  });
  store.watch((state) => {
    for (const [index, button] of buttons.entries()) {
      const chosen = index === state.item;
      button.setAttribute("aria-current", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
      if (chosen) reveal(strip, button);
    }
  });
}

/** @param {Item} item */
function titleOf(item) {
  return item.kind === "question" ? `${item.name}: ${item.question.join(" ")}` : item.name;
}

/** @param {Item} item @returns {Node[]} */
function inside(item) {
  if (item.kind === "translation") {
    return [element("span", { class: "lines" }, item.source.join(" "))];
  }
  const image = element("img", { src: item.src, alt: "", decoding: "async" });
  image.classList.toggle("tiny", Math.max(item.width, item.height) < 100);
  const told = item.kind === "question" ? item.question.join(" ") : item.name;
  return [image, element("span", {}, told)];
}

/** Scroll the strip, never the page. @param {HTMLElement} strip @param {HTMLElement} button */
function reveal(strip, button) {
  const left = button.offsetLeft - strip.offsetLeft;
  const right = left + button.offsetWidth;
  if (left < strip.scrollLeft) strip.scrollLeft = left - 8;
  else if (right > strip.scrollLeft + strip.clientWidth) {
    strip.scrollLeft = right - strip.clientWidth + 8;
  }
}
