"""What the parts of pre-norm transformer blocks compute in a pass, for rules that go back.

Blocks are known by the names of their parts, which are timm's: `norm1`, `attn.qkv`, `attn.proj`,
`norm2`, `mlp.fc1`, `mlp.fc2`, and `ls1` and `ls2` where branches have factors.

Axes: b images, n tokens, d features.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional

from saccade.attention.fused_reading import Fused
from saccade.errors import TraceError
from saccade.inspection.frames import original


class BlockRecord:
    """One block in one pass.

    Args:
        block: the module.
    """

    given: Tensor
    normed1: Tensor
    mixed: Tensor
    first: Tensor
    middle: Tensor
    normed2: Tensor
    hidden: Tensor
    second: Tensor

    def __init__(self, block: nn.Module) -> None:
        part = block.get_submodule
        self._attn = part("attn")
        self.qkv = _projection(self._attn)
        self.proj = _linear(part("attn.proj"))
        self.fc1, self.fc2 = _linear(part("mlp.fc1")), _linear(part("mlp.fc2"))
        if self.fc1.shape[0] != self.fc2.shape[1]:
            raise no_blocks("a gated mlp")

    def check(self, after: Tensor) -> None:
        """See that the block is a sum of what it was given and its two branches.

        Args:
            after: what it gave.

        Raises:
            TraceError: it is not.
        """
        halves = self.given + self.first, self.middle + self.second
        for made, found in zip(halves, (self.middle, after), strict=True):
            if torch.allclose(made, found, atol=1e-4, rtol=1e-4):
                continue
            raise no_blocks("blocks whose branches are not simply added")

    def operands(self, reading: Fused | None, weights: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Give queries, keys and values (b heads n d): the kernel's, or as the projections do.

        Args:
            reading: what went into a fused kernel; None where the model made the map itself.
            weights: the map (b heads n n).

        Raises:
            TraceError: queries are turned, as with rotary positions, or the map is made otherwise.
        """
        queries = self._made(0, weights.shape[1])
        if reading is not None:
            if not _near(queries, reading.queries):
                raise no_blocks("queries that are turned by rotary positions")
            return reading.queries, reading.keys, reading.values
        keys, values = self._made(1, weights.shape[1]), self._made(2, weights.shape[1])
        scores = (queries * queries.shape[-1] ** -0.5) @ keys.mT
        mixed = rearrange(weights @ values, "b m n d -> b n (m d)")
        if not _near(scores.softmax(dim=-1), weights) or not _near(mixed, self.mixed):
            raise no_blocks("a map that is no softmax of queries and keys over the root of d")
        return queries, keys, values

    def _made(self, number: int, heads: int) -> Tensor:
        """Queries, keys or values (b heads n d) as their projection makes them."""
        name, width = "qkv"[number], self.qkv.shape[0] // 3
        rows = slice(number * width, (number + 1) * width)
        bias = getattr(self._attn, f"{name}_bias", None)
        joint, alone = getattr(self._attn, "qkv", None), getattr(self._attn, f"{name}_proj", None)
        if bias is None and alone is not None:
            bias = alone.bias
        elif bias is None and joint is not None and joint.bias is not None:
            bias = joint.bias[rows]
        made = functional.linear(self.normed1, self.qkv[rows], bias)
        made = rearrange(made, "b n (m d) -> b m n d", m=heads)
        norm = getattr(self._attn, f"{name}_norm", None)
        return norm(made) if isinstance(norm, nn.Module) else made


@dataclass(slots=True)
class Passage:
    """A pass through a vision transformer.

    Args:
        blocks: in their order.
        head: the last layer.
        hidden: a linear layer before it and its input, where there is one.
        tokens: what the answer is pooled of (b n d).
        pooled: what the pool gave (b d).
        features: what the head was given (b d).
    """

    blocks: list[BlockRecord]
    head: nn.Linear
    hidden: tuple[nn.Linear, Tensor] | None = None
    tokens: Tensor = field(default_factory=lambda: torch.empty(0))
    pooled: Tensor = field(default_factory=lambda: torch.empty(0))
    features: Tensor = field(default_factory=lambda: torch.empty(0))


