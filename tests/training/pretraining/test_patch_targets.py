"""Targets: labels by hand and by a loop, their losses, and what guesses look like."""

import math

import pytest
import torch
import torch.nn.functional as F

from saccade.data.transforms import Preprocessing
from saccade.errors import ConfigError, UnknownName
from saccade.training.pretraining.patch_targets import make_target
from tests.foreign import foreign
from tests.training.pretraining.small import PIXELS, pictures

PATCH = (4, 4)


def test_a_colour_by_hand() -> None:
    plain = torch.tensor([255, 32, 0], dtype=torch.uint8).view(1, 3, 1, 1).expand(1, 3, 12, 16)
    right = make_target("mean-colour", PIXELS, PATCH).of(PIXELS.normalize(plain))
    assert right.unique().tolist() == [7 + 8 * 1 + 64 * 0]  # 8 · 32 / 255 is just over 1


def test_noise_has_the_colour_in_the_middle() -> None:
    # 292 = 4 + 8 · 4 + 64 · 4. Half of the noise mirrors the other half, so that the mean is 127.5
    # and no patch falls just below the border between 3 and 4.
    noise = pictures(8)[:, :, :, :8]
    noise = torch.stack([noise, 255 - noise], dim=4).flatten(3)
    right = make_target("mean-colour", PIXELS, PATCH).of(PIXELS.normalize(noise))
    assert right.unique().tolist() == [292]
    small = make_target("small-patch", PIXELS, PATCH).of(PIXELS.normalize(noise))
    assert len(small.unique()) > 100  # a pixel each: quantising before the mean would be this


@pytest.mark.parametrize(("name", "cells"), [("mean-colour", 1), ("small-patch", 4)])
def test_labels_equal_a_loop(name: str, cells: int) -> None:
    patch, levels = (8, 4), pictures()
    levels = levels[:, :, :8]
    target = make_target(name, PIXELS, patch)
    right = target.of(PIXELS.normalize(levels))
    assert right.shape == (3, 4, cells**2)
    tall, wide = patch[0] // cells, patch[1] // cells
    for image in range(3):
        for column in range(4):
            for i in range(cells):
                for j in range(cells):
                    left = column * 4 + j * wide
                    part = levels[image, :, i * tall : (i + 1) * tall, left : left + wide]
                    means = part.double().flatten(1).mean(dim=1) / 255
                    bins = [min(math.floor(8 * mean), 7) for mean in means.tolist()]
                    label = bins[0] + 8 * bins[1] + 64 * bins[2]
                    assert right[image, column, i * cells + j] == label


def test_losses_of_colours_equal_a_loop() -> None:
    target = make_target("small-patch", PIXELS, PATCH)
    right = target.of(PIXELS.normalize(pictures(1)))
    guessed = torch.randn(1, 12, target.outputs, generator=torch.Generator().manual_seed(0))
    losses = target.losses(guessed, right)
    for patch in range(12):
        found = [
            -F.log_softmax(guessed[0, patch, s * 512 : (s + 1) * 512], dim=0)[right[0, patch, s]]
            for s in range(16)
        ]
        assert losses[0, patch].item() == pytest.approx(sum(found).item() / 16, rel=1e-5)


@pytest.mark.parametrize("name", ["mean-colour", "small-patch"])
def test_right_guesses_look_like_the_picture(name: str) -> None:
    target = make_target(name, PIXELS, PATCH)
    images = PIXELS.normalize(pictures())
    right = target.of(images)
    guessed = 50.0 * F.one_hot(right, 512).flatten(2).float()
    assert target.losses(guessed, right).max() < 1e-6
    assert target.hits(guessed, right).min() == 1
    seen = target.painted(guessed, images)
    again = target.of(_joined(seen))
    assert torch.equal(again, right)


def test_pixels_by_their_own_mean_and_spread() -> None:
    images = PIXELS.normalize(pictures())
    target = make_target("norm-pixels", PIXELS, PATCH)
    right = target.of(images)
    first = images[0, :, :4, :4].permute(1, 2, 0).flatten()  # row, column, channel
    spread = math.sqrt(((first - first.mean()) ** 2).sum().item() / 47 + 1e-6)
    assert torch.allclose(right[0, 0], (first - first.mean()) / spread, atol=1e-5)
    plain = make_target("pixels", PIXELS, PATCH)
    assert torch.allclose(target.painted(right, images), plain.of(images), atol=1e-5)
    guess = torch.zeros(3, 12, 48)
    assert plain.losses(guess, plain.of(images))[0, 0].item() == pytest.approx(
        first.square().mean().item(), rel=1e-5
    )
    assert plain.hits(guess, plain.of(images)) is None


def test_what_cannot_be() -> None:
    with pytest.raises(ConfigError, match="divisible by 4"):
        make_target("small-patch", PIXELS, (6, 6))
    with pytest.raises(UnknownName, match="mean-colour"):
        make_target("mean-color", PIXELS, PATCH)
    grey = Preprocessing(img_size=(2, 2), in_chans=1)
    assert make_target("mean-colour", grey, (2, 2)).outputs == 8
    with pytest.raises(ConfigError, match="one grey pixel"):
        make_target("norm-pixels", grey, (1, 1))


@pytest.mark.parity
def test_labels_are_those_of_vit_pytorch() -> None:
    foreign("vit_pytorch")
    loss = foreign("vit_pytorch.mpp").MPPLoss(4, 3, 3, 1.0, list(PIXELS.mean), list(PIXELS.std))
    images = PIXELS.normalize(pictures(20))
    right = make_target("mean-colour", PIXELS, PATCH).of(images)[:, :, 0]
    guessed = 50.0 * F.one_hot(right, 512).float()
    assert loss(guessed, images, torch.ones(20, 12, dtype=torch.bool)).item() < 1e-6


def _joined(patches: torch.Tensor) -> torch.Tensor:
    return F.fold(
        patches.unflatten(2, (16, 3)).transpose(2, 3).flatten(2).mT, (12, 16), PATCH, stride=PATCH
    )
