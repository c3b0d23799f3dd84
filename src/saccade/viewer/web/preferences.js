/** Language and theme: the reader's taste, remembered by the browser and not part of a link. */
import { need } from "saccade/dom.js";
import { language, speak, word } from "saccade/words.js";

/** @param {string} name @returns {string | null} */
function remembered(name) {
  try {
    return localStorage.getItem(`saccade.${name}`);
  } catch {
    return null; // storage can be switched off for local files
  }
}

/** @param {string} name @param {string} value */
function remember(name, value) {
  try {
    localStorage.setItem(`saccade.${name}`, value);
  } catch {
    // the choice then lasts as long as the page
  }
}

const darkness = matchMedia("(prefers-color-scheme: dark)");

/** @returns {boolean} */
function isDark() {
  const theme = document.documentElement.dataset.theme;
  return theme ? theme === "dark" : darkness.matches;
}

function nameButtons() {
  const languageButton = need("language", HTMLButtonElement);
  languageButton.textContent = language() === "en" ? "한국어" : "English";
  languageButton.lang = language() === "en" ? "ko" : "en";
  need("theme", HTMLButtonElement).textContent = word(isDark() ? "toLight" : "toDark");
}

/** @param {() => void} redraw runs after every change of language or theme */
export function listenToPreferences(redraw) {
  const again = () => {
    nameButtons();
    redraw();
  };
  const spoken = remembered("language") ?? navigator.language;
  speak(spoken.startsWith("ko") ? "ko" : "en");
  const theme = remembered("theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  nameButtons();
  darkness.addEventListener("change", again);
  need("language", HTMLButtonElement).addEventListener("click", () => {
    speak(language() === "en" ? "ko" : "en");
    remember("language", language());
    again();
  });
  need("theme", HTMLButtonElement).addEventListener("click", () => {
    const next = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    remember("theme", next);
    again();
  });
}
