"""What makes a CNN or an ST-CNN: the sizes of its maps, and what cannot work."""

import pytest

from saccade.errors import ConfigError
from saccade.models.st_cnn_config import STCNNConfig


def test_sizes_of_the_papers_network() -> None:
    # 28: 20 after 9x9, 10, 4 after 7x7, 2. The localisation: 14, 10 after 5x5, 5, 1, 1.
    config = STCNNConfig(warp="affine")
    assert (config.grid, config.loc_grid) == ((2, 2), (1, 1))
    # 42, averaged: 21, 13, 7, 1, 1. The localisation: 21, 17, 9, 5, 3.
    config = STCNNConfig(warp="affine", img_size=42, pool=2)
    assert (config.grid, config.loc_grid) == ((1, 1), (3, 3))
    assert STCNNConfig(img_size=42).grid == (6, 6)
    assert STCNNConfig(img_size=(28, 42)).layout.grid == (2, 6)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"img_size": 8}, r"a position after convolutions of \(9, 7\), got 8x8"),
        ({"img_size": 20, "kernel_sizes": (3, 3), "warp": "affine", "loc_pool": 4}, "loc_kernel"),
        ({"warp": "rotation"}, "warp as one of none, attention, affine, projective, thin_plate"),
        ({"padding_mode": "black"}, "padding_mode as one of zeros"),
        ({"filters": (3,)}, "filters as two numbers above 0"),
        ({"pool": 0}, "a positive pool"),
        ({"hidden": -1}, "hidden of at least 0"),
        ({"drop_rate": 1.0}, "drop_rate from 0 to below 1"),
    ],
)
def test_what_cannot_work(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        STCNNConfig(**changes)
