/** The address that repeats the choice; everything that comes from one is checked. */

/** @import {State, Store} from "saccade/words/state.js" */

/** @type {Record<string, string[]>} */
const NAMES = {
  look: ["spotlight", "grey", "dusk"],
  drawing: ["smooth", "patches"],
  scale: ["own", "shared"],
};

/** @param {string} address @returns {Partial<State>} */
function fromAddress(address) {
  const query = new URLSearchParams(address.replace(/^#/, ""));
  /** @type {Record<string, string | number>} */
  const changes = {};
  for (const name of ["item", "hypothesis", "word", "place", "opacity"]) {
    const value = query.get(name) ?? "";
    if (/^\d{1,6}$/.test(value)) changes[name] = Number(value);
  }
  for (const [name, values] of Object.entries(NAMES)) {
    const value = query.get(name) ?? "";
    if (values.includes(value)) changes[name] = value;
  }
  return changes;
}

/** Keep the address and the choice equal, both ways. @param {Store} store */
export function followAddress(store) {
  let timer = 0;
  store.watch((state) => {
    const kept = Object.entries(state).filter(([, value]) => value !== -1);
    const query = new URLSearchParams(kept.map(([name, value]) => [name, String(value)]));
    clearTimeout(timer);
    timer = setTimeout(() => history.replaceState(null, "", `#${query}`), 120);
  });
  addEventListener("hashchange", () =>
    store.set({ word: -1, place: -1, ...fromAddress(location.hash) }),
  );
  store.set(fromAddress(location.hash));
}
