"""A run that is watched is the same run."""

import copy

import pytest
import torch

from saccade.errors import ConfigError, DataError
from saccade.training.randomness import own_randomness
from saccade.training.watching import lapse
from saccade.training.watching.watcher import Watcher
from tests.samples import paint
from tests.training.watching.conftest import CLASSES, PIXELS, images, tiny


def trained(watcher: Watcher | None, epochs: int = 3) -> dict[str, torch.Tensor]:
    """Train with dropout for some steps; weights and moments at the end."""
    model = tiny()
    with own_randomness(1, torch.device("cpu")):
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
        for epoch in range(epochs + 1):
            if epoch:
                optimizer.zero_grad()
                model(images()).square().mean().backward()
                optimizer.step()
            if watcher is not None:
                watcher.record(model, epoch, epoch)
        chance = torch.rand(3)
    return {**copy.deepcopy(model.state_dict()), "chance": chance}


def test_watching_changes_no_bit(pictures, tmp_path) -> None:
    watcher = Watcher(pictures, PIXELS, tmp_path, classes=CLASSES)
    watched, alone = trained(watcher), trained(None)
    assert all(torch.equal(watched[name], value) for name, value in alone.items())
    assert lapse.epochs_of(tmp_path / "timelapse") == [0, 1, 2, 3]
    sizes = [path.stat().st_size for path in (tmp_path / "timelapse").glob("epoch-*")]
    assert sum(sizes) == watcher.bytes


def test_every_second_epoch_and_the_last(pictures, tmp_path) -> None:
    watcher, model = Watcher(pictures, PIXELS, tmp_path, 2), tiny()
    for epoch in range(6):
        seen = watcher.record(model, epoch, epoch, last=epoch == 5, weights="average")
        assert (seen is not None) == (epoch in (0, 2, 4, 5))
    assert lapse.epochs_of(watcher.folder) == [0, 2, 4, 5]
    frame = lapse.read_frame(lapse.frame_path(watcher.folder, 5))
    assert frame.weights == "average"
    assert len(frame.top) == 0  # nobody told the classes


def test_gone_on_with_after_a_kill(pictures, tmp_path) -> None:
    watcher = Watcher(pictures, PIXELS, tmp_path, classes=CLASSES)
    trained(watcher)
    again = Watcher(pictures, PIXELS, tmp_path, classes=CLASSES)
    again.go_on(1)
    assert lapse.epochs_of(again.folder) == [0, 1]
    again.record(tiny(), 2, 2)
    assert lapse.epochs_of(again.folder) == [0, 1, 2]


def test_other_pictures_are_refused(pictures, tmp_path) -> None:
    Watcher(pictures, PIXELS, tmp_path).record(tiny(), 0, 0)
    paint(6, 6, seed=9).save(pictures / "1.png")
    with pytest.raises(DataError, match="expected the 3 pictures that this run is watched on"):
        Watcher(pictures, PIXELS, tmp_path)
    with pytest.raises(ConfigError, match="every 1 or more"):
        Watcher(pictures, PIXELS, tmp_path, 0)


def test_what_is_to_be_said_is_said_once(pictures, tmp_path) -> None:
    said: list[str] = []
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(36, 3))
    watcher = Watcher(pictures, PIXELS, tmp_path, classes=CLASSES, say=said.append)
    watcher.record(model, 0, 0)
    watcher.record(model, 1, 1)
    assert said == ["only the answers are watched, no attention: Sequential computes none"]
    assert len(lapse.read_frame(lapse.frame_path(watcher.folder, 1)).top) == 3


def test_others_run_the_model_and_write_nothing(pictures, tmp_path) -> None:
    watcher = Watcher(pictures, PIXELS, tmp_path, writes=False)
    assert watcher.record(tiny(), 0, 0) is not None
    assert not watcher.folder.exists()
