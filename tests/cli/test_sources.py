"""What commands are given: pictures that are found or named, models by file or by name."""

import pytest

from saccade.cli.sources import find, load_model
from saccade.errors import CheckpointError, DataError
from tests.samples import PICO


def test_pictures_are_found_and_the_rest_is_named(place):
    paths, bad = find([str(place / "mixed"), str(place / "none.png")])
    assert sum(path.name.startswith("good") for path in paths) == 20
    assert bad[-1].name == str(place / "none.png")


def test_no_picture_is_an_error(tmp_path):
    with pytest.raises(DataError, match="pictures, got no argument"):
        find([])
    with pytest.raises(DataError, match=f"pictures, got none in {tmp_path}"):
        find([str(tmp_path)])


def test_a_file_that_is_called_like_a_model_is_a_file(place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CheckpointError, match="got only its name"):
        load_model(PICO, None)
    (tmp_path / PICO).write_bytes((place / "model.safetensors").read_bytes())
    assert load_model(PICO, None).name == PICO
