"""A process killed at any moment leaves a checkpoint that can be read and gone on with."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from saccade.checkpoints.native import read
from saccade.training.config import TrainConfig
from saccade.training.run import train
from tests.training.conftest import CLASSES, stripes

SCRIPT = """
import sys
from pathlib import Path
import torch
from saccade.training.config import TrainConfig
from saccade.training.run import train
torch.set_num_threads(1)
folder, source, out = sys.argv[1:]
if Path(folder, "last.safetensors").exists():
    train(source, TrainConfig(), resume=Path(folder))
else:
    train(source, TrainConfig(epochs=100_000, batch_size=8, out=out))
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_ten_times(tmp_path: Path) -> None:
    images = stripes(24)
    for index in range(24):
        path = tmp_path / "data" / CLASSES[images.labels[index]] / f"{index:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        images.load(index).image.save(path)
    chances, folder = random.Random(0), tmp_path / "runs" / "1"
    reached = [0]
    for _ in range(10):
        command = [sys.executable, "-c", SCRIPT, str(folder), str(tmp_path / "data")]
        with subprocess.Popen([*command, str(tmp_path / "runs")]) as process:
            try:
                _wait_for_events(folder / "metrics.jsonl", process)
                time.sleep(chances.uniform(0, 1.5))
            finally:
                process.kill()
        if (folder / "last.safetensors").exists():
            card = read(folder / "last.safetensors").card
            assert card is not None
            reached.append(card.epoch)
    assert reached == sorted(reached)
    assert reached[-1] > 10
    run = train(str(tmp_path / "data"), TrainConfig(), resume=folder, stop_after=reached[-1] + 2)
    assert read(run.last).card.epoch == reached[-1] + 2


def _wait_for_events(path: Path, process: subprocess.Popen) -> None:
    """Wait until the process has begun to train."""
    before = path.stat().st_size if path.exists() else 0
    end = time.monotonic() + 60
    while time.monotonic() < end and (path.stat().st_size if path.exists() else 0) <= before:
        assert process.poll() is None
        time.sleep(0.02)
