"""Attention in local windows by plain torch: tiles of queries against their halo of keys.

A tile of T x T' neighbouring queries shares most of its keys, so that one matrix product with the
keys of the tile and its halo gives all logits and a few more. The k² of each window are cut out of
that product by a view, go through the softmax, and are put back into zeros for the product with
the values. One band of tiles is worked on at a time, for a few images; the gradient does a band
again instead of keeping it. Neither keys nor values are ever copied k² times.

Cost: 2·(T + k - 1)·(T' + k - 1) instead of 2·k² multiplications per query and feature.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from saccade.kernels.tiling import Tiling, make_tiling
from saccade.kernels.window import Window, operator

_LARGEST = 1 << 22  # most numbers in the products of one band


@dataclass(frozen=True)
class Band:
    """What one band of tiles computes with; n counts images, heads and tiles.

    Args:
        q: queries (n d tall·wide).
        k, v: keys and values of the halos (n d rows·columns).
        products: room for queries times halo (n tall·wide rows·columns).
        weights: the softmax of each window (n tall wide k k).
    """

    q: Tensor
    k: Tensor
    v: Tensor
    products: Tensor
    weights: Tensor


def attend_bands(
    q: Tensor, k: Tensor, v: Tensor, rows: Tensor | None, columns: Tensor | None, tiling: Tiling
) -> Iterator[Band]:
    """Go through the bands of a few images from top to bottom."""
    asked = tiling.columns(q)
    keys, values = tiling.pad(k), tiling.pad(v)
    for number in range(tiling.bands):
        queries = tiling.band(asked, number)
        halo = tiling.halos(keys, number)
        products = torch.bmm(queries.mT, halo)
        logits = tiling.windows(products).clone(memory_format=torch.contiguous_format)
        if rows is not None and columns is not None:
            half = rows.shape[-1]
            logits += _relative(queries[:, :half], rows, tiling)[..., :, None]
            logits += _relative(queries[:, half:], columns, tiling)[..., None, :]
        if tiling.window.boundary == "mask":
            hidden = tiling.hidden(logits, number)
            logits.view(-1, *hidden.shape).add_(hidden)
        weights = logits.flatten(3).softmax(-1).view_as(logits)
        yield Band(queries, halo, tiling.halos(values, number), products, weights)


def tiles_forward(
    q: Tensor, k: Tensor, v: Tensor, rows: Tensor | None, columns: Tensor | None, window: Window
) -> tuple[Tensor, Tensor]:
    """Attend in windows; nothing is kept for the gradient."""
    tiling = make_tiling(q, k, window)
    results = []
    for some in _images(q, tiling):
        parts = []
        for band in attend_bands(q[some], k[some], v[some], rows, columns, tiling):
            mixed = torch.bmm(band.v, _spread(band.weights, band.products, tiling).mT)
            parts.append(tiling.uncut(mixed))
        results.append(tiling.join(parts))
    return torch.cat(results), q.new_empty(0)


def tiles_backward(
    gradient: Tensor,
    _kept: Tensor,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    rows: Tensor | None,
    columns: Tensor | None,
    window: Window,
) -> tuple[Tensor, ...]:
    """Give the gradients of queries, keys, values and tables."""
    tiling = make_tiling(q, k, window)
    tables = [torch.zeros_like(q[:0] if table is None else table) for table in (rows, columns)]
    found = []
    for some in _images(q, tiling):
        bands = attend_bands(q[some], k[some], v[some], rows, columns, tiling)
        asked = tiling.columns(gradient[some])
        totals = [q.new_zeros(asked.shape[0], asked.shape[1], *tiling.padded) for _ in range(2)]
        parts = []
        for number, band in enumerate(bands):
            mixed = tiling.band(asked, number)
            slopes = _slopes(band, mixed, totals[1], number, tiling)
            parts.append(_queries(band, slopes, totals[0], number, tiling))
            if rows is not None and columns is not None:
                parts[-1] = parts[-1] + _tables(band, slopes, (rows, columns), tables, tiling)
        pieces = [tiling.uncut(part) for part in parts]
        found.append((tiling.join(pieces), *(tiling.unpad(total) for total in totals)))
    queries, keys, values = (torch.cat(part) for part in zip(*found, strict=True))
    return queries, keys.reshape(k.shape), values.reshape(v.shape), *tables


def _slopes(band: Band, mixed: Tensor, total: Tensor, number: int, tiling: Tiling) -> Tensor:
    """Gradient of the logits (n tall wide k k); that of the values is added to `total`."""
    torch.bmm(mixed.mT, band.v, out=band.products)
    slopes = tiling.windows(band.products).clone(memory_format=torch.contiguous_format)
    slopes -= (slopes * band.weights).sum((-2, -1), keepdim=True)
    slopes *= band.weights
    spread = _spread(band.weights, band.products, tiling)
    tiling.add_halos(total, torch.bmm(mixed, spread), number)
    return slopes


def _queries(band: Band, slopes: Tensor, total: Tensor, number: int, tiling: Tiling) -> Tensor:
    """Gradient of the queries (n d tall·wide); that of the keys is added to `total`."""
    tiling.windows(band.products).copy_(slopes)
    tiling.add_halos(total, torch.bmm(band.q, band.products), number)
    return torch.bmm(band.k, band.products.mT)


def _tables(
    band: Band,
    slopes: Tensor,
    tables: tuple[Tensor, Tensor],
    totals: list[Tensor],
    tiling: Tiling,
) -> Tensor:
    """Part of the queries' gradient from q·r (n d tall·wide); the tables' is added to `totals`."""
    half, area = tables[0].shape[-1], tiling.tall * tiling.wide
    features = band.q[:, :half], band.q[:, half:]
    found = []
    for table, total, part, axis in zip(tables, totals, features, (-1, -2), strict=True):
        groups = (-1, table.shape[0], tiling.tiles if table.shape[0] > 1 else 1)
        summed = slopes.sum(axis).view(*groups, area, table.shape[1])
        total += (part.reshape(*groups, *part.shape[1:]) @ summed).sum((0, 2)).mT
        found.append((table.mT[:, None] @ summed.mT).flatten(0, 2))
    return torch.cat(found, dim=1)


def _relative(queries: Tensor, table: Tensor, tiling: Tiling) -> Tensor:
    """Logits of a table (m k d/2) for half of the features (n d/2 tall·wide): (n tall wide k)."""
    groups = (-1, table.shape[0], tiling.tiles if table.shape[0] > 1 else 1)
    logits = queries.reshape(*groups, *queries.shape[1:]).mT @ table.mT[:, None]
    return logits.reshape(-1, tiling.tall, tiling.wide, table.shape[1])


def _spread(weights: Tensor, products: Tensor, tiling: Tiling) -> Tensor:
    """Put the numbers of each window at their places among zeros, in the room of the products."""
    products.zero_()
    tiling.windows(products).copy_(weights)
    return products


def _images(q: Tensor, tiling: Tiling) -> list[slice]:
    """As many images at once as the largest product allows."""
    area = tiling.halo[0] * tiling.halo[1] * tiling.tall * tiling.wide
    some = max(1, _LARGEST // (area * tiling.window.heads * tiling.tiles))
    return [slice(start, start + some) for start in range(0, q.shape[0], some)]


window_tiles = operator("window_tiles", tiles_forward, tiles_backward, keeps=False)
