"""Recording does not leak: neither objects nor memory, however often it is done."""

import gc
import tracemalloc
from pathlib import Path

import pytest
import torch

from saccade.inspection import record
from saccade.models import build
from saccade.models.classifier import Classifier
from tests.contract.test_classifiers import images


def resident() -> int:
    """Memory of this process in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def calls(model: Classifier, pixels: torch.Tensor, count: int) -> None:
    """Record as often as `count`."""
    with torch.no_grad():
        for _ in range(count):
            with record(model) as trace:
                model(pixels)
            assert trace.bytes


def test_dozens_of_recordings_leave_nothing_behind() -> None:
    model = build("vit_pico_patch2_8", depth=2).eval()
    pixels = images(model, 1)
    calls(model, pixels, 10)
    gc.collect()
    before = len(gc.get_objects())
    calls(model, pixels, 70)
    gc.collect()
    assert len(gc.get_objects()) - before < 50


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ten_thousand_recordings_leave_nothing_behind() -> None:
    model = build("vit_pico_patch2_8").eval()
    pixels = images(model, 1)
    calls(model, pixels, 1000)
    gc.collect()
    objects, pages = len(gc.get_objects()), resident()
    calls(model, pixels, 8_000)
    tracemalloc.start()  # which makes each call four times slower
    calls(model, pixels, 10)
    start, _ = tracemalloc.get_traced_memory()
    calls(model, pixels, 990)
    gc.collect()
    end, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert end - start < 100_000
    assert len(gc.get_objects()) - objects < 100
    assert resident() - pages < 20_000_000


def test_a_long_recording_takes_time_in_proportion() -> None:
    model = build("vit_pico_patch2_8", depth=1).eval()
    pixels = images(model, 1)
    with torch.no_grad(), record(model) as trace:
        for _ in range(100):
            model(pixels)
    assert trace.attention.shape[0] == 100
    assert trace.bytes == trace.attention.numel() * 4
