"""How many threads torch computes with, for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def own_threads(count: int | None) -> Iterator[None]:
    """Compute with so many threads inside; afterwards with as many as before.

    Tiny models are slower with two threads than with one. Where the threads must share a core, each
    waits for the other until the system takes it off: a step can then take eighty times as long.

    Args:
        count: of threads; None leaves them as they are.
    """
    before = torch.get_num_threads()
    if count is not None:
        torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
