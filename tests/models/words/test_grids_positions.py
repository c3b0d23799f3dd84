"""Marks of the places, for networks that do not know where they look."""

from dataclasses import replace

import pytest
import torch

from saccade.errors import ConfigError
from saccade.layers.positions import sincos_positions
from saccade.models.words.grids import GridConfig, GridEncoder

CNN = {"img_size": (64, 32), "widths": (4, 4, 4, 8), "stem_chs": 4}
PLAIN = GridConfig(network="resnet18", options=CNN)
MARKED = replace(PLAIN, positions="sincos2d")


def test_a_fixed_table_is_added_to_each_place() -> None:
    plain, marked = GridEncoder(PLAIN).eval(), GridEncoder(MARKED).eval()
    marked.load_state_dict(plain.state_dict())  # the table is not saved
    images = torch.randn(2, 3, 64, 32)
    added = marked(images) - plain(images)
    torch.testing.assert_close(added, sincos_positions((2, 1), 8).expand(2, 2, 8).float())
    assert plain.places is None
    assert "places" not in marked.state_dict()
    assert GridConfig.from_dict(MARKED.to_dict()) == MARKED


def test_the_table_fits_the_grid_that_is_pooled() -> None:
    encoder = GridEncoder(replace(MARKED, pool=(3, 2)))
    assert encoder.places.shape == (6, 8)
    assert not encoder.places.requires_grad
    assert encoder.double().places.dtype == torch.float64


def test_features_that_have_no_such_table_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"expected .*4.*, got "):
        GridEncoder(replace(MARKED, options={**CNN, "widths": (4, 4, 4, 6)}))
    with pytest.raises(ConfigError, match="positions none or sincos2d, got 'learned'"):
        replace(PLAIN, positions="learned")
