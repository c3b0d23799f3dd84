/** Small, typed steps with the document. Text always goes in as text, never as markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * The element with an id, which must exist and be of the right kind.
 * @template {Element} T @param {string} id @param {new () => T} kind @returns {T}
 */
export function need(id, kind) {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`expected ${kind.name} #${id}, got ${found}`);
}

/**
 * A new element with attributes and children.
 * @template {keyof HTMLElementTagNameMap} T @param {T} tag
 * @param {Record<string, string | number | boolean>} attributes false leaves an attribute out
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  setAttributes(made, attributes);
  made.append(...children);
  return made;
}

/**
 * A new drawing element.
 * @template {keyof SVGElementTagNameMap} T @param {T} tag
 * @param {Record<string, string | number | boolean>} attributes
 * @param {(Node | string)[]} children
 * @returns {SVGElementTagNameMap[T]}
 */
export function drawing(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  setAttributes(made, attributes);
  made.append(...children);
  return made;
}

/** @param {Element} target @param {Record<string, string | number | boolean>} attributes */
function setAttributes(target, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) target.setAttribute(name, value === true ? "" : String(value));
  }
}

/** @param {HTMLCanvasElement} canvas @returns {CanvasRenderingContext2D} */
export function brush(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("expected a 2d canvas, got none");
  return context;
}

/**
 * A canvas holding an image of the given size that `fill` paints.
 * @param {number} width @param {number} height @param {(image: ImageData) => void} fill
 */
export function paintedCanvas(width, height, fill) {
  const canvas = element("canvas", { width, height });
  const context = brush(canvas);
  const image = context.createImageData(width, height);
  fill(image);
  context.putImageData(image, 0, 0);
  return canvas;
}

/**
 * A value as people read it: four significant digits.
 * @param {number} value
 */
export function figure(value) {
  return value === 0 ? "0" : value.toPrecision(4);
}

/** @param {number} value @returns {string} a share in percent with one decimal */
export function percent(value) {
  return `${(100 * value).toFixed(1)} %`;
}

/**
 * Run `work` once in the next frame, however often it is asked for.
 * @param {() => void} work
 */
export function onceAFrame(work) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      work();
    });
  };
}
