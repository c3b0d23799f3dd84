"""What is compared, and under which name."""

import pytest

from saccade.classic.saliency import SALIENCY
from saccade.cli.gaze_sources import chosen_sources
from saccade.errors import UnknownName


def test_all_classic_methods_where_nothing_else_is_named(place, tmp_path) -> None:
    every = {name for name in SALIENCY if name != "centre"}
    assert set(chosen_sources(None, [], [], [], crop=False)) == every
    model = str(place / "model.safetensors")
    assert list(chosen_sources(None, [model], [], [], crop=False)) == ["generic_attention"]
    assert list(chosen_sources(None, [], [], [tmp_path], crop=False)) == [tmp_path.name]
    both = chosen_sources(["fine_grained"], [model], ["rollout", "rollout"], [], crop=True)
    assert list(both) == ["fine_grained", "rollout"]


def test_names_are_numbered_where_they_are_taken(tmp_path) -> None:
    folders = [tmp_path / "a" / "centre", tmp_path / "a" / "mine", tmp_path / "b" / "mine"]
    for folder in folders:
        folder.mkdir(parents=True)
    assert list(chosen_sources(None, [], [], folders, crop=False)) == ["centre 2", "mine", "mine 2"]


def test_captioners_and_runs_go_by_their_folder(words, place) -> None:
    run, model = str(words / "runs" / "train" / "1"), str(place / "model.safetensors")
    assert list(chosen_sources(None, [run], [], [], crop=False)) == ["words"]
    file = str(words / "runs" / "train" / "1" / "best.safetensors")
    found = chosen_sources(None, [file, model], ["gradcam:blocks.0"], [], crop=False)
    assert list(found) == ["1: words", "model: gradcam:blocks.0"]


def test_an_unknown_view(place) -> None:
    with pytest.raises(UnknownName, match="rollout"):
        chosen_sources(None, [str(place / "model.safetensors")], ["roll:3"], [], crop=False)
