"""What a BiT network can be made of."""

import pytest

from saccade.errors import ConfigError
from saccade.models.bit_config import BiTConfig


def test_sizes() -> None:
    config = BiTConfig(img_size=(65, 96), layers=[1, 2], channels=[128, 256], width_factor=3)
    assert (config.image, config.grid, config.width) == ((65, 96), (9, 12), 768)
    assert (config.layers, config.channels) == ((1, 2), (128, 256))
    assert BiTConfig().grid == (7, 7)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"channels": (256, 512)},
            "expected blocks and channels of each stage, got layers=(3, 4, 6, 3) and "
            "channels=(256, 512); try layers=(3, 4, 6, 3)",
        ),
        (
            {"layers": (1, 0, 1, 1)},
            "expected blocks and channels of each stage, got layers=(1, 0, 1, 1) and "
            "channels=(256, 512, 1024, 2048); try layers=(3, 4, 6, 3)",
        ),
        (
            {"channels": (256, 512, 1000, 2048)},
            "expected channels times width_factor divisible by 128, got 1000 times 1; try 128",
        ),
        (
            {"stem_chs": 40},
            "expected stem_chs times width_factor divisible by 32, got 40 times 1; try 32",
        ),
        ({"eps": "tf"}, "expected eps out of timm, google, bit, got 'tf'; try timm"),
        (
            {"pool_padding": "one"},
            "expected pool_padding out of zero, lowest, got 'one'; try zero",
        ),
        ({"in_chans": 0}, "expected a positive in_chans, got 0; try in_chans=1"),
        ({"width_factor": 0}, "expected a positive width_factor, got 0; try width_factor=1"),
        ({"num_classes": -1}, "expected num_classes of at least 0, got -1; try num_classes=10"),
        ({"drop_rate": 1.0}, "expected drop_rate in [0, 1), got 1.0; try drop_rate=0.1"),
        (
            {"img_size": (0, 32)},
            "expected an img_size of at least 1 pixel, got (0, 32); try img_size=224",
        ),
    ],
)
def test_errors(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        BiTConfig(**changes)
    assert str(error.value) == sentence
