"""Cutting images into patches and back."""

import pytest
import torch
import torch.nn.functional as F

from saccade.errors import ConfigError, ShapeError
from saccade.layers import PatchEmbedding, join_patches, split_patches
from saccade.layers.patches import grid_of, pair


def test_by_hand() -> None:
    # 2x4 pixels of one channel in two 2x2 patches: left 0 1 4 5, right 2 3 6 7.
    image = torch.arange(8.0).reshape(1, 1, 2, 4)
    expected = torch.tensor([[[0.0, 1, 4, 5], [2, 3, 6, 7]]])
    torch.testing.assert_close(split_patches(image, (2, 2)), expected)


def test_slowly(normal) -> None:
    images = normal(2, 3, 4, 6)
    tokens = split_patches(images, (2, 3))
    for row in range(2):
        for column in range(2):
            for y in range(2):
                for x in range(3):
                    for channel in range(3):
                        place = (y * 3 + x) * 3 + channel  # (p_row, p_col, channel)
                        pixel = images[:, channel, row * 2 + y, column * 3 + x]
                        assert torch.equal(tokens[:, row * 2 + column, place], pixel)


def test_the_convolution_is_a_linear_layer_on_flat_patches(drawn, normal) -> None:
    embedding, images = drawn(PatchEmbedding(3, 5, (2, 3)).double()), normal(2, 3, 6, 6).double()
    kernel = embedding.proj.weight  # (d c p_row p_col)
    matrix = kernel.permute(0, 2, 3, 1).flatten(1)
    expected = F.linear(split_patches(images, (2, 3)), matrix, embedding.proj.bias)
    torch.testing.assert_close(embedding(images), expected, atol=1e-12, rtol=0)


@pytest.mark.parametrize("patch", [(1, 1), (2, 3), (4, 6)])
def test_splitting_and_joining_is_the_identity(normal, patch: tuple[int, int]) -> None:
    images = normal(2, 3, 4, 6)
    grid = grid_of((4, 6), patch)
    assert torch.equal(join_patches(split_patches(images, patch), patch, grid), images)


def test_bytes_can_be_cut_too() -> None:
    assert split_patches(torch.zeros(1, 3, 4, 4, dtype=torch.uint8), (2, 2)).dtype == torch.uint8


def test_sides() -> None:
    assert pair(3) == (3, 3)
    assert pair([4, 6]) == (4, 6)  # what JSON makes of a tuple


@pytest.mark.parametrize(
    ("size", "patch", "sentence"),
    [
        (
            (225, 224),
            (16, 16),
            "divisible by the patch side 16, got 225x224; try 224x224 or 240x224",
        ),
        (
            (224, 230),
            (16, 16),
            "divisible by the patch side 16, got 224x230; try 224x224 or 224x240",
        ),
        ((10, 16), (16, 16), "divisible by the patch side 16, got 10x16; try 16x16"),
        ((28, 28), (0, 4), "expected a patch side of at least 1 pixel, got 0; try patch_size=16"),
        ((28, 28), (-4, 4), "expected a patch side of at least 1 pixel, got -4; try patch_size=16"),
    ],
)
def test_sizes_that_cannot_be_cut(
    size: tuple[int, int], patch: tuple[int, int], sentence: str
) -> None:
    with pytest.raises(ConfigError) as error:
        grid_of(size, patch)
    assert str(error.value).endswith(sentence)


def test_too_few_patches(normal) -> None:
    with pytest.raises(ShapeError, match=r"the patches as \(b n d\), n=6, got \(1, 5, 4\)"):
        join_patches(normal(1, 5, 4), (2, 2), (2, 3))
