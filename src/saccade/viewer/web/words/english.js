/** Every phrase of the page of words in English; korean.js has the same keys. */

/** @type {Record<string, string>} */
export const ENGLISH = {
  "wd.skip": "Skip to the words",
  "wd.items": "Pictures and sentences",
  "wd.count.caption": "{count} captioned",
  "wd.count.translation": "{count} translated",
  "wd.count.question": "{count} answered",
  "wd.written.caption": "Caption",
  "wd.written.translation": "Translation",
  "wd.written.question": "Passes over the picture",
  "wd.read.caption": "Read",
  "wd.read.translation": "Source",
  "wd.read.question": "Question",
  "wd.all": "all words",
  "wd.allHops": "all passes",
  "wd.hop": "pass {hop}",
  "wd.end": "(end)",
  "wd.cell": "row {row}, column {column}",
  "wd.spoken": "{word}, mostly from {place}, {share}",
  "wd.unfinished": "The search ended before the sentence did; this is its best unfinished one.",
  "wd.blind": "This model has no attention over its input, so no word has a map.",
  "wd.stage":
    "Photograph with a map. Arrow keys move the cell, Enter goes to the word that looked there most.",
  "wd.matrix":
    "Alignment: a row for each written word, a column for each source word. Arrow keys move.",
  "wd.toldWord": "“{word}” looked at {places}",
  "wd.toldRead": "“{word}” read {places}",
  "wd.toldPlace": "{place}: {words}",
  "wd.toldCell": "“{word}” read “{source}” at {share}",
  "wd.scaleAbout": "Colours of the weights",
  "wd.hypotheses": "Hypotheses",
  "wd.answers": "Answers",
  "wd.truths.caption": "What people wrote",
  "wd.truths.translation": "Translated by people",
  "wd.right": "Right answer",
  "wd.wrong": "Right answer (missed)",
  "wd.controls": "Map",
  "wd.look": "Look",
  "wd.look.spotlight": "spotlight",
  "wd.look.grey": "grey",
  "wd.look.dusk": "colour",
  "wd.drawing": "Drawing",
  "wd.drawing.smooth": "smooth",
  "wd.drawing.patches": "cells",
  "wd.scale": "Scale",
  "wd.scale.own": "each its own",
  "wd.scale.shared": "all words alike",
  "wd.opacity": "Opacity",
  "wd.save": "Keep",
  "wd.saveView": "This view",
  "wd.saveWords": "All maps",
  "wd.saveNumbers": "Weights",
  "wd.viewPng": "This view as PNG",
  "wd.viewSvg": "This view as SVG",
  "wd.wordsPng": "All maps as PNG",
  "wd.wordsSvg": "All maps as SVG",
  "wd.numbersCsv": "Weights as CSV",
  "wd.tiles.caption": "Map of each word",
  "wd.tiles.question": "Map of each pass",
  "wd.sharp": "sharpness",
  "wd.cover": "coverage",
  "wd.numbers": "Numbers of each word",
  "wd.col.word": "word",
  "wd.col.probability": "probability",
  "wd.col.sharpness": "sharpness",
  "wd.col.coverage": "coverage",
  "wd.strongest.cell": "strongest cell",
  "wd.strongest.source": "strongest source word",
  "wd.key.word": "word",
  "wd.key.hypothesis": "hypothesis",
  "wd.key.item": "picture or sentence",
  "wd.key.all": "all words",
  "wd.key.stage": "to the picture: arrows move a cell",
  "wd.how.caption":
    "Point at a word to see where the model looked while it wrote it; point at the picture to see " +
    "which words looked there: the stronger the colour, the more. A click keeps either.",
  "wd.how.translation":
    "A row is a written word, a column a source word, and a cell is how much of the row's attention " +
    "the source word got. Point at a word or a cell; a click keeps it.",
  "wd.how.question":
    "Each pass over the picture has a map of its own. Point at a pass to see where it looked, or " +
    "at the picture to see which passes looked there.",
  "wd.howNumbers":
    "Sharpness is 1 − H / ln n, where H is the entropy of the weights over the n places: 0 is " +
    "spread evenly, 1 is one single place. Coverage is how much of an even map the map fills, the " +
    "sum of min(weight, 1 / n): 100 % is spread evenly. All words together have their mean map.",
  "wd.honest":
    "A map shows which places the model weighted when it wrote the word. It is not by itself the " +
    "reason for the word.",
};
