"""Sees every attention of a pass as torch computes it, whoever wrote the module.

Three functions of torch are seen: the fused `scaled_dot_product_attention`, `softmax` over scores
that are products of queries and keys, and `multi_head_attention_forward`, which calls either.
Their results stay what they are, unless the visitor gives other weights. The mode is active in the
thread of a pass only, and while it runs.
"""

from collections.abc import Callable
from types import FunctionType
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from saccade.attention.fused_reading import Fused
from saccade.attention.reading import Reading, Whole
from saccade.inspection.frames import Mark, Run

_SOFTMAX = (F.softmax, torch.softmax, torch.special.softmax, Tensor.softmax)
_PRODUCTS = (
    torch.matmul,
    torch.bmm,
    torch.baddbmm,
    torch.einsum,
    Tensor.matmul,
    Tensor.__matmul__,
    Tensor.__rmatmul__,
    Tensor.bmm,
    Tensor.baddbmm,
)


class Visitor(Protocol):
    """Who is shown each call of attention."""

    def __call__(self, reading: Reading, run: Run) -> Tensor | None:
        """See a call; give weights (b heads i j) to use in place of the model's, or None."""


class Interception(TorchFunctionMode):
    """Shows the attention of one pass to a visitor.

    Args:
        run: the pass.
        visit: shown each call.
    """

    def __init__(self, run: Run, visit: Visitor) -> None:
        super().__init__()
        self._run = run
        self._visit = visit

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401
        """Run a function of torch, and see whether it is attention."""
        named = kwargs or {}
        if func is F.scaled_dot_product_attention:
            return self._fused(*args, **named)
        if func is F.multi_head_attention_forward:
            heads = args[4] if len(args) > 4 else named["num_heads"]
            return self._inside(F.multi_head_attention_forward, heads)(*args, **named)
        if func in _SOFTMAX and self._scores(args, named):
            return self._explicit(func, args, named, self._run.images)
        result = func(*args, **named)
        self._follow(func, (*args, *named.values()), result)
        return result

    def _fused(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        attn_mask: Tensor | None = None,
        dropout_p: float = 0.0,
        is_causal: bool = False,
        scale: float | None = None,
        enable_gqa: bool = False,
    ) -> Tensor:
        """Run the fused kernel, and show what went into it."""
        output = F.scaled_dot_product_attention(
            query, key, value, attn_mask, dropout_p, is_causal, scale=scale, enable_gqa=enable_gqa
        )
        images = self._run.images
        query, key, value = _level(query, key, value, enable_gqa)
        reading = Fused(
            _four(query, images),
            _four(key, images),
            _four(value, images),
            _mask(attn_mask, query, images),
            scale,
            is_causal,
            None if dropout_p else _four(output, images),
        )
        weights = self._ask(reading)
        if weights is None:
            return output
        kept = F.dropout(weights.to(value.dtype), dropout_p)
        values = _four(value, images)
        values = values.repeat_interleave(kept.shape[1] // values.shape[1], 1)
        return (kept @ values).reshape(output.shape)

    def _explicit(
        self, func: Callable[..., Tensor], args: tuple[Any, ...], named: dict[str, Any], images: int
    ) -> Tensor:
        """Run a softmax over scores, and show the map that it makes."""
        result = func(*args, **named)
        turned = _dim(args, named) % result.dim() == result.dim() - 2
        weights = self._ask(Whole(_four(result.mT if turned else result, images)))
        if weights is not None:
            weights = weights.to(result.dtype).reshape(result.mT.shape if turned else result.shape)
            result = weights.mT if turned else weights
        self._run.frame.mark(result, "weights")
        return result

    def _ask(self, reading: Reading) -> Tensor | None:
        """Show a call; what the visitor computes is not seen by those around this one."""
        with torch._C.DisableTorchFunction():
            return self._visit(reading, self._run)

    def _inside(self, function: Callable[..., Any], heads: int) -> Callable[..., Any]:
        """The same code, whose kernel and softmax are seen.

        A function mode is not told of what torch calls within a function that it was told of. The
        copy runs the very code of torch, with three names of its module bound anew.
        """

        def softmax(scores: Tensor, dim: int = -1, dtype: torch.dtype | None = None) -> Tensor:
            images = len(scores) // heads
            return self._explicit(F.softmax, (scores,), {"dim": dim, "dtype": dtype}, images)

        names = {
            **function.__globals__,
            "scaled_dot_product_attention": self._fused,
            "softmax": softmax,
            "has_torch_function": lambda tensors: False,
        }
        seen = FunctionType(function.__code__, names, function.__name__, function.__defaults__)
        seen.__kwdefaults__ = function.__kwdefaults__
        return seen

    def _scores(self, args: tuple[Any, ...], named: dict[str, Any]) -> bool:
        """Tell whether a softmax is over products of queries and keys."""
        tensor = args[0] if args else named.get("input")
        if not isinstance(tensor, Tensor) or tensor.dim() < 3:
            return False
        dim = _dim(args, named) % tensor.dim()
        return dim >= tensor.dim() - 2 and self._is(tensor, "scores")

    def _follow(self, func: Callable[..., Any], args: tuple[Any, ...], result: object) -> None:
        """Keep track of products of queries and keys, and of the weights that are made of them.

        A product with weights mixes values; what comes of it are no scores.
        """
        made = [x for x in _tensors((result,)) if x.dim() > 2]
        if not made:
            return
        given = _tensors(args)
        operands = [x for x in given if x.dim() > 2] if func in _PRODUCTS else []
        if len(operands) > 1:
            mixed = any(isinstance(x, nn.Parameter) or self._is(x, "weights") for x in operands)
            if not mixed:
                self._run.frame.mark(made[0], "scores")
            return
        for kind in ("weights", "scores"):
            of = next((x for x in given if self._is(x, kind)), None)
            if of is not None:
                self._pass_on(of, kind, made)
                return

    def _pass_on(self, of: Tensor, kind: Mark, made: list[Tensor]) -> None:
        """Mark what was made of scores, or of weights where none were summed up."""
        frame = self._run.marking(of, kind)
        if frame is None:
            return
        for one in made:
            if kind == "scores" or one.numel() == of.numel():
                frame.mark(one, kind)

    def _is(self, tensor: Tensor, kind: Mark) -> bool:
        return self._run.marking(tensor, kind) is not None


def _tensors(values: tuple[Any, ...]) -> list[Tensor]:
    found: list[Tensor] = []
    for value in values:
        if isinstance(value, Tensor):
            found.append(value)
        elif isinstance(value, list | tuple):
            found.extend(x for x in value if isinstance(x, Tensor))
    return found


def _dim(args: tuple[Any, ...], named: dict[str, Any]) -> int:
    dim = args[1] if len(args) > 1 else named.get("dim")
    return int(dim) if isinstance(dim, int) else 0


def _level(
    query: Tensor, key: Tensor, value: Tensor, grouped: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """Give each what the kernel spreads over the others, such as one query for all images."""
    own = 3 if grouped else 2  # heads that share keys are not spread
    first = [x.shape[:-own] for x in (query, key, value)]
    if first[0] == first[1] == first[2]:
        return query, key, value
    every = torch.broadcast_shapes(*first)  # type: ignore[no-untyped-call]
    query, key, value = (x.expand(*every, *x.shape[-own:]) for x in (query, key, value))
    return query, key, value


def _four(x: Tensor, images: int) -> Tensor:
    """Give a tensor four axes, with heads that were put among the images apart from them."""
    if x.dim() == 4:
        return x
    if x.dim() > 4:
        return x.flatten(0, -4)
    if x.dim() == 2:
        return x[None, None]
    if images and x.shape[0] % images == 0:
        return rearrange(x, "(b heads) i d -> b heads i d", b=images)
    return x[:, None]


def _mask(mask: Tensor | None, query: Tensor, images: int) -> Tensor | None:
    """Give a mask the axes of the map."""
    if mask is None or mask.dim() == 2:
        return mask
    if query.dim() > 4:
        return mask.expand(*query.shape[:-2], *mask.shape[-2:]).flatten(0, -4)
    return _four(mask, images) if query.dim() == 3 and mask.shape[0] == query.shape[0] else mask
