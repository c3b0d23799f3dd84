"""Digits that bounce, and whether the first is as the last."""

from itertools import product

import pytest
import torch

from saccade.data.moving_digits import (
    SameRules,
    bouncing,
    limit_of_sums,
    moving,
    place,
    same_clips,
)
from saccade.errors import ConfigError, DataError


def test_a_digit_by_hand() -> None:
    digits = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]])
    clips = place(digits, torch.tensor([[[0, 1], [1, 0]]]), (3, 3))
    assert clips[0, 0].tolist() == [[0, 1, 2], [0, 3, 4], [0, 0, 0]]
    assert clips[0, 1].tolist() == [[0, 0, 0], [1, 2, 0], [3, 4, 0]]


def test_paths_slowly() -> None:
    """Step by step, turned round at each edge."""
    room, frames = (7, 3), 30
    found = bouncing(5, room, frames, torch.Generator().manual_seed(4), speed=(1, 2))
    drawn = torch.rand(5, 4, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    for path, (top, left, turn, pace) in zip(found.tolist(), drawn.tolist(), strict=True):
        angle, pace = torch.tensor(2 * torch.pi * turn, dtype=torch.float64), 1 + pace
        at = [top * room[0], left * room[1]]
        step = [float(angle.sin()) * pace, float(angle.cos()) * pace]
        for place_now in path:
            assert place_now == [round(at[0]), round(at[1])]
            for axis in (0, 1):
                at[axis] += step[axis]
                while not 0 <= at[axis] <= room[axis]:
                    edge = 0 if at[axis] < 0 else room[axis]
                    at[axis], step[axis] = 2 * edge - at[axis], -step[axis]


def test_no_room_is_no_motion() -> None:
    paths = bouncing(3, (0, 4), 9, torch.Generator().manual_seed(0))
    assert int(paths[..., 0].abs().max()) == 0
    assert int(paths[..., 1].max()) <= 4


def test_two_digits_overlap_by_the_brighter(generator) -> None:
    digits = torch.stack((torch.full((2, 3, 3), 100), torch.full((2, 3, 3), 255)), dim=1).byte()
    clips = moving(digits, (4, 5), 6, generator)
    assert clips.shape == (2, 6, 4, 5)
    assert clips.amax(dim=(2, 3)).unique().tolist() == [1.0]
    assert {round(value, 3) for value in clips.unique().tolist()} <= {0.0, 0.392, 1.0}
    assert int((clips == 1).sum()) == 2 * 6 * 9  # each is whole in each frame
    again = moving(digits, (4, 5), 6, torch.Generator().manual_seed(0))
    torch.testing.assert_close(clips, again)
    with pytest.raises(DataError, match=r"digits of at most 2x5 pixels, got 3x3"):
        moving(digits, (2, 5), 6, generator)


def test_clips_show_what_they_say(generator) -> None:
    labels = torch.tensor([7, 2, 2, 5, 7, 5, 2])
    digits = (torch.arange(7.0) + 1)[:, None, None].expand(7, 3, 2) / 7  # told by its brightness
    rules = SameRules(side=6, frames=7, shown=2, noise=0.1)
    made = same_clips(digits, labels, 400, generator, rules)
    assert made.clips.shape == (400, 1, 7, 6, 6)
    assert bool(((made.classes[:, 0] == made.classes[:, 1]) == made.same.bool()).all())
    assert 0.4 < float(made.same.float().mean()) < 0.6
    assert torch.bincount(made.classes[:, 0])[[2, 5, 7]].min() > 90
    pictures = (made.clips.amax(dim=(1, 3, 4)) * 7).round().long() - 1
    for frame, which in ((0, 0), (1, 0), (5, 1), (6, 1)):
        assert torch.equal(labels[pictures[:, frame]], made.classes[:, which])
        for clip in range(0, 400, 40):
            row, column = made.corners[clip, frame].tolist()
            inside = made.clips[clip, 0, frame, row : row + 3, column : column + 2]
            assert float(inside.min()) == float(made.clips[clip, 0, frame].max())
    assert set(pictures[:, 0].tolist()) == set(range(7))  # each picture of a class is drawn
    assert float(made.clips[:, :, 2:5].max()) <= 0.1
    assert made.corners[:, 2:5].unique().tolist() == [-1]


@pytest.mark.parametrize("ordered", [False, True])
def test_no_sum_is_better_than_the_limit(ordered) -> None:
    """All answers of K = 3 by sums of few levels, by trying each."""
    levels, best = (0, 1, 2), 0.0
    pairs = [(a, b, 0.5 / 3 if a == b else 0.5 / 6) for a in range(3) for b in range(3)]
    for f in product(levels, repeat=3):
        for g in product(levels, repeat=3) if ordered else (f,):
            for threshold in range(5):
                said = sum(w for a, b, w in pairs if (f[a] + g[b] > threshold) == (a == b))
                best = max(best, said)
    assert best == pytest.approx(limit_of_sums(3, ordered=ordered))


def test_limits_by_hand() -> None:
    # Five of ten: 5/10 of the equal pairs right, 20 of 90 others wrong.
    assert limit_of_sums(10) == pytest.approx((0.5 + 1 - 20 / 90) / 2)
    assert limit_of_sums(10, ordered=True) == pytest.approx(0.75)
    with pytest.raises(ConfigError, match="two classes or more, got 1"):
        limit_of_sums(1)


def test_what_cannot_be_made(generator) -> None:
    with pytest.raises(ConfigError, match=r"got 4 \+ 4 of 8 frames"):
        SameRules(shown=4)
    with pytest.raises(DataError, match="digits of two classes or more, got 1"):
        same_clips(torch.zeros(3, 2, 2), torch.ones(3, dtype=torch.long), 2, generator)
    with pytest.raises(DataError, match="digits of at most 32x32 pixels, got 40x2"):
        same_clips(torch.zeros(3, 40, 2), torch.arange(3), 2, generator)
