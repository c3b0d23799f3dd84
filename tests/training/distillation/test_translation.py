"""What a student sees, as its teacher sees it."""

import numpy as np
import pytest
import torch
from PIL import Image

from saccade.data.transforms import Preprocessing
from saccade.training.distillation.translation import recoloured, resized, translated

RGB = Preprocessing(img_size=(6, 6), mean=(0.5, 0.4, 0.3), std=(0.2, 0.3, 0.4))
OTHER = Preprocessing(img_size=(6, 6), mean=(0.1, 0.2, 0.3), std=(0.5, 0.25, 0.2))
GREY = Preprocessing(img_size=(6, 6), in_chans=1, mean=(0.2,), std=(0.3,))


def pixels(channels: int = 3, side: int = 6) -> torch.Tensor:
    rng = np.random.default_rng(0)
    return torch.from_numpy(rng.integers(0, 256, (2, channels, side, side), np.uint8))


def test_equal_sizes_are_exact() -> None:
    found = translated(RGB.normalize(pixels()), RGB, OTHER)
    assert torch.allclose(found, OTHER.normalize(pixels()), atol=1e-6, rtol=1e-6)
    images = RGB.normalize(pixels())
    assert translated(images, RGB, RGB) is images


def test_by_hand() -> None:
    one = torch.tensor([1.0, -1.0, 0.5]).view(1, 3, 1, 1)  # pixels 0.7, 0.1, 0.5
    small = [Preprocessing(img_size=(1, 1), mean=p.mean, std=p.std) for p in (RGB, OTHER)]
    found = translated(one, *small).flatten()
    assert found.tolist() == pytest.approx([1.2, -0.4, 1.0], abs=1e-6)


def test_grey_and_colour() -> None:
    grey = pixels(1)
    wide = translated(GREY.normalize(grey), GREY, OTHER)
    assert torch.allclose(wide, OTHER.normalize(grey.expand(-1, 3, -1, -1)), atol=1e-6)
    narrow = translated(RGB.normalize(pixels()), RGB, GREY)
    for picture, own in zip(pixels(), narrow, strict=True):
        image = Image.fromarray(picture.permute(1, 2, 0).numpy()).convert("L")
        luma = torch.from_numpy(np.array(image))[None, None]
        assert (own - GREY.normalize(luma)[0]).abs().max() <= 0.51 / 255 / 0.3  # Pillow rounds


def test_another_size_is_that_of_pillow_to_rounding() -> None:
    for name in ("bilinear", "bicubic"):
        to = Preprocessing(img_size=(5, 9), interpolation=name)
        soft = pixels(side=12) // 4 + 90  # bicubic stays inside 0-1
        found = resized(soft.float() / 255, to) * 255
        for picture, own in zip(soft, found, strict=True):
            image = Image.fromarray(picture.permute(1, 2, 0).numpy())
            filters = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
            theirs = np.array(image.resize((9, 5), filters[name])).transpose(2, 0, 1)
            assert np.abs(own.numpy() - theirs).max() <= 1.01
    nearest = Preprocessing(img_size=(12, 12), interpolation="nearest")
    doubled = pixels().float().repeat_interleave(2, 2).repeat_interleave(2, 3)
    assert torch.equal(resized(pixels().float(), nearest), doubled)


def test_a_law_noise_beyond_the_pixels_stays_and_order_does_not_matter() -> None:
    images = RGB.normalize(pixels())
    images[0, :, :2, :2] = 40.0
    found = translated(images, RGB, OTHER)
    assert torch.allclose(translated(found, OTHER, RGB), images, atol=1e-5)
    assert torch.equal(translated(images.flip(0), RGB, OTHER), found.flip(0))
    assert recoloured(images, 3) is images
