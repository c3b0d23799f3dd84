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
from saccade.training.config import TrainConfig
from saccade.training.run import train
source, out, *last = sys.argv[1:]
if last:
    train(source, TrainConfig(), resume=Path(last[0]))
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
    chances, runs, reached = random.Random(0), tmp_path / "runs", [0]
    for attempt in range(10):
        last = sorted(map(str, runs.glob("*/last.safetensors")))[:1]
        command = [sys.executable, "-c", SCRIPT, str(tmp_path / "data"), str(runs), *last]
        with subprocess.Popen(command) as process:
            try:
                _wait_for('"event": "epoch"' if attempt % 4 else '"event"', runs, process)
                time.sleep(chances.uniform(0, 0.5))
            finally:
                process.kill()
        for path in sorted(runs.glob("*/last.safetensors"))[:1]:
            card = read(path).card
            assert card is not None
            reached.append(card.epoch)
    assert reached == sorted(reached)
    assert reached[-1] > 3
    run = train(None, TrainConfig(), resume=Path(last[0]), stop_after=reached[-1] + 2)
    assert read(run.last).card.epoch == reached[-1] + 2


def _wait_for(event: str, runs: Path, process: subprocess.Popen) -> None:
    """Wait until the process has written an event."""
    before, end = _count(event, runs), time.monotonic() + 60
    while time.monotonic() < end and _count(event, runs) <= before:
        assert process.poll() is None
        time.sleep(0.01)


def _count(event: str, runs: Path) -> int:
    return sum(path.read_text().count(event) for path in runs.glob("*/metrics.jsonl"))
