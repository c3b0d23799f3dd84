"""How runs that label pixels begin, and that they go on as if never stopped."""

import numpy as np
import pytest
import torch
from PIL import Image

from saccade.checkpoints.native import read
from saccade.errors import DataError
from saccade.training.config import TrainConfig
from saccade.training.run import train
from saccade.training.segmentation.session import propose_pixels
from tests.pixel_scenes import small, write_scenes


def test_a_proposal_tells_reasons(place) -> None:
    proposal = propose_pixels(str(place), small())
    assert {"sched", "segment.weights", "img_size"} <= {one.name for one in proposal.choices}
    assert "epochs" in {one.name for one in proposal.asked}


def test_a_wrong_label_map_stops_before_anything_is_learned(tmp_path) -> None:
    root = write_scenes(tmp_path / "data", {"train": 3, "val": 1})
    Image.fromarray(np.full((24, 32), 8, np.uint8)).save(root / "trainannot/02.png")
    with pytest.raises(DataError, match=r"trainannot/02.png, got ids 8"):
        train(str(root), small(out=str(tmp_path / "runs")))
    assert not (tmp_path / "runs").exists()


def test_it_goes_on_with_the_same_data_only(run, place, tmp_path) -> None:
    other = write_scenes(tmp_path, {"train": 5, "val": 2})
    with pytest.raises(DataError, match=r"the run's data .train 6., got train 5"):
        train(str(other), TrainConfig(), resume=run.folder)
    with pytest.raises(DataError, match=r"a folder"):
        train(None, small())


@pytest.mark.slow
def test_a_run_that_was_stopped_goes_on_to_the_same_bits(place, tmp_path) -> None:
    whole = train(str(place), small(out=str(tmp_path / "a"), epochs=3))
    part = train(str(place), small(out=str(tmp_path / "b"), epochs=3), stop_after=1)
    assert not part.finished
    rest = train(None, TrainConfig(), resume=part.folder)
    assert rest.finished
    first, again = read(whole.last), read(rest.last)
    assert all(torch.equal(first.state[name], again.state[name]) for name in first.state)
    assert whole.metrics["val_miou"] == rest.metrics["val_miou"]
