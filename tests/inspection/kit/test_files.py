"""Tables and drawings on disk."""

import csv

import pytest
import torch
from PIL import Image

from saccade.errors import OutputError
from saccade.inspection.kit.files import save, save_all
from saccade.inspection.kit.findings import Findings
from saccade.inspection.kit.spreads import summarize


def test_a_table_and_drawings(tmp_path) -> None:
    found = Findings(
        ["picture", "x"], [["고양이, 1.png", 0.5], ["b", 2]], {"chart": Image.new("RGB", (3, 2))}
    )
    files = save(found, tmp_path / "new", "entropy")
    assert [file.name for file in files] == ["entropy.csv", "entropy_chart.png"]
    with files[0].open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [["picture", "x"], ["고양이, 1.png", "0.5"], ["b", "2"]]
    with Image.open(files[1]) as picture:
        assert picture.size == (3, 2)


def test_means_stand_beside_a_table_of_each_picture_and_all_on_one_page(tmp_path) -> None:
    summary = summarize(("head",), [(0,)], ("mass",), torch.tensor([[[0.5]], [[1.5]]]))
    table = Findings(["picture", "mass"], [["a", 0.5], ["b", 1.5]], {}, (), summary)
    files = save_all(
        {"heads": table, "entropy": Findings.of(summary, {})},
        tmp_path,
        name="kit",
        model="m",
        refused={"flow": "expected that"},
    )
    names = ["heads.csv", "heads_summary.csv", "entropy.csv", "kit.html"]
    assert [file.name for file in files] == names
    lines = files[1].read_text().splitlines()
    assert lines == ["head,pictures,mass,mass std,mass min,mass max", "0,2,1.0,0.5,0.5,1.5"]
    assert files[2].read_text() == files[1].read_text()
    assert "expected that" in files[3].read_text()


def test_a_folder_that_is_a_file(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="to write"):
        save(Findings([], [], {}), tmp_path / "file", "entropy")
