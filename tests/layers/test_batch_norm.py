"""Batch norm as a scale and a shift: the same as calling it."""

import copy

import pytest
import torch
from torch import nn

from saccade.layers.batch_norm import affine_of, is_plain


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize(
    "options",
    [{}, {"momentum": None}, {"affine": False}, {"track_running_stats": False}, {"eps": 0.1}],
    ids=str,
)
def test_it_does_what_the_norm_does(options: dict[str, object], train: bool, normal) -> None:
    norm = nn.BatchNorm2d(3, **options).double().train(train)
    x = normal(2, 3, 4, 5, dtype=torch.float64) * 2 + 1
    other = copy.deepcopy(norm)
    for _ in range(2):
        wanted = norm(x)
        variance, mean = torch.var_mean(x, (0, 2, 3), correction=0)
        scale, shift = affine_of(other, lambda m=mean, v=variance: (m, v), 40, x.dtype)
        found = x * scale[:, None, None] + shift[:, None, None]
        torch.testing.assert_close(found, wanted, atol=1e-12, rtol=1e-12)
    for mine, theirs in zip(other.buffers(), norm.buffers(), strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-12, rtol=1e-12)


def test_moments_are_only_asked_for_when_needed() -> None:
    affine_of(nn.BatchNorm2d(2).eval(), lambda: pytest.fail("not needed"), 4, torch.float32)


def test_plain_norms() -> None:
    norm = nn.BatchNorm2d(2)
    assert is_plain((norm,))
    assert not is_plain((norm, nn.SyncBatchNorm(2)))
    norm.register_forward_hook(lambda *_: None)
    assert not is_plain((norm,))
