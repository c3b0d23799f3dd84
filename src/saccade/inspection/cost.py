"""What a module costs: parameters, multiply-adds, time and memory of a forward pass."""

import os
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from saccade.attention.place import Place
from saccade.attention.reading import Reading
from saccade.attention.tap import Tap
from saccade.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one forward pass.

    Args:
        parameters: numbers that are learned.
        multiply_adds: of one image: matrix products and convolutions; what is done to single
            numbers (norms, activations, softmax, gates) is not counted.
        seconds: median time of one forward pass of the batch.
        spread: fastest and slowest pass, in seconds.
        peak_bytes: the most memory in tensors that lives at once during a pass, beyond the
            weights and the images.
    """

    parameters: int
    multiply_adds: int
    seconds: float
    spread: tuple[float, float]
    peak_bytes: int


def cost(model: nn.Module, images: Tensor, *, rounds: int = 7) -> Cost:
    """Measure a forward pass without gradients on the device of the images.

    Args:
        model: what is measured, in the mode in which it is.
        images: a batch of what it takes.
        rounds: passes to time, after one that is not timed.

    Raises:
        ConfigError: there is nothing to time.
    """
    if rounds < 1:
        raise ConfigError("rounds of at least 1", str(rounds), "rounds=7")
    return priced(model, images, interleaved({"": model}, images, rounds=rounds)[""])


def priced(model: nn.Module, images: Tensor, seconds: Sequence[float]) -> Cost:
    """Put the cost together from passes that were timed already.

    Args:
        model: what was timed.
        images: the batch that it was timed with.
        seconds: of each pass.
    """
    return Cost(
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        multiply_adds=multiply_adds(model, images[:1]),
        seconds=statistics.median(seconds),
        spread=(min(seconds), max(seconds)),
        peak_bytes=peak_bytes(model, images),
    )


def interleaved(
    models: Mapping[str, nn.Module], images: Tensor, *, rounds: int = 7
) -> dict[str, list[float]]:
    """Time forward passes of several models in turns, so that each meets the same machine.

    Args:
        models: name to model.
        images: a batch of what they all take.
        rounds: passes of each, after one that is not timed.

    Returns:
        Seconds of every pass.
    """
    seconds: dict[str, list[float]] = {name: [] for name in models}
    with torch.no_grad():
        for number in range(rounds + 1):
            for name, model in models.items():
                taken = _timed(model, images)
                seconds[name] += [taken] if number else []
    return seconds


def multiply_adds(model: nn.Module, images: Tensor) -> int:
    """Count the multiply-adds of a forward pass, mechanisms in their explicit form.

    Fused kernels hide what they compute from a counter; a mechanism that is listened to computes
    its map in plain tensor operations, so that every mechanism is counted by the same rule.
    """
    explicit = sdpa_kernel(SDPBackend.MATH)
    with torch.no_grad(), explicit, _listening(model), FlopCounterMode(display=False) as counter:
        model(images)
    return int(counter.get_total_flops()) // 2


def peak_bytes(model: nn.Module, images: Tensor) -> int:
    """Find the most memory in tensors that lives at once in a pass, beyond what lived before."""
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # else the profiler tells of itself on stderr
    with torch.no_grad(), torch.autograd.profiler.profile(profile_memory=True) as profile:
        kept = model(images)
    del kept
    found = profile.kineto_results.events()
    changes = [(event.start_ns(), event.nbytes()) for event in found if event.name() == "[memory]"]
    live = most = 0
    for _, change in sorted(changes, key=lambda change: change[0]):
        live += change
        most = max(most, live)
    return most


def _timed(model: nn.Module, images: Tensor) -> float:
    start = time.perf_counter()
    kept = model(images)
    if images.is_cuda:
        torch.cuda.synchronize()
    del kept
    return time.perf_counter() - start


@contextmanager
def _listening(model: nn.Module) -> Iterator[None]:
    taps = [module for module in model.modules() if isinstance(module, Tap)]
    for tap in taps:
        tap.listeners.append(_ignore)
    try:
        yield
    finally:
        for tap in taps:
            tap.listeners.remove(_ignore)


def _ignore(tap: Tap, weights: Tensor | Reading, place: Place | None) -> None:
    """Listen without keeping anything."""
