"""What is done to whole batches, what learns, and who is shown the records."""

from pathlib import Path

import pytest
import torch

from saccade.data.batches import Batches, Feed
from saccade.training.announcing import shown_by
from saccade.training.config import TrainConfig
from saccade.training.objectives import Examples
from saccade.training.scale.processes import ALONE, World
from saccade.training.supply import batch_change, changes_of
from tests.training.conftest import PIXELS, stripes

MIXED = TrainConfig(smoothing=0.1).changed({"augment.mixup": 0.8, "augment.cutmix": 1.0})


def examples(batch) -> Examples:
    images = PIXELS.normalize(batch.images)
    return Examples(images, batch.labels, indices=batch.indices, chance="0/0")


def test_light_changes_leave_batches_alone() -> None:
    assert batch_change(TrainConfig(), 3) is None
    assert batch_change(MIXED.changed({"objective": "mae"}), 3) is None


@pytest.mark.parametrize("processes", [2, 4])
def test_any_number_of_processes_mixes_and_erases_alike(processes: int) -> None:
    change = batch_change(MIXED.changed({"augment.erase": 0.5}), 3)
    assert change is not None
    whole = next(Batches(stripes(16), PIXELS, batch_size=16, seed=0).epoch())
    mixed = change(examples(whole), whole.position)
    assert not torch.equal(mixed.images, examples(whole).images)
    rows = dict(zip(whole.indices, range(16), strict=True))
    for rank in range(processes):
        feed = Feed(rank=rank, processes=processes)
        size = 16 // processes
        part = next(Batches(stripes(16), PIXELS, batch_size=size, seed=0, feed=feed).epoch())
        own = change(examples(part), part.position)
        places = [rows[index] for index in part.indices]
        torch.testing.assert_close(own.images, mixed.images[places], atol=1e-6, rtol=0)
        assert own.targets is not None
        assert mixed.targets is not None
        torch.testing.assert_close(own.targets, mixed.targets[places])


def test_options_become_changes_of_a_picture() -> None:
    config = TrainConfig(crop=0.5, flip=True, rotate=10.0).changed({"augment.auto": "three"})
    found = changes_of(config)
    assert (found.crop_scale, found.flip, found.rotate, found.auto) == (
        (0.5, 1.0),
        True,
        10,
        "three",
    )
    assert changes_of(TrainConfig()).crop_scale is None


def test_only_the_first_process_writes_events(tmp_path: Path) -> None:
    def show(record) -> None:
        raise AssertionError(record)

    config = TrainConfig(tensorboard=True)
    assert shown_by(TrainConfig(), tmp_path, show, ALONE) is show
    assert shown_by(config, tmp_path, show, World(1, 2)) is show
    assert shown_by(TrainConfig(), tmp_path, None, ALONE) is None
