"""A folder of scenes with label maps, and a run that learned from it."""

import pytest

from saccade.training.run import train
from tests.pixel_scenes import small, write_scenes


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return write_scenes(tmp_path_factory.mktemp("scenes"), {"train": 6, "val": 2, "test": 2})


@pytest.fixture(scope="module")
def run(place, tmp_path_factory):
    return train(str(place), small(out=str(tmp_path_factory.mktemp("runs"))))
