"""Principal components of the patch embedding."""

import math

import pytest
import torch

from saccade.errors import ShapeError
from saccade.inspection import embedding_filters


def waves() -> torch.Tensor:
    """Three orthonormal cosine filters (3 p p c) of one channel and side 4."""
    rows = []
    for u, v in ((0, 1), (1, 0), (2, 1)):
        wave = torch.tensor(
            [
                [
                    math.cos(math.pi * (y + 0.5) * u / 4) * math.cos(math.pi * (x + 0.5) * v / 4)
                    for x in range(4)
                ]
                for y in range(4)
            ]
        )
        rows.append(wave / wave.norm())
    return torch.stack(rows)[..., None]


def test_planted_filters_are_found(normal) -> None:
    # 50 mixtures whose coefficients are centred, orthogonal and of length 3, 2 and 1.
    coefficients = normal(50, 3)
    coefficients = torch.linalg.qr(coefficients - coefficients.mean(0)).Q * torch.tensor(
        [3.0, 2, 1]
    )
    bank = torch.einsum("dk,kyxc->dcyx", coefficients, waves()) + 7.0  # the mean is taken off
    found = embedding_filters(bank, components=3)
    same = (found.vectors @ waves().flatten(1).T).abs()
    torch.testing.assert_close(same, torch.eye(3), atol=1e-5, rtol=0)
    expected = torch.tensor([9.0, 4, 1]) / 14
    torch.testing.assert_close(found.explained, expected, atol=1e-5, rtol=0)
    assert found.total == pytest.approx(1.0)


def test_components_are_orthonormal_and_explain_everything(normal) -> None:
    found = embedding_filters(normal(40, 3, 2, 2), components=100)
    assert found.vectors.shape == (12, 12)
    torch.testing.assert_close(found.vectors @ found.vectors.T, torch.eye(12), atol=1e-5, rtol=0)
    assert float(found.explained.sum()) == pytest.approx(1.0, abs=1e-6)
    assert (found.explained.diff() <= 0).all()
    assert found.total == pytest.approx(1.0)


def test_the_largest_entry_is_positive(normal) -> None:
    bank = normal(20, 3, 2, 2)
    found, mirrored = embedding_filters(bank), embedding_filters(-bank)
    for vector in found.vectors:
        assert float(vector[vector.abs().argmax()]) > 0
    torch.testing.assert_close(found.vectors, mirrored.vectors, atol=1e-5, rtol=0)


def test_pictures_show_the_vectors(normal) -> None:
    found = embedding_filters(normal(20, 3, 2, 4), components=5)
    assert found.images.shape == (5, 2, 4, 3)
    for vector, image in zip(found.vectors, found.images, strict=True):
        span = vector.max() - vector.min()
        torch.testing.assert_close(image.flatten(), (vector - vector.min()) / span)


def test_equal_filters_have_no_components_but_no_nan() -> None:
    found = embedding_filters(torch.ones(5, 3, 2, 2))
    assert found.images.isfinite().all()
    assert found.total == 0.0


def test_a_matrix_is_no_kernel() -> None:
    with pytest.raises(ShapeError, match=r"the patch kernel as \(d c p p\) with 4 axes"):
        embedding_filters(torch.zeros(4, 4))
