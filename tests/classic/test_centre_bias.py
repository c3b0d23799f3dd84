"""The middle of pictures; the Gaussian itself is tested with the maps of gaze."""

import pytest
import torch

from saccade.classic.centre_bias import centre, centre_bias
from saccade.errors import ConfigError


def test_by_hand():
    found = centre_bias((3, 5), spread=0.2)
    assert found[1, 2] == 1
    assert found[1, 3].item() == pytest.approx(0.60653, abs=1e-5)  # one deviation: exp(-1/2)


def test_a_batch_has_one_map_each():
    found = centre(torch.zeros(2, 3, 6, 9))
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, centre_bias((6, 9)).float().expand(2, 6, 9))
    torch.testing.assert_close(found, found.flip(2))


def test_errors():
    with pytest.raises(ConfigError, match="a spread above 0, got 0"):
        centre_bias((2, 2), spread=0)
