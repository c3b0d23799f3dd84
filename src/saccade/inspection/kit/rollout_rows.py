"""The rollout of some queries only, without any product of whole maps.

Row q of the rollout is e_q times the last layer, times the layer before, and so on to the first: a
chain of vectors and matrices, (layers · queries · n²) multiplications instead of layers · n³. It
needs the layers from the last to the first, and a model runs them the other way, so there are two
ways: keep the fused map of each layer (n² numbers a layer, heads no longer), or compute the maps
again on the way back and hand them to `step_back` a chunk of rows at a time. `RolloutStream` is the
third: it follows the model forwards and holds one (n n) matrix for each image, whatever the depth.

Source: Abnar & Zuidema, arXiv:2005.00928, section 3; heads are fused by their mean.
Axes: b images, t layers, heads, q chosen queries, i queries, j keys.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from saccade.errors import ConfigError
from saccade.inspection.kit.rollout import mixed
from saccade.shapes import expect


def step_back(
    rows: Tensor, layer: Tensor, *, residual: float = 0.5, queries: Sequence[int] | None = None
) -> Tensor:
    """Carry rows of the rollout through one layer, towards the first: (b q i) to (b q j).

    Args:
        rows: what each chosen query reads of the tokens above the layer (b q i).
        layer: the layer's map (b heads i j), or only the rows of `queries`.
        residual: weight of the identity, in (0, 1).
        queries: which rows the map holds; all when None. What the steps of all chunks of one layer
            give is added up.

    Raises:
        ShapeError: the rows do not fit the map.
    """
    tokens = layer.shape[-1]
    expect(layer, "b heads i j", "the map", b=rows.shape[0])
    expect(rows, "b t i", "the rows", i=tokens)
    index = torch.arange(tokens) if queries is None else torch.tensor(list(queries))
    index = index.to(rows.device)
    expect(layer, "b heads i j", "the map", i=len(index))
    some = rows.index_select(-1, index)
    whole = residual + (1 - residual) * layer.sum(dim=-1).mean(dim=1)  # of each row when mixed
    some = some / whole[:, None]
    read = (some[:, None] @ layer).mean(dim=1) * (1 - residual)
    return read.index_add(-1, index, some * residual)


def rollout_rows(
    attention: Tensor, queries: Sequence[int], *, residual: float = 0.5, start_layer: int = 0
) -> Tensor:
    """Rows of the rollout as a chain from the last layer to the first: (b q j).

    Args:
        attention: maps (b t heads i j); maps whose heads are already fused have heads = 1.
        queries: the tokens whose reading is wanted, such as [0] for the class token.
        residual: weight of the identity, in (0, 1).
        start_layer: first layer that takes part, counted from 0.

    Returns:
        What `rollout(attention)[:, queries]` is, to rounding.

    Raises:
        ShapeError: the maps are not (b t heads i i).
        ConfigError: there is no such query or layer, or the residual is out of its range.
    """
    expect(attention, "b t heads i j", "the attention", j=attention.shape[-2])
    depth, tokens = attention.shape[1], attention.shape[-1]
    _check(residual)
    if not 0 <= start_layer < depth:
        raise ConfigError(f"start_layer from 0 to {depth - 1}", str(start_layer), "0")
    rows = _unit_rows(attention, queries, tokens)
    for layer in reversed(attention.unbind(dim=1)[start_layer:]):
        rows = step_back(rows, layer, residual=residual)
    return rows


class RolloutStream:
    """The rollout of a model that runs, a layer at a time, forwards.

    It holds (b n n) numbers and no layer, and costs a product of whole matrices a layer; for a few
    queries of few enough tokens to keep fused maps, `rollout_rows` is less work.

    Args:
        residual: weight of the identity, in (0, 1).

    Raises:
        ConfigError: the residual is out of its range.
    """

    def __init__(self, residual: float = 0.5) -> None:
        _check(residual)
        self._residual = residual
        self._joined: Tensor | None = None

    def take(self, layer: Tensor) -> None:
        """Go through the next layer (b heads i j).

        Raises:
            ShapeError: the map is not square, or of another size than the one before.
        """
        expect(layer, "b heads i j", "the map", j=layer.shape[-2])
        fused = layer.mean(dim=1)
        if self._joined is None:
            identity = torch.eye(fused.shape[-1], dtype=fused.dtype, device=fused.device)
            self._joined = identity.expand_as(fused)
        expect(fused, "b i j", "the map", b=self._joined.shape[0], i=self._joined.shape[1])
        self._joined = mixed(fused, self._residual) @ self._joined

    @property
    def rows(self) -> Tensor:
        """The rollout of the layers so far (b i j).

        Raises:
            ConfigError: there was none yet.
        """
        if self._joined is None:
            raise ConfigError("at least one layer", "none", "stream.take(map) for each layer")
        return self._joined


def _check(residual: float) -> None:
    if not 0.0 < residual < 1.0:
        raise ConfigError("residual in (0, 1)", str(residual), "0.5")


def _unit_rows(attention: Tensor, queries: Sequence[int], tokens: int) -> Tensor:
    wrong = [query for query in queries if not 0 <= query < tokens]
    if wrong or not len(queries):
        got = str(wrong[0]) if wrong else "none"
        raise ConfigError(f"query tokens from 0 to {tokens - 1}", got, "queries=[0]")
    rows = attention.new_zeros(attention.shape[0], len(queries), tokens)
    rows[:, range(len(queries)), list(queries)] = 1.0
    return rows
