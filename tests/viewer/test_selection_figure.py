"""The figure of a selection: strips, dots in the colours of classes, the mask below."""

import xml.etree.ElementTree as ET
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from saccade.classic.selection import select_features
from saccade.data.bundled_tables import four_features
from saccade.errors import ConfigError, ShapeError
from saccade.viewer.selection_figure import (
    _COLOURS,
    MOST_FEATURES,
    MOST_ROWS,
    FigureWords,
    write_selection_figure,
)

LESSON = four_features()


def parts(path):
    root = ET.fromstring(path.read_text("utf-8"))
    fills = Counter(one.get("fill") for one in root if one.tag.endswith("rect"))
    texts = [one.text for one in root if one.tag.endswith("text")]
    return fills, texts


def test_the_lesson(tmp_path):
    found = select_features(LESSON.values, LESSON.labels, k=2, names=LESSON.names)
    path = tmp_path / "four.svg"
    write_selection_figure(path, LESSON.values, LESSON.labels, found, table="parts")
    fills, texts = parts(path)
    assert texts[0] == "parts: 2 of 4 features by fisher"
    assert [text for text in texts if text in ("0", "1")] == ["0", "1", "1", "0"]
    for bright, faded in _COLOURS[:2]:  # two strips and the two best; a mark of the legend
        assert fills[bright] == 3 * 60 + 1
        assert fills[faded] == 2 * 60
    assert texts.count("x2") == texts.count("x3") == 2  # below its strip, and along an axis


def test_png_has_the_same_size(tmp_path):
    found = select_features(LESSON.values, LESSON.labels, k=1)
    for name in ("a.png", "a.svg"):
        write_selection_figure(tmp_path / name, LESSON.values, LESSON.labels, found, density=1)
    root = ET.fromstring((tmp_path / "a.svg").read_text("utf-8"))
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (int(root.get("width")), int(root.get("height")))
        colours = {tuple(pixel) for pixel in np.asarray(image).reshape(-1, 3)}
    blue, red = ((47, 91, 208), (211, 56, 47))
    assert {blue, red} <= colours


def test_large_tables_gaps_and_infinite_scores(tmp_path):
    draw = np.random.default_rng(0)
    y = np.repeat(["one", "two"], [500, 20])
    x = draw.normal(size=(520, 20))
    x[:, 3] = y == "two"
    x[:, 5] = 1.0
    x[0, 7] = np.nan
    found = select_features(x, y, k=2, missing="features")
    path = tmp_path / "a.svg"
    write_selection_figure(path, x, y, found, words=FigureWords(more="{count} fehlen"))
    fills, texts = parts(path)
    assert "8 fehlen" in texts
    assert "∞" in texts
    assert "nan" not in path.read_text("utf-8")
    assert fills[_COLOURS[0][1]] == (MOST_FEATURES - 2) * MOST_ROWS
    assert fills[_COLOURS[1][1]] == (MOST_FEATURES - 2) * 20


def test_what_cannot_be_drawn(tmp_path):
    found = select_features(LESSON.values, LESSON.labels, k=2)
    with pytest.raises(ConfigError, match=r"a file that ends in .png or .svg"):
        write_selection_figure(tmp_path / "a.pdf", LESSON.values, LESSON.labels, found)
    with pytest.raises(ShapeError, match="120 rows and 4 features"):
        write_selection_figure(tmp_path / "a.svg", LESSON.values[:, :3], LESSON.labels, found)
