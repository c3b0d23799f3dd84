"""Pictures, sentences and questions with maps that are known by hand."""

import torch
from PIL import Image

from saccade.data.geometry import Geometry
from saccade.viewer.words_page import AlignmentView, QuestionView, Sentence, WordPicture

GRID = (2, 3)
WORDS = ("a", "red", "kite")
# Each word reads one cell with 0.75 and all others with 0.05.
SPOTS = (0, 4, 5)


def pointed(spots, places=6):
    """One row a word: 0.75 at its place, the rest shared."""
    rest = 0.25 / (places - 1)
    maps = torch.full((len(spots), places), rest)
    for row, spot in enumerate(spots):
        maps[row, spot] = 0.75
    return maps


def picture(width=60, height=40):
    return Image.new("RGB", (width, height), (200, 200, 200))


def caption(name="kite.png", *, cropped=False, **changes):
    """A photograph of 60 by 40 pixels whose cells are 20 pixels wide, or its middle third."""
    geometry = Geometry.of((60, 40))
    if cropped:
        geometry = geometry.cropped(15, 5, (30, 30)).mirrored()
    best = Sentence(words=WORDS, maps=pointed(SPOTS), score=-1.5, probabilities=(0.5, 0.25, 0.125))
    other = Sentence(words=("a", "<b>&연"), maps=pointed((1, 2, 3)), score=-2.5, finished=False)
    given = {"hypotheses": (best, other), "truths": ("a kite that is red",), **changes}
    return WordPicture(name=name, picture=picture(), geometry=geometry, grid=GRID, **given)


def translation(**changes):
    source = ("나는", "친구를", "만났다")
    written = ("i", "met", "a", "friend")
    best = Sentence(words=written, maps=pointed((0, 2, 1, 1), 3), score=-0.5)
    return AlignmentView(source=source, hypotheses=changes.pop("hypotheses", (best,)), **changes)


def question(**changes):
    given = {
        "question": ("what", "colour", "?"),
        "answers": (("red", 0.75), ("blue", 0.25)),
        "maps": pointed((1, 4)),
        "read": pointed((0, 1), 3),
        "truth": "red",
        **changes,
    }
    geometry = Geometry.of((60, 40))
    return QuestionView(name="q.png", picture=picture(), geometry=geometry, grid=GRID, **given)


def shades(view, place="#written .word"):
    script = """(nodes) => nodes.map((one) => one.style.getPropertyValue("--shade"))"""
    return view.page.eval_on_selector_all(place, script)


def brightest(view):
    """Row and column of six cells of the stage, by their mean light."""
    script = """() => {
      const canvas = document.getElementById("picture");
      const copy = new OffscreenCanvas(canvas.width, canvas.height);
      const context = copy.getContext("2d", { willReadFrequently: true });
      context.drawImage(canvas, 0, 0);
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      const sums = [0, 0, 0, 0, 0, 0];
      for (let i = 0; i < data.length; i += 4) {
        const [x, y] = [(i / 4) % canvas.width, Math.floor(i / 4 / canvas.width)];
        const cell = 3 * Math.floor((2 * y) / canvas.height) + Math.floor((3 * x) / canvas.width);
        sums[cell] += data[i];
      }
      return sums.indexOf(Math.max(...sums));
    }"""
    return view.page.evaluate(script)
