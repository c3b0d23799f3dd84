"""The attention stem."""

import itertools
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from saccade.attention.local_stem import AttentionStem, block_attention, position_mixture
from saccade.attention.place import Place
from saccade.errors import ConfigError, ShapeError

Draw = Callable[..., Tensor]
Fill = Callable[..., nn.Module]


def attend_slowly(stem: AttentionStem, x: Tensor) -> Tensor:
    """Section 3.2 pixel by pixel, before the batch norm."""
    height, width = x.shape[-2:]
    depth = stem.q.out_channels // stem.heads
    out = x.new_zeros(x.shape[0], stem.q.out_channels, height, width)
    wq, wk = stem.q.weight[:, :, 0, 0], stem.k.weight[:, :, 0, 0]
    for image, row, column in itertools.product(*map(range, (x.shape[0], height, width))):
        top, left = row // 4 * 4, column // 4 * 4
        block = itertools.product(range(top, top + 4), range(left, left + 4))
        read = [(y, z) for y, z in block if y < height and z < width]
        query = wq @ x[image, :, row, column]
        for head in range(stem.heads):
            part = slice(head * depth, (head + 1) * depth)
            logits, values = [], []
            for y, z in read:
                place = stem.rows[y - top] + stem.columns[z - left]
                share = torch.stack([place @ nu for nu in stem.mixtures]).softmax(0)
                matrix = sum(p * w for p, w in zip(share, stem.v, strict=True))
                values.append((matrix @ x[image, :, y, z])[part])
                logits.append(query[part] @ (wk @ x[image, :, y, z])[part])
            weights = torch.stack(logits).softmax(0)
            mixed = sum(w * v for w, v in zip(weights, values, strict=True))
            out[image, part, row, column] = mixed
    return out


@pytest.mark.parametrize("size", [(4, 8), (5, 3), (1, 6)])
@pytest.mark.parametrize("watched", [False, True])
def test_slowly(size: tuple[int, int], watched: bool, normal: Draw, drawn: Fill) -> None:
    stem = drawn(AttentionStem(3, 6, heads=2, mixtures=3).double())
    x = normal(2, 3, *size, dtype=torch.float64)
    if watched:
        stem.tap.listeners.append(lambda *_: None)
    with torch.no_grad():
        slow = stem.norm(attend_slowly(stem, x))
        wanted = torch.nn.functional.max_pool2d(slow, 4, ceil_mode=True)
        torch.testing.assert_close(stem(x), wanted, atol=1e-12, rtol=0)


def test_mixtures_by_hand() -> None:
    # At row 1, column 0 the two mixtures have the logits 1 and 0: e/(e + 1) = 0.731.
    rows, columns = torch.zeros(4, 1), torch.zeros(4, 1)
    rows[1] = 1.0
    share = position_mixture(rows, columns, torch.tensor([[1.0], [0.0]]))
    assert share.shape == (4, 4, 2)
    assert share[1, 0].tolist() == pytest.approx([0.7311, 0.2689], abs=1e-4)
    assert share[0, 0].tolist() == [0.5, 0.5]


def test_blocks_do_not_see_each_other(normal: Draw, drawn: Fill) -> None:
    stem, x = drawn(AttentionStem()), normal(1, 3, 8, 12)
    changed = x.clone()
    changed[..., :4, 4:8] += 1
    same = (stem(changed) == stem(x)).all(1)[0]
    assert same.tolist() == [[True, False, True], [True, True, True]]


def test_what_the_tap_tells(normal: Draw, drawn: Fill) -> None:
    stem, heard = drawn(AttentionStem(heads=4)), []
    stem.tap.listeners.append(lambda _, weights, place: heard.append((weights, place)))
    stem(normal(2, 3, 5, 6))
    ((weights, place),) = heard
    assert isinstance(place, Place)
    assert (weights.shape, place.queries) == ((2, 4, 30, 16), (5, 6))
    # Pixel (4, 5) lies in the block of rows 4 to 7 and columns 4 to 7: (4, 4) and (4, 5) exist.
    spread = place.spread(weights[0, 0, 29], 29)
    assert spread.nonzero().tolist() == [[4, 4], [4, 5]]
    assert spread.sum().item() == pytest.approx(1)


def test_weights_sum_to_one(normal: Draw) -> None:
    mask = torch.tensor([True, True, False])
    out, weights = block_attention(normal(2, 3, 4), normal(2, 3, 4), normal(2, 3, 4), mask)
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 3))
    assert (weights[..., 2] == 0).all()
    assert out.shape == (2, 3, 4)


def test_parameters() -> None:
    # Queries and keys 2·3·64, values 4·3·64, embeddings (4 + 4 + 4)·16, batch norm 2·64.
    assert sum(p.numel() for p in AttentionStem().parameters()) == 384 + 768 + 192 + 128


@pytest.mark.slow
def test_compiled_autocast_and_gradients(normal: Draw, drawn: Fill) -> None:
    stem, x = drawn(AttentionStem(3, 8, heads=2)), normal(1, 3, 8, 8)
    plain = stem(x)
    compiled = torch.compile(stem, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(x), plain)
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(stem(x).float(), plain, atol=0.1, rtol=0.05)
    plain.square().sum().backward()
    assert all(p.grad.isfinite().all() for p in stem.parameters())
    torch.compiler.reset()


def test_errors() -> None:
    with pytest.raises(ConfigError, match="expected heads that divide the 64 channels, got 5"):
        AttentionStem(heads=5)
    with pytest.raises(ConfigError, match="expected at least one mixture, got 0"):
        AttentionStem(mixtures=0)
    with pytest.raises(ShapeError, match=r"the picture as \(b c h w\), c=3"):
        AttentionStem()(torch.zeros(1, 4, 8, 8))
