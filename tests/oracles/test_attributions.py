"""Integrated gradients and occlusion against sums over points and squares."""

import numpy as np
import pytest
import torch

import saccade
from tests.samples import drawn_model


@pytest.fixture(params=[{}, {"class_token": False, "global_pool": "avg"}], ids=str)
def case(request, captum, normal):
    """A model in float64 with an oblong grid, and three images."""
    model = drawn_model(img_size=(8, 12), **request.param).double()
    return model, normal(3, 3, 8, 12, dtype=torch.float64)


@pytest.fixture
def captum():
    """Skips where captum is not installed."""
    return pytest.importorskip("captum.attr")


def found(model, images, method, **options):
    return saccade.explain(
        model, images, method=method, target=1, options=options, honest=False
    ).map


def test_integrated_gradients(case):
    model, images = case
    points, weights = (torch.tensor(x) for x in np.polynomial.legendre.leggauss(7))
    total = torch.zeros_like(images)
    for point, weight in zip((points + 1) / 2, weights / 2, strict=True):
        with torch.enable_grad():
            there = (images * point).requires_grad_()
            (slope,) = torch.autograd.grad(model(there)[:, 1].sum(), there)
        total += weight * slope * images
    expected = total.sum(1).reshape(3, 4, 2, 6, 2).sum((2, 4))
    given = found(model, images, "integrated_gradients", steps=7)
    torch.testing.assert_close(given, expected, atol=1e-8, rtol=0)  # captum's points are float32


def test_occlusion_is_the_fall_of_the_score(case):
    model, images = case
    given = found(model, images, "occlusion")
    for row in range(4):
        for column in range(6):
            covered = images.clone()
            covered[..., 2 * row : 2 * row + 2, 2 * column : 2 * column + 2] = 0
            with torch.no_grad():
                fall = (model(images) - model(covered))[:, 1]
            # captum adds up in float32
            torch.testing.assert_close(given[:, row, column].double(), fall, atol=1e-6, rtol=0)


def test_occlusion_averages_squares_that_overlap(case):
    model, images = case
    given = saccade.explain(
        model,
        images,
        method="occlusion",
        target=1,
        options={"window": 4, "stride": 2, "baseline": 0.5},
        honest=False,
    )
    total, count = torch.zeros(3, 8, 12).double(), torch.zeros(8, 12)
    for top in range(0, 5, 2):
        for left in range(0, 9, 2):
            square = (slice(top, top + 4), slice(left, left + 4))
            covered = images.clone()
            covered[(..., *square)] = 0.5
            with torch.no_grad():
                fall = (model(images) - model(covered))[:, 1]
            total[(slice(None), *square)] += fall[:, None, None]
            count[square] += 1
    torch.testing.assert_close(given.pixels.double(), total / count, atol=1e-6, rtol=0)
    expected = (total / count).reshape(3, 4, 2, 6, 2).mean((2, 4))
    torch.testing.assert_close(given.map.double(), expected, atol=1e-6, rtol=0)
