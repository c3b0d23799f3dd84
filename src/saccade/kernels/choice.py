"""Which of several equal implementations runs: C on the CPU, Triton on CUDA, or plain torch.

"auto" takes the fast twin where there is one and torch where there is none; "torch" never takes a
fast twin; "c" and "triton" are demands, and an error says what they lack. All give the same
numbers, so the choice is about time and memory only. It holds for the whole process.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, TypeVar

import torch
from torch import Tensor

from saccade.errors import ConfigError
from saccade.kernels import compiler

Twin = Literal["c", "triton", "torch"]
CHOICES = ("auto", "c", "triton", "torch")
VARIABLE = "SACCADE_KERNELS"
Asked = TypeVar("Asked", bound=Callable[..., Any])


def _asked_once(function: Asked) -> Asked:
    """Let a compiler of graphs ask a function once and keep the answer.

    This is what `torch.compiler.assume_constant_result` does; but that imports the compiler, which
    takes seconds, in every process.
    """
    function._dynamo_marked_constant = True  # type: ignore[attr-defined]
    return function


@dataclass(frozen=True, slots=True)
class Status:
    """Whether one implementation can run here.

    Args:
        name: "c", "triton" or "torch".
        function: what it computes, the stem of its file; empty for all.
        usable: whether it can run.
        reason: why not; empty if it can.
    """

    name: Twin
    function: str
    usable: bool
    reason: str


class _Switch:
    """The wish that holds now; None until it is read from the environment."""

    wish: str | None = None


def check_choice(wish: str) -> str:
    """Refuse an unknown implementation.

    Raises:
        ConfigError: it is none of auto, c, triton, torch.
    """
    if wish not in CHOICES:
        raise ConfigError(f"kernels out of {', '.join(CHOICES)}", repr(wish), "'auto'")
    return wish


def wished() -> str:
    """The implementation that is wished for now: that of `using`, else of $SACCADE_KERNELS."""
    if _Switch.wish is not None:
        return _Switch.wish
    return check_choice(os.environ.get(VARIABLE) or "auto")


@contextmanager
def using(wish: str) -> Iterator[None]:
    """Wish for one implementation inside a `with` block.

    Args:
        wish: "auto", "c", "triton" or "torch".

    Raises:
        ConfigError: it is unknown.
    """
    before, _Switch.wish = _Switch.wish, check_choice(wish)
    try:
        yield
    finally:
        _Switch.wish = before


def status() -> tuple[Status, ...]:
    """Tell which implementations can run here, and why the others cannot.

    It compiles what is not compiled yet.
    """
    found = [
        Status("c", source.stem, not why, why)
        for source in sorted(Path(__file__).parent.glob("*.c"))
        for why in [compiler.reason(source.name)]
    ]
    why = _triton_lacks()
    return (*found, Status("triton", "", not why, why), Status("torch", "", True, ""))


def chosen(x: Tensor, source_name: str) -> Twin:
    """Choose the implementation for a tensor.

    An exported program always takes torch, so that it runs where saccade is not installed.

    Args:
        x: one of the tensors that will be computed with.
        source_name: the C source that would be needed, such as "local_window.c".

    Raises:
        ConfigError: a fast twin was demanded that cannot run here.
    """
    wish = _Switch.wish if _Switch.wish is not None else _default()
    if wish == "torch" or torch.compiler.is_exporting():
        return "torch"
    wanted: Twin | None = None
    if x.device.type == "cpu":
        wanted = "c"
    elif x.device.type == "cuda":
        wanted = "triton"
    why = _lacks(wanted, source_name) if wanted else f"none for {x.device.type} tensors"
    if wish not in ("auto", wanted):
        why = f"none for {x.device.type} tensors"
    if why and wish != "auto":
        raise ConfigError(f"a usable {wish} kernel", why, "kernels.using('auto')")
    return "torch" if why or wanted is None else wanted


@_asked_once
def _default() -> str:
    return wished()


@_asked_once
def _lacks(twin: str, source_name: str) -> str:
    """What keeps a fast twin from running; a compiler of graphs asks once and keeps the answer."""
    return compiler.reason(source_name) if twin == "c" else _triton_lacks()


def _triton_lacks() -> str:
    if find_spec("triton") is None:
        return "triton is not installed"
    if not torch.cuda.is_available() and os.environ.get("TRITON_INTERPRET") != "1":
        return "there is no CUDA device"
    return ""
