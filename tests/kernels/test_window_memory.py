"""No implementation copies windows: memory beside that of the unfolded ones."""

import pytest
import torch
from torch import Tensor

from saccade.kernels import compiler, using
from saccade.kernels.local_window import local_window
from saccade.kernels.local_window_c import SOURCE
from saccade.kernels.window import Window
from tests.kernels.slow_window import draw


def peak(tensors: list[Tensor], wish: str) -> int:
    """The most bytes that live at once during a forward and a backward pass."""
    with (
        torch.autograd.profiler.profile(profile_memory=True) as profile,
        using(wish),
    ):
        q, k, v, *tables = tensors
        local_window(q, k, v, (tables[0], tables[1]), 2, 7).sum().backward()
    events = [e for e in profile.kineto_results.events() if e.name() == "[memory]"]
    live = most = 0
    for event in sorted(events, key=lambda e: e.start_ns()):
        live += event.nbytes()
        most = max(most, live)
    return most


@pytest.mark.parametrize(("wish", "share"), [("torch", 6), ("c", 30)])
def test_memory_is_a_small_part_of_unfolded_windows(wish: str, share: int) -> None:
    if wish == "c" and compiler.library(SOURCE) is None:
        pytest.skip(compiler.reason(SOURCE))
    tensors = draw(Window(2, 7), (40, 40), d=8, images=1, dtype=torch.float32)
    # The textbook keeps keys and values of all windows, and the gradients of both.
    unfolded = 4 * 49 * 4 * tensors[0].numel()
    assert peak(tensors, wish) < unfolded / share
