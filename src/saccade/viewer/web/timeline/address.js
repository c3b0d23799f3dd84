/** The address that repeats the choice; everything that comes from one is checked. */

/** @import {State, Store} from "saccade/timeline/state.js" */

/** @param {string} address @returns {Partial<State>} */
function fromAddress(address) {
  const query = new URLSearchParams(address.replace(/^#/, ""));
  /** @type {Record<string, string | number>} */
  const changes = {};
  for (const name of ["epoch", "layer", "head", "opacity"]) {
    const value = query.get(name);
    if (value !== null && /^\d{1,6}$/.test(value)) changes[name] = Number(value);
  }
  if (query.get("head") === "mean") changes.head = -1;
  if (["locked", "own"].includes(query.get("scale") ?? "")) changes.scale = query.get("scale") ?? "";
  const drawing = query.get("drawing") ?? "";
  if (["patches", "smooth"].includes(drawing)) changes.drawing = drawing;
  return changes;
}

/** Keep the address and the choice equal, both ways. @param {Store} store */
export function followAddress(store) {
  let timer = 0;
  store.watch((state) => {
    const query = new URLSearchParams({
      epoch: String(state.epoch),
      layer: String(state.layer),
      head: state.head < 0 ? "mean" : String(state.head),
      scale: state.scale,
      drawing: state.drawing,
      opacity: String(state.opacity),
    });
    clearTimeout(timer);
    timer = setTimeout(() => history.replaceState(null, "", `#${query}`), 120);
  });
  addEventListener("hashchange", () => store.set(fromAddress(location.hash)));
  store.set(fromAddress(location.hash));
}
