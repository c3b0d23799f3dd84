"""Figures: a map with all weight in one cell is brightest there, and the matrix by its pixels."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest
import torch
from PIL import Image

from saccade.data.geometry import Geometry
from saccade.errors import ConfigError, DataError
from saccade.viewer.words_figure import (
    FigureOptions,
    panel,
    write_alignment_figure,
    write_caption_figure,
)
from tests.viewer.sentences import picture, pointed

PLAIN = {"side": 60, "density": 1}


def light(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("L"), dtype=np.float64)


@pytest.mark.parametrize("look", ["grey", "spotlight", "colour"])
@pytest.mark.parametrize("smooth", [True, False])
def test_all_weight_in_one_cell_is_brightest_there(tmp_path, look, smooth) -> None:
    maps = torch.eye(6)[[4, 0]]
    options = FigureOptions(**PLAIN, look=look, smooth=smooth)
    path = tmp_path / "figure.png"
    write_caption_figure(path, picture(), ["kite", "sky"], maps, (2, 3), options=options)
    sheet = light(path)
    assert sheet.shape == (12 + 40 + 24 + 12, 3 * 72 + 12)
    photo, first, second = (sheet[36:76, 12 + 72 * k : 72 + 72 * k] for k in range(3))
    assert np.ptp(photo) == 0
    for shown, cell in ((first, (1, 1)), (second, (0, 0))):
        cells = shown.reshape(2, 20, 3, 20).mean((1, 3))
        assert np.unravel_index(cells.argmax(), (2, 3)) == cell
        assert cells.max() > cells[1 - cell[0], 2] + 15


def test_what_was_cropped_away_is_dark_and_the_rest_lies_right() -> None:
    photo = np.full((40, 60, 3), 200, np.uint8)
    crop = Geometry.of((60, 40)).cropped(15, 5, (30, 30)).mirrored()
    options = FigureOptions(opacity=1.0, smooth=False)
    shown = panel(photo, np.array([[0.9, 0.1]]), crop, options)[..., 0]
    assert shown[20, 10] == shown[2, 30] == shown[20, 50] == 0
    assert shown[20, 40] == 255  # mirrored: the first cell lies right
    assert shown[20, 20] == round(255 / 9)
    assert panel(photo, np.zeros((1, 2)), crop, options).max() == 0


def test_words_fill_rows_and_the_end_is_left_out(tmp_path) -> None:
    options = FigureOptions(**PLAIN, columns=2, theme="dark")
    path = tmp_path / "figure.svg"
    maps = pointed((0, 1, 2, 3))
    write_caption_figure(path, picture(), ["a", "<b>", "연"], maps, (2, 3), options=options)
    root = ET.fromstring(path.read_text("utf-8"))
    assert (root.get("width"), root.get("height")) == ("156", str(2 * 76 + 12))
    kinds = [one.tag.rpartition("}")[2] for one in root]
    assert kinds.count("image") == 4
    assert [one.text for one in root if one.tag.endswith("text")] == [None, "a", "<b>", "연"]


def test_the_matrix(tmp_path) -> None:
    path = tmp_path / "matrix.png"
    weights = torch.tensor([[1.0, 0.0], [0.25, 0.75], [0.5, 0.5]])
    options = FigureOptions(side=160, density=1)
    write_alignment_figure(path, ["das", "Haus"], ["the", "house", "!"], weights, options)
    with Image.open(path) as image:
        sheet = np.asarray(image.convert("RGB"), dtype=int)
    height = sheet.shape[0] - 12
    left = round(5 * 0.58 * 15 + 24)
    spots = [
        [sheet[height - 60 + 20 * r + 10, left + 20 * c + 10] for c in (0, 1)] for r in range(3)
    ]
    assert spots[0][0].tolist() == [47, 91, 208]
    assert spots[0][1].tolist() == [236, 238, 242]
    assert spots[1][1].tolist() == [94, 128, 216]  # three quarters of the way
    assert (spots[2][0] == spots[2][1]).all()


def test_what_cannot_be_drawn(tmp_path) -> None:
    rest = (picture(), ["a"], pointed((0,)), (2, 3))
    with pytest.raises(ConfigError, match=r"ends in \.png or \.svg"):
        write_caption_figure(tmp_path / "a.jpg", *rest)
    with pytest.raises(DataError, match="maps of 1 words over 8 places"):
        write_caption_figure(tmp_path / "a.png", *rest[:3], (2, 4))
    with pytest.raises(DataError, match="upright photograph"):
        write_caption_figure(tmp_path / "a.png", *rest, geometry=Geometry.of((40, 60)))
    with pytest.raises(DataError, match="maps of 2 words over 6 places"):
        write_alignment_figure(tmp_path / "a.png", ["s"] * 6, ["a", "b"], pointed((0,)))
    with pytest.raises(ConfigError, match="columns from 1"):
        FigureOptions(columns=0)
    with pytest.raises(ConfigError, match="look grey"):
        FigureOptions(look="loud")
    assert not list(tmp_path.iterdir())


def test_no_words_at_all(tmp_path) -> None:
    none = torch.zeros(0, 6)
    write_caption_figure(tmp_path / "a.png", picture(), [], none, (2, 3))
    write_alignment_figure(tmp_path / "b.svg", ["a"], [], torch.zeros(0, 1))
    assert len(list(tmp_path.iterdir())) == 2
