"""Which patches are hidden: by hand, by counting, and the same for any batch."""

import pytest
import torch

from saccade.errors import ConfigError
from saccade.training.pretraining.masking import corrupt, hide, kept_count, taken


def test_by_hand() -> None:
    found = hide(torch.tensor([[0.9, 0.1, 0.5, 0.3]]), 0.5)
    assert found.kept.tolist() == [[1, 3]]
    assert found.restore.tolist() == [[3, 0, 2, 1]]  # place of each patch in 1, 3, 2, 0
    assert found.hidden.tolist() == [[True, False, True, False]]


def test_restoring_brings_each_patch_back() -> None:
    noise = torch.rand(5, 12, generator=torch.Generator().manual_seed(0))
    tokens = torch.randn(5, 12, 3)
    found = hide(noise, 0.75)
    seen = taken(tokens, found.kept)
    whole = taken(torch.cat([seen, torch.full((5, 9, 3), -7.0)], dim=1), found.restore)
    assert torch.equal(whole, torch.where(found.hidden[:, :, None], -7.0, tokens))


def test_how_many_are_seen() -> None:
    assert [kept_count(n, r) for n, r in ((196, 0.75), (7, 0.5), (4, 0.75))] == [49, 3, 1]
    for patches, ratio in ((1, 0.5), (4, 0.9)):
        with pytest.raises(ConfigError, match=r"expected a mask_ratio .* try mask_ratio"):
            kept_count(patches, ratio)


def test_corruption_equals_a_loop() -> None:
    noise = torch.rand(4, 9, 3, generator=torch.Generator().manual_seed(0))
    noise[0, 0] = torch.tensor([1.0, 0.85, 1 - 2**-24])  # hidden, swapped, by the last other one
    found = corrupt(noise, 0.5)
    for image in range(4):
        ranks = sorted(range(9), key=lambda i: noise[image, i, 0].item())
        for patch in range(9):
            _, how, what = noise[image, patch].tolist()
            hidden = patch in ranks[4:]
            other = (patch + 1 + min(int(what * 8), 7)) % 9
            swapped = hidden and 0.8 <= how < 0.9
            assert bool(found.hidden[image, patch]) == hidden
            assert bool(found.masked[image, patch]) == (hidden and how < 0.8)
            assert int(found.source[image, patch]) == (other if swapped else patch)
            assert other != patch


def test_eighty_ten_ten() -> None:
    noise = torch.rand(200, 100, 3, generator=torch.Generator().manual_seed(0))
    found = corrupt(noise, 0.5)
    assert found.hidden.sum(dim=1).unique().tolist() == [50]
    swapped = (found.source != torch.arange(100)).sum() / found.hidden.sum()
    masked = found.masked.sum() / found.hidden.sum()
    assert masked.item() == pytest.approx(0.8, abs=0.02)
    assert swapped.item() == pytest.approx(0.1, abs=0.02)
    assert not (found.masked & (found.source != torch.arange(100))).any()
