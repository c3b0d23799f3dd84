import random

import pytest
import torch

from saccade.data.augment.mixing import Mixing, blended, cut_in, draw_box, smoothed
from saccade.data.sampling import share
from saccade.errors import ConfigError, ShapeError


def batch(count=4, side=8):
    numbers = torch.Generator().manual_seed(0)
    return torch.randn(count, 3, side, side, generator=numbers), torch.arange(count) % 3


def test_targets_by_hand():
    targets = smoothed(torch.tensor([1, 0]), classes=4, smoothing=0.1)
    wanted = torch.tensor([[0.295, 0.655, 0.025, 0.025], [0.655, 0.295, 0.025, 0.025]])
    torch.testing.assert_close(blended(targets, 0.7), wanted)


def test_mixup_slowly():
    images, labels = batch(5)
    got, targets = Mixing(mixup=0.8).apply(images, labels, classes=3, chances=random.Random(3))
    kept, cut = Mixing(mixup=0.8).draw(random.Random(3))
    assert not cut
    for index in range(5):
        partner = 4 - index
        wanted = kept * images[index] + (1 - kept) * images[partner]
        torch.testing.assert_close(got[index], wanted)
        own = torch.zeros(3)
        own[labels[index]] += kept
        own[labels[partner]] += 1 - kept
        torch.testing.assert_close(targets[index], own)
    torch.testing.assert_close(got[2], images[2])  # the middle of an odd batch


def test_cutmix_slowly():
    images, labels = batch(6)
    for seed in range(20):
        got, targets = Mixing(cutmix=1.0).apply(
            images, labels, classes=3, chances=random.Random(seed)
        )
        own = (got == images).all(dim=1)
        assert ((got == images.flip(0)).all(dim=1) | own).all()
        kept = own[0].float().mean()
        torch.testing.assert_close(targets[0, labels[0]], kept)
        torch.testing.assert_close(targets.sum(dim=1), torch.ones(6))


def test_boxes_cover_what_lambda_says_where_they_fit():
    chances, areas = random.Random(0), []
    for _ in range(2000):
        top, bottom, left, right = draw_box((40, 60), 0.9, chances)
        assert 0 <= top <= bottom <= 40
        assert 0 <= left <= right <= 60
        areas.append((bottom - top) * (right - left))
    assert max(areas) == 12 * 18  # the whole part of 40 and 60 times the root of 0.1
    # The middle is anywhere, so part is cut off: a quarter of cut / side, on average.
    mean = 12 * (1 - 12 / 160) * 18 * (1 - 18 / 240)
    assert sum(areas) / len(areas) == pytest.approx(mean, rel=0.03)
    assert cut_in(torch.zeros(2, 1, 4, 5), (1, 3, 0, 5))[1] == 0.5


def test_how_often_and_how_much():
    chances, mixing = random.Random(0), Mixing(mixup=0.8, cutmix=1.0, mix_prob=0.6, switch_prob=0.3)
    drawn = [mixing.draw(chances) for _ in range(5000)]
    mixed = [(kept, cut) for kept, cut in drawn if kept < 1]
    assert len(mixed) / 5000 == pytest.approx(0.6, abs=0.03)
    assert sum(cut for _, cut in mixed) / len(mixed) == pytest.approx(0.3, abs=0.03)
    for want, variance in ((False, 0.25 / 2.6), (True, 0.25 / 3)):  # 1 / (4 (2 alpha + 1))
        shares = [kept for kept, cut in mixed if cut is want]
        mean = sum(shares) / len(shares)
        assert mean == pytest.approx(0.5, abs=0.03)
        spread = sum((one - mean) ** 2 for one in shares) / len(shares)
        assert spread == pytest.approx(variance, rel=0.1)


def test_pictures_of_several_labels_mix_too():
    images, _ = batch(2)
    labels = torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    mixing = Mixing(mixup=1.0, smoothing=0.1)
    kept, _ = mixing.draw(random.Random(0))
    _, targets = mixing.apply(images, labels, classes=3, chances=random.Random(0))
    wanted = torch.tensor([0.05 + 0.9 * kept, 0.05 + 0.9 * kept, 0.05])
    torch.testing.assert_close(targets[0], wanted)


@pytest.mark.parametrize("processes", [2, 4])
def test_mixing_shares_is_mixing_the_whole(processes):
    images, labels = batch(16)
    mixing = Mixing(mixup=0.8, cutmix=1.0, smoothing=0.1)
    for seed in range(4):
        whole = mixing.apply(images, labels, classes=3, chances=random.Random(seed))
        for rank in range(processes):
            own = torch.tensor(share(range(16), rank, processes))
            part = mixing.apply(images[own], labels[own], classes=3, chances=random.Random(seed))
            assert torch.equal(part[0], whole[0][own])
            assert torch.equal(part[1], whole[1][own])


def test_what_came_in_stays_and_nothing_asked_mixes_nothing():
    images, labels = batch(3)
    before = images.clone()
    Mixing(cutmix=1.0).apply(images, labels, classes=3, chances=random.Random(0))
    assert torch.equal(images, before)
    same, targets = Mixing().apply(images, labels, classes=3, chances=random.Random(0))
    assert same is images
    assert targets.argmax(dim=1).tolist() == labels.tolist()


def test_what_cannot_work_is_refused():
    for options in ({"mixup": -1}, {"mix_prob": 2}, {"switch_prob": -1}, {"smoothing": 1.0}):
        with pytest.raises(ConfigError):
            Mixing(**options)
    with pytest.raises(ShapeError, match=r"\(b 3\)"):
        smoothed(torch.zeros(2, 4), classes=3)
