"""Which part of a model is running, in every thread, from the outermost call to the innermost.

Hooks on the modules of one model say when each begins and ends. They stand in that model only and
are taken away on the way out; nothing is switched for the whole process.
"""

import sys
import threading
import weakref
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Literal, Protocol

import torch
from torch import Tensor, nn

from saccade.errors import TraceError
from saccade.layers.canvas import Canvas

Mark = Literal["scores", "weights"]


class Frame:
    """One call of one module.

    Args:
        name: where the module stands in the model; "" for the model itself.
        module: that runs.
        inputs: tensors that it was given, in order.
        holds: whether it holds other modules or has weights.
    """

    def __init__(
        self, name: str, module: nn.Module, inputs: tuple[Tensor, ...], *, holds: bool = True
    ) -> None:
        self.name = name
        self.module = module
        self.inputs = inputs
        self.holds = holds
        self._marks: dict[tuple[Mark, int], weakref.ref[Tensor]] = {}

    def mark(self, tensor: Tensor, kind: Mark) -> None:
        """Remember that a tensor was made of products of queries and keys, or of weights."""
        self._marks[kind, id(tensor)] = weakref.ref(tensor)

    def marked(self, tensor: Tensor, kind: Mark) -> bool:
        """Tell whether it was."""
        known = self._marks.get((kind, id(tensor)))
        return known is not None and known() is tensor


class Run:
    """One pass of a model over its images, in one thread: a call from outside.

    Args:
        number: passes are counted as they begin.
        images: how many the model was given; 0 when that is not known.
        size: (height, width) of these images in pixels, when they are pictures.
    """

    def __init__(self, number: int, images: int, size: tuple[int, int] | None) -> None:
        self.number = number
        self.images = images
        self.size = size
        # Whether a backward pass computes again what was checkpointed.
        self.again = torch._C._current_graph_task_id() != -1
        self.frames: list[Frame] = []
        self.calls: dict[str, int] = {}

    @property
    def frame(self) -> Frame:
        """The innermost call of a module that holds others or has weights."""
        return next((frame for frame in reversed(self.frames) if frame.holds), self.frames[-1])

    def count(self, name: str) -> int:
        """Say how often a name had come in this pass, and count this time."""
        before = self.calls.get(name, 0)
        self.calls[name] = before + 1
        return before

    def marking(self, tensor: Tensor, kind: Mark) -> Frame | None:
        """The call within which a tensor was made of products of queries and keys, or weights."""
        return next((frame for frame in reversed(self.frames) if frame.marked(tensor, kind)), None)


class Watcher(Protocol):
    """What is told of passes."""

    def begin(self, run: Run) -> AbstractContextManager[object]:
        """Say what holds while a pass runs, in its thread."""

    def end(self, run: Run, *, whole: bool) -> None:
        """Hear that a pass is over, with an error where it is not whole."""


class _Hook:
    """A hook whose copies and pickles do nothing, as those of a model copied in the block."""

    def __init__(self, call: Callable[..., None]) -> None:
        self._call = call

    def __call__(self, *given: object) -> None:
        self._call(*given)

    def __reduce__(self) -> tuple[type["_Hook"], tuple[Callable[..., None]]]:
        return _Hook, (_nothing,)


def _nothing(*given: object) -> None:
    pass


