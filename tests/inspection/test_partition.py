"""Cuts of maps into windows, each as a table of positions."""

import torch

from saccade.inspection.partition import (
    blocks,
    haloed,
    mask_units,
    pair_of,
    pooled,
    strided,
    unrolled,
)


def test_blocks_side_by_side_and_shifted() -> None:
    cut = blocks((4, 4), (2, 2), (0, 0))
    assert cut.queries.tolist() == [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]
    moved = blocks((4, 4), (2, 2), (1, 1))
    assert moved.queries[0].tolist() == [5, 6, 9, 10]
    assert (cut.kind, moved.kind) == ("windows", "windows shifted")


def test_blocks_that_stick_out_hold_what_is_no_position() -> None:
    cut = blocks((3, 3), (2, 2), (0, 0))
    assert cut.queries.tolist() == [[0, 1, 3, 4], [2, -1, 5, -1], [6, 7, -1, -1], [8, -1, -1, -1]]
    stitched = cut.stitched()
    assert stitched is not None
    order, place = stitched
    assert cut.queries.flatten()[order].tolist() == list(range(9))
    assert place.index is not None
    assert place.index[2].tolist() == [2, -1, 5, -1]


def test_a_grid_reads_far_apart() -> None:
    assert strided((4, 4), (2, 2)).queries[1].tolist() == [1, 3, 9, 11]


def test_blocks_that_read_a_border() -> None:
    cut = haloed((4, 4), 2, 1, 2)
    assert cut.keys.shape == (4, 16)
    assert cut.keys[0].tolist() == [-1] * 4 + [-1, 0, 1, 2, -1, 4, 5, 6, -1, 8, 9, 10]
    fewer = haloed((4, 4), 2, 1, 1)
    assert (fewer.query_grid, fewer.queries.tolist()) == ((2, 2), [[0], [1], [2], [3]])


def test_unrolled_tokens_and_their_poolings() -> None:
    order, grid = unrolled((4, 4), [(2, 2)], 16)
    assert grid == (4, 4)
    assert order[:4].tolist() == [0, 2, 8, 10]
    coarse, size = pooled(order, (4, 4), (2, 2))
    assert (coarse.tolist(), size) == ([0, 1, 2, 3], (2, 2))
    assert torch.equal(unrolled((4, 4), [(2, 2)], 4)[0], coarse)
    units = mask_units(order, (4, 4), 4, (2, 2))
    assert units.keys[0].tolist() == [0, 1, 4, 5]
    assert (units.queries.tolist(), units.query_grid) == ([[0], [1], [2], [3]], (2, 2))


def test_what_is_not_every_position_once_is_refused() -> None:
    cut = blocks((4, 4), (2, 2), (0, 0))
    assert cut._replace(queries=cut.queries.clamp_max(14)).stitched() is None
    assert cut._replace(query_grid=(5, 5)).stitched() is None


def test_sides_as_modules_keep_them() -> None:
    given = (7, (2, 3), [2, 3], torch.tensor([2, 3]), True, 0, (1, 2, 3), "7", None)
    assert [pair_of(one) for one in given] == [(7, 7), (2, 3), (2, 3), (2, 3), *[None] * 5]
    assert pair_of(0, least=0) == (0, 0)
