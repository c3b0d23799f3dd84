"""What every method of the table promises."""

import warnings

import pytest
import torch

from saccade.classic.centre_bias import centre_bias
from saccade.classic.saliency import SALIENCY, saliency
from saccade.errors import ConfigError, ShapeError, UnknownName

NAMES = (
    *("itti", "spectral_residual", "spectral_residual_opencv", "fine_grained"),
    *("frequency_tuned", "centre"),
)


@pytest.fixture(autouse=True)
def small():
    """Pictures here are small; what Itti's method warns of is tested with it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


def test_the_names():
    assert tuple(SALIENCY) == NAMES


@pytest.mark.parametrize("method", NAMES)
def test_each_picture_has_its_map(method, generator):
    images = torch.rand(3, 3, 41, 37, generator=generator)
    maps = saliency(images, method)
    assert (tuple(maps.shape), maps.dtype) == ((3, 41, 37), torch.float32)
    assert maps.isfinite().all()
    assert float(maps.min()) >= 0
    for image, one in zip(images, maps, strict=True):
        torch.testing.assert_close(saliency(image[None], method)[0], one, atol=2e-5, rtol=1e-5)


@pytest.mark.parametrize("method", NAMES)
@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_one_colour(method, level):
    maps = saliency(torch.full((1, 3, 33, 40), level), method)
    assert maps.isfinite().all()
    assert float(maps.min()) >= 0


@pytest.mark.parametrize("method", [name for name in NAMES if name != "itti"])
@pytest.mark.parametrize("size", [(1, 1), (1, 20), (3, 2)])
def test_any_size(method, size, generator):
    maps = saliency(torch.rand(1, 3, *size, generator=generator), method)
    assert tuple(maps.shape) == (1, *size)
    assert maps.isfinite().all()


@pytest.mark.parametrize("method", NAMES)
def test_the_pictures_stay_as_they_are(method, generator):
    images = torch.rand(1, 3, 40, 40, generator=generator, dtype=torch.float64).requires_grad_()
    before = images.detach().clone()
    assert not saliency(images, method).requires_grad
    assert torch.equal(images.detach(), before)


def test_a_centre_can_be_multiplied_in(generator):
    images = torch.rand(1, 3, 20, 30, generator=generator)
    expected = saliency(images, "fine_grained") * centre_bias((20, 30), spread=0.3).float()
    torch.testing.assert_close(saliency(images, "fine_grained", centre_spread=0.3), expected)


def test_errors():
    images = torch.zeros(1, 3, 8, 8)
    with pytest.raises(UnknownName, match="the name of a saliency method, got 'iti'; try itti"):
        saliency(images, "iti")
    with pytest.raises(ShapeError, match="c=3"):
        saliency(images[:, :1], "centre")
    with pytest.raises(ConfigError, match="a spread above 0"):
        saliency(images, "centre", centre_spread=-1.0)
