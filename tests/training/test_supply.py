"""Where training batches come from."""

from pathlib import Path

import pytest

from saccade.data.stream_batches import StreamBatches
from saccade.errors import ConfigError
from saccade.training.config import TrainConfig
from saccade.training.run import train
from saccade.training.scale.processes import ALONE
from saccade.training.supply import to_learn_from
from tests.data.tars import shard
from tests.training.conftest import PIXELS, stripes


@pytest.fixture
def shards(tmp_path: Path) -> str:
    for number in range(3):
        shard(tmp_path / f"train-{number}.tar", 6, first=6 * number)
    (tmp_path / "classes.txt").write_text("even\nodd\n")
    return str(tmp_path / "*.tar")


def test_shards_are_read_as_a_stream_when_asked(shards: str, tmp_path: Path) -> None:
    shown = []
    config = TrainConfig(epochs=2, batch_size=4, val_fraction=0.0, out=str(tmp_path / "runs"))
    asked = config.changed({"shards.stream": True, "shards.buffer": 5})
    run = train(shards, asked, progress=shown.append)
    assert run.finished
    steps = [record["pictures"] for record in shown if record["event"] == "step"]
    assert steps == [4, 4, 4, 4, 2] * 2
    again = train(shards, asked)
    assert again.metrics["train_loss"] == run.metrics["train_loss"]
    plain = train(shards, config)
    assert plain.metrics["train_loss"] != run.metrics["train_loss"]


def test_a_stream_must_not_show_what_is_kept_for_validation(shards: str, tmp_path: Path) -> None:
    config = TrainConfig(epochs=1, val_fraction=0.3, out=str(tmp_path / "runs"))
    with pytest.raises(ConfigError, match="kept for validation included; try shards of their own"):
        train(shards, config.changed({"shards.stream": True}))


def test_pictures_in_an_array_are_no_stream() -> None:
    found = to_learn_from(stripes(6), PIXELS, TrainConfig(batch_size=2), ALONE, "")
    assert not isinstance(found, StreamBatches)
    assert len(found) == 3
