"""Chance with a beginning and an end: torch's generators are lent to a run and given back."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor


@contextmanager
def own_randomness(seed: int, device: torch.device) -> Iterator[None]:
    """Let torch draw from a fresh seed inside, and go on outside as if nothing had been drawn.

    Args:
        seed: of what is drawn inside.
        device: where the model is; its generator is lent too.
    """
    cuda = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=cuda):
        torch.set_rng_state(torch.Generator().manual_seed(seed).get_state())
        if cuda:
            state = torch.Generator(device).manual_seed(seed).get_state()
            torch.cuda.set_rng_state(state, device)
        yield


def capture(device: torch.device) -> dict[str, Tensor]:
    """Read the states of the generators."""
    states = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    return states


def restore(states: Mapping[str, Tensor], device: torch.device) -> None:
    """Set the generators back to captured states."""
    torch.set_rng_state(states["cpu"])
    if device.type == "cuda" and "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"], device)
