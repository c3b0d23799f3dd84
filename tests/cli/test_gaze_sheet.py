"""The sheet of pictures: which, and what stands in it."""

import numpy as np
import pytest
import torch
from PIL import Image

from saccade.cli.gaze_sheet import chosen_pictures, write_sheet
from saccade.data.fixations import read_fixations
from saccade.explanation.gaze_comparison import GazeRow, compare_gaze, gaze_pictures


def ranked(count):
    scores = {f"p{number}": {"nss": float(-number)} for number in range(count)}
    low = {f"p{number}": {"nss": -99.0} for number in range(count)}
    rows = [GazeRow("a", "method", low), GazeRow("b", "method", scores)]
    return [*rows, *(GazeRow(row.name, "centred", row.scores) for row in rows)]


@pytest.mark.parametrize(
    ("count", "expected"), [(1, ["p0"]), (3, ["p0", "p1", "p6"]), (9, [f"p{n}" for n in range(7)])]
)
def test_the_best_and_the_worst_of_the_best_map(count, expected) -> None:
    assert chosen_pictures(ranked(7), count) == expected


def test_a_line_of_pictures(tmp_path) -> None:
    path = tmp_path / "p.png"
    Image.new("RGB", (100, 50), (200, 200, 200)).save(path)
    (tmp_path / "looks.csv").write_text("image,x,y\np,25,25\n")
    pictures = gaze_pictures([path], read_fixations(tmp_path / "looks.csv"), sigma=5)
    sources = {
        "a map of a very long name, longer than its picture": lambda _path, _picture: (
            torch.linspace(0, 1, 50).expand(20, -1)
        )
    }
    rows, _ = compare_gaze(pictures, sources)
    write_sheet(tmp_path / "sheet.png", ["p"], pictures, sources, rows)
    with Image.open(tmp_path / "sheet.png") as drawn:
        sheet = np.asarray(drawn.convert("RGB")).astype(int)
    assert sheet.shape == (130, 624, 3)
    photograph, people, ramp = (sheet[24:124, left : left + 200] for left in (6, 212, 418))
    assert photograph[50, 100].tolist() == [200, 200, 200]
    assert photograph[48, 50].tolist() != [200, 200, 200]  # the ring around the fixation
    brightest = people.sum(axis=2).argmax()
    assert abs(brightest // 200 - 50) < 8
    assert abs(brightest % 200 - 50) < 8
    assert ramp[50, 190].sum() > ramp[50, 10].sum()
    assert sheet[10, 6:].min() < 100  # titles are written
    assert sheet[:24, 618:].min() == 255  # and none runs out of its picture