@contextmanager
def block_records(model: nn.Module) -> Iterator[Passage]:
    """Note what the parts of a vision transformer compute in a pass inside the block.

    Args:
        model: with `blocks`, `norm` and a linear `head`.

    Raises:
        TraceError: it has other parts.
    """
    model = original(model)
    blocks, head = getattr(model, "blocks", None), getattr(model, "head", None)
    if not isinstance(blocks, nn.Sequential | nn.ModuleList) or not isinstance(head, nn.Linear):
        raise no_blocks(type(model).__name__)
    if isinstance(getattr(model, "head_dist", None), nn.Linear):
        raise no_blocks("a model with two heads")
    with ExitStack() as stack:
        try:
            passage = Passage([BlockRecord(block) for block in blocks], head)
            for block, record in zip(blocks, passage.blocks, strict=True):
                _watch(block, record, stack)
            _watch_end(model, passage, stack)
        except AttributeError as error:
            raise no_blocks(" ".join(str(error).split())) from error
        yield passage


def no_blocks(got: str) -> TraceError:
    """The error for a model that has other parts."""
    return TraceError(
        "a vision transformer with blocks of norm1, attn, norm2 and mlp, and one linear head",
        got,
        "method='generic_attention' for any attention over tokens, or 'gradcam' for any model",
    )


def _watch(block: nn.Module, record: BlockRecord, stack: ExitStack) -> None:
    part = block.get_submodule
    first = part("ls1") if hasattr(block, "ls1") else part("attn")
    second = part("ls2") if hasattr(block, "ls2") else part("mlp")

    def done(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        record.given = inputs[0].detach()
        record.check(output.detach())

    _note_given(part("norm2"), record, "middle", stack)
    _note_given(part("attn.proj"), record, "mixed", stack)
    _note_given(part("mlp.fc2"), record, "hidden", stack)
    _note_output(part("norm1"), record, "normed1", stack)
    _note_output(part("norm2"), record, "normed2", stack)
    _note_output(first, record, "first", stack)
    _note_output(second, record, "second", stack)
    stack.callback(block.register_forward_hook(done).remove)


def _watch_end(model: nn.Module, passage: Passage, stack: ExitStack) -> None:
    _note_output(model.get_submodule("norm"), passage, "tokens", stack)
    _note_given(model.get_submodule("fc_norm"), passage, "pooled", stack)
    _note_given(passage.head, passage, "features", stack)
    hidden = getattr(getattr(model, "pre_logits", None), "fc", None)
    if isinstance(hidden, nn.Linear):

        def noted(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            passage.hidden = hidden, inputs[0].detach()

        stack.callback(hidden.register_forward_pre_hook(noted).remove)


def _note_given(module: nn.Module, record: object, name: str, stack: ExitStack) -> None:
    def noted(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        setattr(record, name, inputs[0].detach())

    stack.callback(module.register_forward_pre_hook(noted).remove)


def _note_output(module: nn.Module, record: object, name: str, stack: ExitStack) -> None:
    def noted(module: nn.Module, inputs: object, output: Tensor) -> None:
        setattr(record, name, output.detach())

    stack.callback(module.register_forward_hook(noted).remove)


def _linear(module: nn.Module) -> Tensor:
    if not isinstance(module, nn.Linear):
        raise no_blocks(f"a {type(module).__name__} in place of a linear layer")
    return module.weight.detach()


def _near(made: Tensor, found: Tensor) -> bool:
    return torch.allclose(made, found, atol=1e-4 * float(found.abs().max()), rtol=1e-3)


def _projection(attn: nn.Module) -> Tensor:
    """The stacked projections (3d d) of queries, keys and values."""
    parts = [getattr(attn, name, None) for name in ("q_proj", "k_proj", "v_proj")]
    if all(isinstance(part, nn.Linear) for part in parts):
        return torch.cat([part.weight.detach() for part in parts if part is not None])
    return _linear(attn.get_submodule("qkv"))
