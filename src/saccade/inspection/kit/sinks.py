"""Attention sinks, and tokens whose vectors are far longer than the others'.

Sources: Xiao et al., "Efficient Streaming Language Models with Attention Sinks", ICLR 2024,
arXiv:2309.17453 (keys that nearly every query reads); Darcet et al., "Vision Transformers Need
Registers", ICLR 2024, arXiv:2309.16588, section 2.1 (patches whose output has an outlying norm).
Axes: b images, t layers, n tokens; any leading axes, then i queries and j keys.
Differs: Darcet et al. cut DINOv2's norms at 150 by eye; a cut that fits every model is needed here,
so a norm is high when it lies `times` robust deviations above the median of its image and layer,
where the robust deviation is 1.4826 times the median distance from the median. `cutoff` takes a
fixed norm instead.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from saccade.errors import ConfigError, ShapeError
from saccade.layers.tokens import TokenLayout
from saccade.shapes import expect

_ROBUST = 1.4826  # makes the median deviation of normal numbers their standard deviation


@dataclass(frozen=True, slots=True)
class Sinks:
    """The keys that receive the most attention, for each leading axis of the maps.

    Args:
        tokens: their numbers, the largest first (... k).
        mass: share of all attention that each receives, 0-1 (... k).
    """

    tokens: Tensor
    mass: Tensor

    @property
    def share(self) -> Tensor:
        """What these keys receive together, 0-1 (...)."""
        return self.mass.sum(dim=-1)


def received(attention: Tensor) -> Tensor:
    """Mass that each key receives from a mean query: (... i j) to (... j); it sums to one.

    Of a chunk of queries it is the mean over these; chunks are joined by their sizes.

    Args:
        attention: weights whose rows sum to one.
    """
    return attention.mean(dim=-2)


def strongest(attention: Tensor, count: int = 1) -> Sinks:
    """Find the keys that receive the most: (... i j) to (... k).

    Args:
        attention: weights whose rows sum to one.
        count: how many keys, from 1 to j.

    Raises:
        ConfigError: there are not as many keys.
    """
    if not 1 <= count <= attention.shape[-1]:
        raise ConfigError(f"a count from 1 to {attention.shape[-1]} keys", str(count), "count=1")
    mass, tokens = received(attention).sort(dim=-1, descending=True, stable=True)
    return Sinks(tokens[..., :count], mass[..., :count])


def mass_on(attention: Tensor, chosen: Tensor) -> Tensor:
    """Share of all attention that goes to some tokens: (b ... i j) to (b ...), 0-1.

    Args:
        attention: weights whose rows sum to one, images first.
        chosen: booleans (b j), True for the tokens that count in each image.

    Raises:
        ShapeError: the booleans do not fit the maps.
    """
    expect(chosen, "b j", "the chosen tokens", b=attention.shape[0], j=attention.shape[-1])
    mass = received(attention)
    return (mass * chosen.view(len(chosen), *[1] * (mass.dim() - 2), -1)).sum(dim=-1)


def high_norms(
    norms: Tensor, layout: TokenLayout, *, times: float = 6.0, cutoff: float | None = None
) -> Tensor:
    """Say which patches have an outlying norm: (... n) to booleans (... n).

    Prefix tokens neither count in the median nor can be outliers.

    Args:
        norms: lengths of the tokens' vectors.
        layout: the order of the tokens.
        times: how many robust deviations above the median a high norm lies.
        cutoff: a norm above which all are high, instead of the rule.

    Raises:
        ShapeError: the norms are not those of the layout's tokens.
        ConfigError: `times` is not above 0.
    """
    if norms.dim() < 1 or norms.shape[-1] != layout.tokens:
        raise ShapeError(
            f"norms of {layout.tokens} tokens as (... n)",
            str(tuple(norms.shape)),
            "the layout of the model that made them",
        )
    if not times > 0:
        raise ConfigError("times above 0", str(times), "times=6")
    skip = len(layout.prefix)
    patches = norms[..., skip:]
    if cutoff is None:
        median = patches.median(dim=-1, keepdim=True).values
        deviation = (patches - median).abs().median(dim=-1, keepdim=True).values * _ROBUST
        # Norms that are equal but for rounding have no outliers.
        limit = median + times * deviation + 1e-3 * median
    else:
        limit = torch.full_like(patches[..., :1], cutoff)
    high = patches > limit
    return torch.cat([high.new_zeros(*high.shape[:-1], skip), high], dim=-1)


@contextmanager
def watch_norms(blocks: nn.Module, *, strict: bool = True) -> Iterator[list[Tensor]]:
    """Note the norms of the tokens that each block gives while the `with` block runs.

    Args:
        blocks: a sequence of blocks, each giving tokens (b n d).
        strict: refuse blocks that give something else; otherwise they are left out.

    Yields:
        A list that gets one tensor (b n) for each call of a block, in order.

    Raises:
        ShapeError: a block gives something else than tokens.
    """
    seen: list[Tensor] = []

    def note(block: nn.Module, inputs: object, output: object) -> None:
        tokens = isinstance(output, Tensor) and output.dim() == 3
        if not tokens and not strict:
            return
        if not isinstance(output, Tensor) or output.dim() != 3:
            got = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
            raise ShapeError("blocks that give tokens (b n d)", str(got), "a model of tokens")
        seen.append(output.detach().float().norm(dim=-1).cpu())

    hooks = [block.register_forward_hook(note) for block in blocks.children()]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()
