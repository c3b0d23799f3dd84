"""What a pyramid vision transformer cannot be."""

import pytest

from saccade.errors import ConfigError
from saccade.models.pvt_config import PVTConfig, PVTv2Config


def test_maps_of_the_stages() -> None:
    config = PVTv2Config(img_size=(225, 64))
    assert config.strides == (4, 8, 16, 32)
    assert [config.grid(stage) for stage in range(4)] == [(57, 16), (29, 8), (15, 4), (8, 2)]
    assert (config.layout.grid, config.layout.patch) == ((8, 2), (29, 32))
    first = PVTConfig(img_size=(96, 64))
    assert (first.layout.prefix, first.layout.grid) == (("cls",), (3, 2))
    assert first.layout.patch == (32, 32)


def test_stochastic_depth_grows_over_all_blocks() -> None:
    config = PVTConfig(depths=[1, 2, 1, 1], drop_path_rate=0.4)
    rates = [config.drop_path(stage, block) for stage, block in ((0, 0), (1, 0), (1, 1), (3, 0))]
    assert rates == pytest.approx([0.0, 0.1, 0.2, 0.4])
    assert config.depths == (1, 2, 1, 1)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"in_chans": 0}, "expected a positive in_chans, got 0; try in_chans=1"),
        ({"num_classes": -1}, "expected num_classes of at least 0, got -1; try num_classes=10"),
        ({"attn_drop_rate": 1}, "expected attn_drop_rate in [0, 1), got 1; try attn_drop_rate=0.1"),
        (
            {"num_heads": (1, 2)},
            "expected a positive number of num_heads for each of the 4 stages, got (1, 2); "
            "try num_heads=(1, 1, 1, 1)",
        ),
        (
            {"embed_dims": (0, 64, 64, 64)},
            "expected a positive number of embed_dims for each of the 4 stages, got "
            "(0, 64, 64, 64); try embed_dims=(1, 1, 1, 1)",
        ),
    ],
)
@pytest.mark.parametrize("kind", [PVTConfig, PVTv2Config])
def test_errors(kind: type, changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        kind(**changes)
    assert str(error.value) == sentence


def test_a_class_token_beside_a_reduced_map() -> None:
    with pytest.raises(ConfigError) as error:
        PVTConfig(sr_ratios=(8, 4, 2, 2))
    assert str(error.value) == (
        "expected an sr_ratio of 1 in the last stage, where a class token stands beside the map, "
        "got 2; try sr_ratios=(8, 4, 2, 1)"
    )
    assert PVTv2Config(sr_ratios=(8, 4, 2, 2)).sr_ratios[-1] == 2
    with pytest.raises(ConfigError, match=r"pos_drop_rate in \[0, 1\), got 1"):
        PVTConfig(pos_drop_rate=1)
