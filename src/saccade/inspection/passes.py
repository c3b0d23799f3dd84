"""Which calls belong to one pass of a model over its images.

A module that is used twice calls its tap twice in one pass; a second batch calls it in another
pass. A pass is a call of the model, or of a part of it that holds a tap, from outside.
"""

from types import TracebackType

from torch import Tensor, nn

from saccade.attention.tap import Tap
from saccade.inspection.trace import Trace
from saccade.layers.canvas import Canvas


class Passes:
    """Counts passes while it is entered, and the calls of each tap within one.

    Args:
        model: the model that runs.
        taps: the taps that are heard.
        trace: where the size of the model's images is written.
    """

    def __init__(self, model: nn.Module, taps: tuple[Tap, ...], trace: Trace) -> None:
        heard = set(taps)
        self._roots = (model, getattr(model, "_orig_mod", model))
        self._holders = [part for part in model.modules() if heard & set(part.modules()) - {part}]
        self._trace = trace
        self._depth = 0
        self._calls: dict[Tap, int] = {}
        self._hooks: list[object] = []

    def call(self, tap: Tap) -> int:
        """Say how often a tap had run before in this pass, and count this time."""
        if self._depth == 0:
            return 0
        before = self._calls.get(tap, 0)
        self._calls[tap] = before + 1
        return before

    def __enter__(self) -> "Passes":
        for part in self._holders:
            self._hooks.append(part.register_forward_pre_hook(self._begin, with_kwargs=True))
            self._hooks.append(part.register_forward_hook(self._end, always_call=True))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for hook in self._hooks:
            hook.remove()  # type: ignore[attr-defined]
        self._hooks.clear()

    def _begin(self, part: nn.Module, inputs: tuple[object, ...], named: dict[str, object]) -> None:
        if self._depth == 0:
            self._calls.clear()
        self._depth += 1
        images = next(iter((*inputs, *named.values())), None)
        if part in self._roots and isinstance(images, Tensor) and images.dim() == 4:
            canvas = getattr(self._roots[1], "canvas", None)
            shape = (images.shape[-2], images.shape[-1])
            self._trace.size = canvas.size if isinstance(canvas, Canvas) else shape

    def _end(self, part: nn.Module, inputs: object, output: object) -> None:
        self._depth = max(self._depth - 1, 0)
