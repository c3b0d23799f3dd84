"""Two networks side by side on the same images: logits, features, blocks and attention.

One is ours, the other of another library; both have the same weights.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from saccade.attention.tap import Tap
from saccade.checkpoints.peer import Peer
from saccade.inspection.record import record
from saccade.models.classifier import Classifier

_BLOCK = re.compile(r"(?:(?:blocks|stages|layers)\.|layer)\d+")
_SOFTMAX = (torch.softmax, F.softmax, Tensor.softmax)


@dataclass(frozen=True, slots=True)
class Difference:
    """How far two numbers of the same meaning are apart, at worst.

    Args:
        quantity: what was compared.
        ours: our number where they differ most.
        peer: the peer's there.
        largest: the largest difference of all numbers.
        relative: that over the largest number of the peer, or over 1 if that is more.
    """

    quantity: str
    ours: float
    peer: float
    largest: float
    relative: float


@dataclass(frozen=True, slots=True)
class Seen:
    """What a network gave on the way to its logits.

    Args:
        logits: (b classes).
        features: what the head was given (b d); None where there is no head.
        blocks: what each block gave.
        attention: the maps of each layer, where they could be seen.
    """

    logits: Tensor
    features: Tensor | None
    blocks: tuple[Tensor, ...]
    attention: tuple[Tensor, ...]


def compare(ours: Classifier, peer: Peer, images: Tensor) -> list[Difference]:
    """Run both networks on the same images and tell how far they are apart.

    Args:
        ours: in eval mode.
        peer: the other.
        images: (b c h w).
    """
    mine, other = _watch_ours(ours, images), _watch_peer(peer, images)
    last = "logits" if ours.config.num_classes else "features"
    rows = [difference(last, mine.logits, other.logits)]
    if mine.features is not None and other.features is not None:
        features = mine.features.flatten(1), other.features.flatten(1)
        rows.append(difference("features before the head", *features))
    for name, one, two in (
        ("block", mine.blocks[-len(other.blocks) :], other.blocks),  # a stem is no block
        ("attention", mine.attention, other.attention),
    ):
        if len(one) == len(two):
            pairs = enumerate(zip(one, two, strict=True))
            rows += [difference(f"{name} {number}", *pair) for number, pair in pairs]
    return [row for row in rows if row is not None]


def difference(quantity: str, ours: Tensor, peer: Tensor) -> Difference | None:
    """Compare two tensors; None if they are no two forms of the same numbers.

    Args:
        quantity: what they are.
        ours: our numbers.
        peer: the peer's, of the same shape, or with channels last instead of first, or flattened.
    """
    there = _in_shape(peer, ours)
    if there is None:
        return None
    one, two = ours.double().flatten(), there.double().flatten()
    gaps = (one - two).abs()
    if not bool(gaps.isfinite().all()):
        return Difference(quantity, float("nan"), float("nan"), float("inf"), float("inf"))
    at = int(gaps.argmax())
    largest = float(gaps[at])
    return Difference(
        quantity,
        float(one[at]),
        float(two[at]),
        largest,
        largest / max(1.0, float(two.abs().max())),
    )


def _in_shape(peer: Tensor, ours: Tensor) -> Tensor | None:
    if peer.shape == ours.shape:
        return peer
    if peer.ndim == 4:  # rows, columns, channels
        first, flat = peer.permute(0, 3, 1, 2), peer.flatten(1, 2)
        if first.shape == ours.shape:
            return first
        if flat.shape == ours.shape:
            return flat
    if peer.ndim == 4 and ours.ndim == 3 and peer.flatten(2).mT.shape == ours.shape:
        return peer.flatten(2).mT
    same = peer.shape[-2:] == ours.shape[-2:] and peer.numel() == ours.numel()
    return peer.reshape(ours.shape) if same else None


def _watch_ours(model: Classifier, images: Tensor) -> Seen:
    maps: tuple[Tensor, ...] = ()
    with torch.inference_mode(), _inputs_of(model.head if model.config.num_classes else None) as x:
        if any(isinstance(part, Tap) for part in model.modules()):
            with record(model) as trace:
                logits = model(images)
            maps = tuple(layer.weights for layer in trace.layers)
        else:
            logits = model(images)
        return Seen(logits, x[0] if x else None, tuple(model.walk(images)), maps)


def _watch_peer(peer: Peer, images: Tensor) -> Seen:
    blocks: list[Tensor] = []

    def after(module: nn.Module, given: object, output: Tensor | tuple[Any, ...]) -> None:
        while isinstance(output, tuple):  # of transformers, one within another
            output = output[0]
        blocks.append(output)

    with torch.inference_mode(), _inputs_of(peer.head) as x, ExitStack() as stack:
        for block in blocks_of(peer.model).values():
            stack.callback(block.register_forward_hook(after).remove)
        with _Softmaxes() as seen:
            logits = peer.logits(images)
        return Seen(logits, x[0] if x else None, tuple(blocks), tuple(seen.maps))


@contextmanager
def _inputs_of(head: nn.Module | None) -> Iterator[list[Tensor]]:
    """Collect what a module is given."""
    found: list[Tensor] = []

    def before(module: nn.Module, given: Sequence[Tensor]) -> None:
        found.append(given[0])

    hook = head.register_forward_pre_hook(before) if head is not None else None
    try:
        yield found
    finally:
        if hook is not None:
            hook.remove()


def blocks_of(model: nn.Module) -> Mapping[str, nn.Module]:
    """Find the blocks, stages or layers that the images go through one after another.

    Args:
        model: of timm or transformers.
    """
    parts = dict(model.named_modules())
    plain = {name: part for name, part in parts.items() if _BLOCK.fullmatch(name)}
    if plain:
        return plain
    lists = [name for name, part in parts.items() if isinstance(part, nn.ModuleList)]
    deep = next((name for name in lists if name.rpartition(".")[2] in ("layer", "layers")), None)
    return {} if deep is None else {n: p for n, p in parts.items() if n.rpartition(".")[0] == deep}


class _Softmaxes(TorchFunctionMode):
    """Keeps every map of queries and keys that a network makes, also those of fused attention."""

    def __init__(self) -> None:
        super().__init__()
        self.maps: list[Tensor] = []

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> object:
        given = dict(kwargs or {})
        result = func(*args, **given)
        if func in _SOFTMAX and result.ndim >= 3:
            self.maps.append(result.detach())
        elif func is F.scaled_dot_product_attention:
            self.maps.append(_weights(*args, **given))
        return result


def _weights(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    **rest: object,
) -> Tensor:
    """The map that fused attention never makes; without causal masks, which pictures have not."""
    scores = query @ key.mT * (query.shape[-1] ** -0.5 if scale is None else scale)
    if attn_mask is not None:
        barred = attn_mask.dtype == torch.bool
        scores = scores.masked_fill(~attn_mask, -torch.inf) if barred else scores + attn_mask
    return scores.softmax(dim=-1).detach()
