/** Every phrase of the page in English; korean.js has the same keys. */

/** @type {Record<string, string>} */
export const ENGLISH = {
  skip: "Skip to the picture",
  help: "Help",
  close: "Close",
  keys: "Keys",
  reading: "How to read the maps",
  toDark: "Dark",
  toLight: "Light",
  broken: "This report cannot be shown: {message}.",
  noPictures: "This report holds no pictures. What could be said about the model stands below.",
  modelLine:
    "{name} · {millions} M parameters · {height} × {width} px in {rows} × {columns} patches · " +
    "{depth} layers × {heads} heads",
  modelLineLayers:
    "{name} · {millions} M parameters · {height} × {width} px · {layers} maps of its layers",
  pictures: "Pictures",
  pictureAndMap: "Picture and map",
  stage: "Picture with its map. Arrow keys move the query patch; press ? for all keys.",
  pictureSize: "{width} × {height} px",
  seenWhole: "the model saw the whole picture",
  seenCropped: "dimmed: outside the model's view",
  unreadable: "The browser cannot decode this picture; the map is drawn without it.",
  noAttention:
    "The attention of single heads was left out for this picture to keep the file small. " +
    "The rollout over all layers is shown instead.",
  noMaps: "Neither attention nor rollout was stored for this picture, so there is no map to show.",
  map: "Map",
  source: "Source",
  "source.attention": "Attention",
  "source.rollout": "Rollout",
  layer: "Layer",
  "layer.down": "Layer before",
  "layer.up": "Next layer",
  head: "Head",
  "head.down": "Head before",
  "head.up": "Next head",
  headMean: "mean of heads",
  headNumber: "head {head}",
  layerAndHead: "layer {layer}, {head}",
  rolloutName: "rollout over all layers",
  direction: "Read",
  "direction.row": "What it looks at",
  "direction.column": "Who looks at it",
  query: "Query",
  queryHint: "or click a patch",
  queryHintAlone: "click a patch",
  classToken: "class token",
  prefixToken: "token “{name}”",
  scale: "Scale",
  "scale.own": "0 to this map's maximum",
  "scale.range": "this map's minimum to maximum",
  "scale.unit": "fixed, 0 to 1",
  "scale.heads": "same for all heads of the layer",
  colours: "Colours",
  "colours.dusk": "Dusk",
  "colours.ember": "Ember",
  "colours.grey": "Grey",
  drawing: "Drawing",
  "drawing.patches": "Patches",
  "drawing.smooth": "Smooth",
  opacity: "Opacity",
  savePicture: "Save PNG",
  saveValues: "Save CSV",
  overview: "All layers and heads",
  overviewLabel: "Matrix of small maps, layers by heads. Arrow keys choose layer and head.",
  howOverview:
    "Rows are layers from the first to the last, columns are heads; x̄ is the mean of heads. " +
    "Every small map answers the same query.",
  spot: "{name} · maximum {largest}",
  predictions: "Predictions",
  truthRight: "Label: {label}. The prediction is right.",
  truthWrong: "Label: {label}. The prediction is wrong.",
  queryRow: "Reader (query)",
  queryColumn: "Read patch (key)",
  underPointer: "Under the pointer",
  prefixRow: "Prefix tokens read",
  prefixColumn: "Prefix tokens reading it",
  strongest: "Largest value",
  patch: "patch row {row}, column {column}",
  pixels: "source pixels x {left}–{right}, y {top}–{bottom}",
  pixel: "source pixel x {x}, y {y}",
  padding: "padding around the picture",
  outside: "outside the model's view",
  pointerNowhere: "move over the picture to read values",
  received: "received from all queries together {value}; uniform attention gives 1",
  together: "together {value}",
  onPatches: "left for the patches {value}",
  colourBar: "Colour scale from {low} to {high}",
  "unit.attention.row": "share of the query's attention (all tokens together: 1)",
  "unit.attention.column": "share of each query's own attention that goes here",
  "unit.rollout.row": "share of the query's reading (all tokens together: 1)",
  "unit.rollout.column": "share of each query's own reading that comes from here",
  "how.attention.row":
    "Each patch shows how much of the query's attention goes to it. The weights of one query add " +
    "up to 1 over all tokens, prefix tokens included.",
  "how.attention.column":
    "Each patch, taken as a query, shows how much of its own attention goes to the chosen token. " +
    "These values need not add up to 1.",
  "how.rollout.row":
    "Rollout multiplies the mean attention of all layers, skip connections included: how much of " +
    "each input patch could have reached the query. A bright own patch is normal.",
  "how.rollout.column":
    "How much of the chosen input token could have reached each token of the last layer, through " +
    "all layers.",
  "how.none.row": "",
  "how.none.column": "",
  honest:
    "Attention is not a reason. A map shows where the model reads, not why it decided: it is the " +
    "same for every class, and strong attention can carry little. Treat it as a hint to test.",
  belief: "Should I believe this map?",
  "belief.believable":
    "It passed every test here. The class follows the parts that the map marks (deletion " +
    "{deletion}, random order {deletionRandom}; insertion {insertion}, random order " +
    "{insertionRandom}), the map depends on what the model has learned, and a move of one pixel " +
    "leaves it. That is no proof: it is a hint that held.",
  "belief.random":
    "No: it is not clearly better than a random order. Taking parts away in the map's order " +
    "leaves {deletion} of the class (random order {deletionRandom}), putting them in gives " +
    "{insertion} (random order {insertionRandom}).",
  "belief.weights":
    "No: it hardly depends on what the model has learned. With redrawn weights the map stays " +
    "alike (correlation {weights}), so it shows the picture or the architecture.",
  "belief.unstable":
    "Careful: it is unstable. When the picture moves by one pixel the map changes (correlation " +
    "{shift}).",
  "belief.unmeasured": "Not every test could be made for this map; see below.",
  "belief.quick":
    "These maps were not tested (--quick). Leave --quick out to see whether they can be believed.",
  "belief.test": "Test",
  "belief.thisMap": "This map",
  "belief.chance": "Random order",
  "belief.good": "Good is",
  "belief.curves": "Insertion and deletion",
  "belief.test.insertion": "Insertion",
  "belief.test.deletion": "Deletion",
  "belief.test.weights": "Redrawn weights",
  "belief.test.shift": "Moved by 1 px",
  "belief.good.insertion": "above random",
  "belief.good.deletion": "below random",
  "belief.good.weights": "near 0",
  "belief.good.shift": "near 1",
  "belief.unmade": "{test} could not be tested: {reason}",
  "belief.all":
    "All {count} tested pictures, mean ± spread: insertion {insertion} (random order " +
    "{insertionRandom}), deletion {deletion} (random order {deletionRandom}), redrawn weights " +
    "{weights}, moved by 1 px {shift}. On average: {verdict}.",
  "belief.short.believable": "believable, as far as these tests go",
  "belief.short.random": "not clearly better than a random order",
  "belief.short.weights": "does not depend on the weights",
  "belief.short.unstable": "unstable",
  "belief.short.unmeasured": "not fully tested",
  "belief.map": "{method}; the tests follow the class “{name}”",
  "belief.method.rollout": "Rollout over all layers, for the tokens that the answer is made of",
  "belief.method.gradcam": "Grad-CAM, as rollout is not defined for this model",
  "belief.chart.insertion": "Insertion: the picture comes, its brightest parts first",
  "belief.chart.deletion": "Deletion: the picture goes, its brightest parts first",
  "belief.share": "share of the picture (dashed: random order)",
  "belief.cost":
    "Cost: {steps} steps and {draws} random orders, {passes} forward passes and 6 more maps a " +
    "picture, {seconds} s for {count} pictures. saccade inspect --quick leaves it out.",
  "how.belief":
    "Insertion and deletion: area under the probability of the class while the parts of the " +
    "picture come or go in the map's order, beside random orders of the same parts. Redrawn " +
    "weights and moved by 1 px: rank correlation with the map that a model of random weights " +
    "gives, and with the map of the moved picture. The map tested is the one shown here, not " +
    "the heads above. The limits between good and bad are choices: docs/explain.md has them.",
  spokenRow: "{map}, query {token}. Largest {best}. {prefix}.",
  spokenColumn: "{map}, who looks at {token}. Largest {best}. {prefix}.",
  layersTitle: "Maps of the layers",
  sheetStage:
    "Picture with the map of a layer. Click a point or use the arrow keys to choose the query; " +
    "[ and ] choose the layer.",
  sheet: "Layer",
  "sheet.down": "Layer before",
  "sheet.up": "Next layer",
  part: "Part",
  "part.down": "Part before",
  "part.up": "Next part",
  "part.head": "head {number}",
  "part.channel_group": "channel group {number}",
  "part.pass": "pass {number}",
  "part.channel": "channel {number}",
  "whole.mean": "mean of all",
  "whole.composed": "all passes, one after the other",
  "whole.all": "all of them",
  "whole.single": "the whole map",
  "kind.bars": "channels",
  "kind.heat": "positions",
  "kind.queries": "queries",
  "kind.mesh": "sampled grid",
  "kind.boxes": "glimpses",
  "how.bars":
    "One bar a channel: by how much this layer passes it on in this picture. Point at a bar, or " +
    "focus the chart and use the arrow keys, to read its value.",
  "how.heat": "Each cell shows how much this layer passes on at that position of the picture.",
  "how.queries":
    "Click a point, or move it with the arrow keys. Each cell shows the weight that the layer " +
    "gives to it when it computes that point. Cells without a weight were not read.",
  "how.mesh":
    "The grid shows where in the picture the layer took its output from. The dot marks the upper " +
    "left corner of the output.",
  "how.boxes":
    "What the model looked at, numbered in the order of time from 0, dark to bright. Boxes around " +
    "each other are the scales of one glimpse.",
  "axis.head": "head",
  "axis.channel_group": "channel group",
  "axis.query": "query",
  "axis.key": "key",
  "axis.channel": "channel",
  "axis.row": "row",
  "axis.column": "column",
  "axis.coordinate": "coordinate",
  "axis.time": "time",
  "axis.scale": "scale",
  "axis.edge": "edge",
  "axis.pass": "pass",
  queriesStored:
    "Of {rows} × {columns} queries {a} × {b} are stored; the nearest one is shown.",
  partsStored: "Of {parts} single maps {stored} are stored.",
  sheetLeftOut: "This map was left out to keep the file small.",
  gridWords: "grid of {rows} × {columns}",
  entropyWords: "mean entropy {value} nats, evenly spread {uniform}",
  cell: "row {row}, column {column}",
  channel: "channel",
  channelNumber: "channel {channel}",
  barsLabel: "Value of each channel. Arrow keys read single channels.",
  barsMean: "{channels} channels, mean {mean}",
  barsChannel: "channel {channel}: {value}",
  distance: "Attention distance by depth",
  distanceUnit: "px",
  distanceAxis: "mean distance, model pixels",
  distanceChartLabel: "Mean attention distance of {heads} heads in each of {depth} layers",
  "how.distance":
    "How far a head looks on average: the distance between a patch and the patches it reads, " +
    "weighted by attention. Low dots read nearby, high dots read across the picture; the dashed " +
    "line is a head that reads everywhere alike. Bars: one standard deviation over the pictures.",
  entropy: "Attention entropy by depth",
  entropyUnit: "nats",
  entropyAxis: "mean entropy, nats",
  entropyChartLabel: "Mean attention entropy of {heads} heads in each of {depth} layers",
  "how.entropy":
    "How spread out a head reads. Zero means all attention on one token; the dashed line, the " +
    "logarithm of the number of tokens, means no preference at all.",
  uniform: "uniform attention",
  dot: "{map}: {value} {unit}, ± {spread} over the pictures",
  dotMean: "{map}: {value} {unit}",
  dotHere: "this picture {value} {unit}",
  filters: "Patch-embedding filters",
  "how.filters":
    "The principal components of the filters that turn pixels into patch tokens, with the share " +
    "of variance each explains. Trained models show smooth patterns, edges and colours; noise is " +
    "a sign of little training.",
  positions: "Position similarity",
  "how.positions":
    "One tile a patch position: the cosine similarity of its learned position to every other. " +
    "Click a tile to enlarge it. Where neighbours are alike, the model has learned the grid.",
  similarity: "{from} with {to}: {value}",
  similarityHint: "Enlarged: {from}. Colours run from {low} to {high}.",
  mosaicLabel: "{count} tiles of position similarity",
  notes: "Notes",
  skipped: "Files left out",
  provenance: "Where this comes from",
  "provenance.saccade": "saccade",
  "provenance.torch": "torch",
  "provenance.date": "date",
  "provenance.command": "command",
  "provenance.checkpoint": "checkpoint",
  offline:
    "This page is one file. It loads nothing and sends nothing; the address bar holds the " +
    "current choice, so a copied address opens the same view.",
  "key.move": "move the query patch",
  "key.layer": "layer before, next layer",
  "key.head": "head before, next head; after the last head comes their mean",
  "key.picture": "next picture, picture before",
  "key.class": "class token as the query; again for the next prefix token",
  "key.rollout": "attention or rollout",
  "key.direction": "what it looks at, or who looks at it",
  "key.help": "this help",
  "key.sheet": "in the maps of the layers: move the query, choose layer and part",
  "help.map":
    "Choose a query: click a patch or take the class token. The map answers which patches that " +
    "query reads, in one head of one layer. Rows, columns, layers and heads count from 0.",
  "help.rollout":
    "Rollout follows the reading through all layers, with the heads averaged and half of each " +
    "layer passed on unchanged. It smooths away what single heads do.",
  "help.layers":
    "Maps of the layers show what each mechanism of the model does with the picture: which " +
    "channels it opens, which positions, where it samples, and for a chosen point which others " +
    "it reads. A layer's map covers the whole of what the model saw.",
  "help.numbers":
    "Numbers show four digits. Attention is stored with 16 bits relative to the largest weight " +
    "of its row, so values far below that maximum are coarser. Colours count patches only; prefix " +
    "tokens are listed as numbers.",
};
