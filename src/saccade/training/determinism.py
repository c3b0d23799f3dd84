"""Computing by ways that give the same numbers each time."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from saccade.errors import ConfigError

COST = "attention keeps its weights in memory, and on CUDA some operations take slower ways"
_CUBLAS, _WORKSPACE = "CUBLAS_WORKSPACE_CONFIG", ":4096:8"
_LACKING = "does not have a deterministic implementation"


@contextmanager
def deterministic(on: bool = True) -> Iterator[None]:
    """Let torch take only ways that give the same numbers each time; as before afterwards.

    Attention is then computed by plain products and a softmax, which needs memory for its weights.
    The numbers are the same on the same device with the same versions and threads, not elsewhere.

    Args:
        on: do it; else nothing changes.

    Raises:
        ConfigError: the model uses an operation that has no such way on this device.
    """
    if not on:
        yield
        return
    with ExitStack() as stack:
        stack.enter_context(_algorithms())
        stack.enter_context(sdpa_kernel(SDPBackend.MATH))
        try:
            yield
        except RuntimeError as error:
            if _LACKING not in str(error):
                raise
            what = str(error).split(_LACKING)[0].strip()
            raise ConfigError(
                "operations that can give the same numbers each time",
                what or str(error),
                "deterministic=False, or device=cpu",
            ) from error


@contextmanager
def _algorithms() -> Iterator[None]:
    """Set torch's switches, and set them back."""
    before = torch.are_deterministic_algorithms_enabled()
    warned = torch.is_deterministic_algorithms_warn_only_enabled()
    cudnn = torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark
    workspace = os.environ.get(_CUBLAS)
    os.environ.setdefault(_CUBLAS, _WORKSPACE)  # cuBLAS reads it when it starts
    torch.use_deterministic_algorithms(True)
    torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = True, False
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before, warn_only=warned)
        torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = cudnn
        if workspace is None:
            os.environ.pop(_CUBLAS, None)