class Frames:
    """Tells a watcher of every pass of a model while it is entered.

    Args:
        model: any module; one that was compiled runs uncompiled in the meantime.
        watcher: told of passes.

    Raises:
        TraceError: the model cannot be watched, because it is scripted.
    """

    def __init__(self, model: nn.Module, watcher: Watcher) -> None:
        self.model = original(model)
        self._outer = model
        self._watcher = watcher
        self._thread = threading.local()
        self._lock = threading.Lock()
        self._runs = 0
        self._empty = False
        self.calls: set[str] = set()  # names of all attention that came
        self._undo: list[Callable[[], object]] = []

    def __enter__(self) -> "Frames":
        for name, module in self.model.named_modules():
            if isinstance(module, torch.jit.ScriptModule):
                self.__exit__(None, None, None)
                raise _unseen("a scripted one", "the model from before torch.jit")
            self._hook(name, module)
        for module in self._outer.modules():
            self._slow_down(module)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        while self._undo:
            self._undo.pop()()
        if self.run is not None:  # no hook is told of an interrupt from the keyboard
            self.run.frames.clear()
            self._end(self.run, whole=False)

    @property
    def run(self) -> Run | None:
        """The pass that runs in this thread."""
        return getattr(self._thread, "run", None)

    @property
    def runs(self) -> int:
        """How many passes there were."""
        return self._runs

    @property
    def empty(self) -> bool:
        """Whether a pass was given no images."""
        return self._empty

    def _hook(self, name: str, module: nn.Module) -> None:
        # Asked here, since in copies for devices (DataParallel) weights are no parameters.
        parts = (module.parameters(), module.children())
        holds = any(next(part, None) is not None for part in parts)

        def begin(module: nn.Module, inputs: tuple[Any, ...], named: dict[str, Any]) -> None:
            tensors = _tensors((*inputs, *named.values()))
            run = self.run or self._begin(module, tensors)
            run.frames.append(Frame(name, module, tensors, holds=holds))

        def end(module: nn.Module, inputs: object, output: object) -> None:
            run = self.run
            if run is None:
                return
            # After an error in a hook of somebody else's, calls that never ended may be left over.
            while run.frames and run.frames.pop().name != name:
                pass
            if not run.frames:
                # What gives None may have failed, or give nothing.
                self._end(run, whole=output is not None or sys.exc_info()[0] is None)

        before = module.register_forward_pre_hook(_Hook(begin), with_kwargs=True)
        after = module.register_forward_hook(_Hook(end), always_call=True)
        self._undo += [before.remove, after.remove]

    def _begin(self, module: nn.Module, inputs: tuple[Tensor, ...]) -> Run:
        pictures = (x for x in inputs if x.dim() == 4 and x.is_floating_point())
        first = next(pictures, inputs[0] if inputs else None)  # words may stand before pictures
        if first is not None:
            first = _images_first(module, first)
        picture = first is not None and first.dim() == 4
        with self._lock:
            self._runs += 1
            self._empty |= first is not None and first.dim() > 0 and len(first) == 0
            run = Run(
                self._runs,
                len(first) if first is not None and first.dim() else 0,
                self._seen(first) if first is not None and picture else None,
            )
            self._thread.holds = self._watcher.begin(run)
        self._thread.run = run
        self._thread.holds.__enter__()
        return run

    def _seen(self, images: Tensor) -> tuple[int, int]:
        """Size of what maps lie over: of the images, or of their part that is cut into patches."""
        canvas = getattr(self.model, "canvas", None)
        return canvas.size if isinstance(canvas, Canvas) else (images.shape[2], images.shape[3])

    def _end(self, run: Run, *, whole: bool) -> None:
        self._thread.run = None
        self.calls.update(run.calls)
        self._thread.holds.__exit__(None, None, None)
        self._watcher.end(run, whole=whole)

    def _slow_down(self, module: nn.Module) -> None:
        """Let a module that was compiled run as it was written."""
        twin = module.__dict__.get("_modules", {}).get("_orig_mod")
        if twin is not None:
            before = module.__dict__.get("forward")
            module.__dict__["forward"] = twin.__call__
            self._undo.append(lambda: _put_back(module, "forward", before))
        if module.__dict__.get("_compiled_call_impl") is not None:
            compiled = module.__dict__["_compiled_call_impl"]
            module.__dict__["_compiled_call_impl"] = None
            self._undo.append(lambda: _put_back(module, "_compiled_call_impl", compiled))


def original(model: nn.Module) -> nn.Module:
    """The module that a compiled or a wrapped one runs, whose weights it shares."""
    for name in ("_orig_mod", "module"):
        inner = dict(model.named_children()).get(name)
        wraps = name == "_orig_mod" or type(model).__name__.endswith("DataParallel")
        if isinstance(inner, nn.Module) and wraps:
            return original(inner)
    return model


def _images_first(module: nn.Module, x: Tensor) -> Tensor:
    """Give sequences their images first, for a transformer of torch itself."""
    own = type(module).__module__.startswith("torch.nn.")
    found = (part for part in module.modules() if isinstance(part, nn.MultiheadAttention))
    attention = next(found, None) if own else None
    if attention is None or x.dim() not in (2, 3):
        return x
    return x[None] if x.dim() == 2 else x if attention.batch_first else x.transpose(0, 1)


def _tensors(given: tuple[Any, ...]) -> tuple[Tensor, ...]:
    """The tensors that a module was given, those of a dict among them."""
    found: list[Tensor] = []
    for x in given:
        inside = x.values() if isinstance(x, Mapping) else (x,)
        found += [one for one in inside if isinstance(one, Tensor)]
    return tuple(found)


def _put_back(module: nn.Module, name: str, value: object) -> None:
    if value is None:
        module.__dict__.pop(name, None)
    else:
        module.__dict__[name] = value


def _unseen(got: str, hint: str) -> TraceError:
    return TraceError("a model made of torch.nn modules that run in Python", got, hint)
