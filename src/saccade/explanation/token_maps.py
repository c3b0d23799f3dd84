"""Attention maps of tokens that read each other through all layers, and who reads for the answer.

Which tokens the answer is made of is not asked of the model but seen: the score depends on the last
map only in the rows of these tokens. So a class token, two of them, the mean of all patches or a
pool that asks one question are told apart in any model.

Axes: b images, t layers, heads, i queries, j keys, h rows, w columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from saccade.errors import ConfigError, TraceError
from saccade.inspection.graded import Graded, graded
from saccade.inspection.targets import Target
from saccade.layers.tokens import TokenLayout


@dataclass(frozen=True, slots=True)
class TokenMaps:
    """Maps of the same tokens in all layers, with their gradients.

    Args:
        graded: the pass.
        attention: (b t heads i i), without the map of a pool behind the blocks.
        gradients: of the score with regard to them (b t heads i i).
        readers: share of each token in what the answer is made of (b i); rows sum to one. Where a
            pool asks one question, its map.
        asks: the pool's map and gradient (b heads 1 i), where there is a pool.
        layout: of the tokens.
    """

    graded: Graded
    attention: Tensor
    gradients: Tensor
    readers: Tensor
    asks: tuple[Tensor, Tensor] | None
    layout: TokenLayout

    @property
    def names(self) -> tuple[str, ...]:
        """Of the layers."""
        return tuple(layer.name for layer in self.graded.layers)

    def on_grid(self, rows: Tensor) -> Tensor:
        """Lay what the answer's tokens read (b i j) over the patches (b h w)."""
        return lay(torch.einsum("bi,bij->bj", self.readers.to(rows), rows), self.layout)


def token_maps(
    model: nn.Module,
    images: Tensor,
    target: Target,
    method: str,
    *,
    layers: Sequence[int | str] | None = None,
) -> TokenMaps:
    """Run a model with gradients for its maps, and check that a chain of them means something.

    Args:
        model: in eval mode.
        images: (b c h w).
        target: what is asked about.
        method: that asks, for the error.
        layers: which ones; all when None.

    Raises:
        TraceError: the layers are not maps of the same tokens, or it is not known what these are.
    """
    found = graded(model, images, target, layers=layers)
    maps = [layer.map for layer in found.layers]
    gradients = [layer.gradient for layer in found.layers]
    shapes = [tuple(x.shape) for x in maps]
    layout = known_layout(found.layout, shapes, len(images), method)
    asks = None
    if maps[-1].shape[2] == 1:
        asks = maps.pop(), gradients.pop()
    return TokenMaps(
        found,
        torch.stack(maps, dim=1),
        torch.stack(gradients, dim=1),
        readers_among(gradients[-1], layout) if asks is None else asks[0].mean(dim=1)[:, 0],
        asks,
        layout,
    )


def last_readers(
    model: nn.Module, images: Tensor, target: Target, count: int, layout: TokenLayout
) -> tuple[Graded, Tensor]:
    """Tell who reads for the answer (b i) from the gradient of the last layer alone.

    Args:
        model: in eval mode.
        images: (b c h w).
        target: what is asked about.
        count: layers of the model.
        layout: of the tokens.
    """
    found = graded(model, images, target, layers=[count - 1])
    last = found.layers[0]
    if last.map.shape[2] == 1:
        return found, last.map.mean(dim=1)[:, 0]
    return found, readers_among(last.gradient, layout)


def readers_of(readers: Tensor, query: int | None) -> Tensor:
    """Who reads (b i): those given, or one token.

    Raises:
        ConfigError: there is no such token.
    """
    if query is None:
        return readers
    if not 0 <= query < readers.shape[1]:
        raise ConfigError(f"a token from 0 to {readers.shape[1] - 1}", str(query), "query=0")
    one = torch.zeros_like(readers)
    one[:, query] = 1.0
    return one


def known_layout(
    layout: TokenLayout | None, shapes: list[tuple[int, ...]], images: int, method: str
) -> TokenLayout:
    """Refuse maps through which nothing can be followed from layer to layer.

    Args:
        layout: of the tokens, where it is known.
        shapes: of the maps (b heads i j), in the order of the layers.
        images: how many there are.
        method: that asks, for the error.

    Raises:
        TraceError: they are windows, stages or reduced keys, or the tokens are not known.
    """
    body = shapes[:-1] if len(shapes) > 1 and shapes[-1][2] == 1 else shapes
    tokens = body[0][3]
    whole = all(shape[0] == images and shape[1:] == (shape[1], tokens, tokens) for shape in body)
    heads = {shape[1] for shape in body}
    if not whole or len(heads) > 1 or shapes[-1][3] != tokens:
        kinds = list(dict.fromkeys(f"{b // images or b}x({i} by {j})" for b, _, i, j in shapes))
        raise TraceError(
            f"layers in which the same tokens read each other, for {method}",
            f"maps of each image of {', '.join(kinds[:4])}",
            "method='gradcam', 'integrated_gradients' or 'occlusion', which need no such chain",
        )
    if layout is None or layout.tokens != tokens:
        raise TraceError(
            f"{tokens} tokens whose places in the image are known",
            "a model that does not say",
            "model.layout = saccade.layers.TokenLayout(prefix, grid, patch)",
        )
    return layout


def lay(rows: Tensor, layout: TokenLayout) -> Tensor:
    """Lay numbers of all tokens (b n) over the patches (b h w)."""
    return rows[:, len(layout.prefix) :].reshape(-1, *layout.grid)


def check_gradients(found: Graded, method: str) -> None:
    """Refuse gradients that are all zero, whose map would say nothing.

    Raises:
        TraceError: those of an image are.
    """
    moved = torch.stack([layer.gradient.abs().amax() for layer in found.layers])
    if not bool(moved.any()):
        raise TraceError(
            f"a score that the maps move, for {method}",
            "gradients that are all zero",
            "a trained head: one that starts at zero gives the same answer to every image",
        )


def readers_among(gradient: Tensor, layout: TokenLayout) -> Tensor:
    """Spread evenly over the rows of the last map that the score depends on (b i).

    Args:
        gradient: of the score with regard to that map (b heads i j).
        layout: of the tokens.
    """
    active = (gradient.abs().sum(dim=(1, 3)) > 0).to(gradient.dtype)
    usual = torch.zeros_like(active)
    usual[:, : 1 if layout.prefix else None] = 1.0  # where a head of zeros hides who reads
    active = torch.where(active.sum(dim=1, keepdim=True) > 0, active, usual)
    return active / active.sum(dim=1, keepdim=True)
