"""The spectral residual by a slow transform, its laws, and OpenCV's."""

import cmath
import math

import numpy as np
import pytest
import torch

from saccade.classic.spectral_residual import spectral_residual, spectral_residual_opencv
from saccade.errors import ConfigError
from tests.classic.pictures import PHOTOGRAPHS, opencv, photograph, pixels


def blurred(values, weights, mode):
    reach = len(weights) // 2
    padded = np.pad(values, reach, mode=mode)
    out = np.zeros(values.shape)
    for y in range(values.shape[0]):
        for x in range(values.shape[1]):
            window = padded[y : y + len(weights), x : x + len(weights)]
            out[y, x] = weights @ window @ weights
    return out


def test_the_paper_slowly(generator):
    """The sums of the Fourier transform as matrices, and each line of section 3."""
    grey = torch.rand(64, 66, generator=generator)
    rows, columns = (
        np.array(
            [[cmath.exp(-2j * math.pi * k * n / size) for n in range(size)] for k in range(size)]
        )
        for size in (64, 66)
    )
    spectrum = rows @ grey.double().numpy() @ columns
    log, phase = np.log(np.abs(spectrum)), np.angle(spectrum)
    residual = log - blurred(log, np.full(3, 1 / 3), "edge")
    back = np.conj(rows) @ np.exp(residual + 1j * phase) @ np.conj(columns) / (64 * 66)
    bell = np.exp(-0.5 * (np.arange(-8, 9) / 2.5) ** 2)
    expected = blurred(np.abs(back) ** 2, bell / bell.sum(), "constant")
    found = spectral_residual(grey.expand(1, 3, 64, 66), sigma=2.5)[0].numpy()
    np.testing.assert_allclose(found, expected / expected.max(), atol=1e-3)


def test_opencv_slowly():
    picture = np.repeat(photograph("noise")[:, :, :1], 3, axis=2)[np.arange(64) % 61][:, :64]
    spectrum = np.fft.fft2(picture[:, :, 0])
    log = np.log(1 + np.abs(spectrum))
    residual = log - blurred(log, np.full(3, 1 / 3), "reflect")
    back = np.abs(np.fft.ifft2(np.exp(residual + 1j * np.angle(spectrum))))
    bell = np.exp(-0.5 * (np.arange(-2, 3) / 8) ** 2)
    expected = blurred(back, bell / bell.sum(), "reflect") ** 2
    found = spectral_residual_opencv(pixels(picture))[0].numpy()
    np.testing.assert_allclose(found, expected / expected.max(), atol=1e-4)


def test_the_paper_s_does_not_depend_on_the_light(generator):
    images = torch.rand(1, 3, 70, 90, generator=generator)
    torch.testing.assert_close(spectral_residual(images / 2), spectral_residual(images))


@pytest.mark.parametrize("method", [spectral_residual, spectral_residual_opencv])
@pytest.mark.parametrize("level", [0.0, 0.3, 1.0])
def test_one_colour_is_finite(method, level):
    maps = method(torch.full((1, 3, 40, 31), level))
    assert tuple(maps.shape) == (1, 40, 31)
    assert maps.isfinite().all()
    assert float(maps.min()) >= 0


def test_a_spot_stands_out():
    images = torch.full((1, 3, 96, 128), 0.2)
    images[:, :, 60:68, 30:38] = 0.9
    for method in (spectral_residual, spectral_residual_opencv):
        place = int(method(images).argmax())
        assert abs(place // 128 - 64) < 12
        assert abs(place % 128 - 34) < 12


@pytest.mark.parity
@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_opencv_s(name):
    picture = photograph(name)
    expected = opencv("StaticSaliencySpectralResidual", picture)
    found = spectral_residual_opencv(pixels(picture))[0].numpy()
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)


def test_errors():
    with pytest.raises(ConfigError, match="a sigma above 0 pixels, got 0"):
        spectral_residual(torch.zeros(1, 3, 8, 8), sigma=0)
