"""What the timeline page holds, and what is said where a run was not watched."""

import base64
import math

import numpy as np
import pytest

from saccade.errors import DataError
from saccade.training.watching import lapse
from saccade.viewer.timeline import timeline, write_timeline
from tests.viewer.runs import glance_at, maps_at, watched


def test_numbers_of_a_run(tmp_path) -> None:
    [run] = timeline([watched(tmp_path / "run")])["runs"]
    assert [frame["epoch"] for frame in run["frames"]] == [0, 1, 2, 4]
    assert run["layers"][1] == {
        "name": "blocks.1",
        "keys": 7,
        "heads": 2,
        "grid": [2, 3],
        "even": 9.0,
    }
    last = run["frames"][3]
    low, high = (np.frombuffer(base64.b64decode(last[end]), "<f4") for end in ("low", "high"))
    codes = np.frombuffer(base64.b64decode(last["maps"]), np.uint8).reshape(2, 2, 3, 6)
    assert low.shape == high.shape == (12,)
    found = lapse.restored(codes, low.reshape(2, 2, 3), high.reshape(2, 2, 3))
    maps = maps_at(4).flatten(3).numpy()
    np.testing.assert_allclose(found[:, :, 1:], maps, atol=1 / 500)
    np.testing.assert_allclose(found[:, :, 0], maps.mean(2), atol=1 / 500)
    assert last["entropy"][1] == [round(math.log(7), 5), round(math.log(7) - 0.4, 5)]
    assert last["distance"] == [[4.0, 4.0], [4.0, 4.0]]
    assert [top[0] for top in last["top"]] == ["dog", "dog"]
    assert run["table"]["val_loss"] == [2.5, 1.25, 2.5 / 3, 0.625]
    assert run["alarms"] == [{"epoch": 2, "sentence": "attention collapsed in blocks.1"}]


def test_two_runs_have_names_of_their_own(tmp_path) -> None:
    runs = [watched(tmp_path / one / "run") for one in ("a", "b")]
    assert [run["name"] for run in timeline(runs)["runs"]] == ["a/run", "b/run"]
    assert [run["name"] for run in timeline(runs[:1] * 2)["runs"]] == ["a/run (1)", "a/run (2)"]


def test_looks_that_lack_something(tmp_path) -> None:
    folder = watched(tmp_path / "run", epochs=(0, 1))
    found = glance_at(2, heads=3)  # other heads than before
    rest = {"step": 20, "weights": "own", "seen": (0, 0, 12, 8)}
    lapse.write_frame(folder / lapse.FOLDER, found, epoch=2, **rest)
    (folder / "metrics.csv").unlink()
    (folder / "metrics.jsonl").unlink()
    [run] = timeline([folder])["runs"]
    assert [frame["maps"] is None for frame in run["frames"]] == [False, False, True]
    assert run["table"]["epoch"] == run["alarms"] == []
    [blind] = timeline([watched(tmp_path / "blind", layers=0)])["runs"]
    assert blind["layers"] == []


def test_a_page_without_a_run_is_refused(tmp_path) -> None:
    with pytest.raises(DataError, match=r"no such folder; try saccade train DATA --watch"):
        write_timeline([tmp_path / "none"], tmp_path / "page.html")
    with pytest.raises(DataError, match="no timelapse in it"):
        write_timeline([tmp_path], tmp_path / "page.html")
    with pytest.raises(DataError, match="one run, or two"):
        timeline([tmp_path] * 3)
    assert not (tmp_path / "page.html").exists()


def test_the_page_is_written(tmp_path) -> None:
    told = write_timeline([watched(tmp_path / "run")], tmp_path / "page.html", command="mine")
    page = (tmp_path / "page.html").read_text()
    assert told["bytes"] == len(page.encode()) < 200_000
    assert "http://" not in page
    assert "https://" not in page
    assert told["runs"][0]["epochs"] == [0, 1, 2, 4]
