"""What an MLP-Mixer cannot be."""

import pytest

from saccade.errors import ConfigError
from saccade.models.mixer_config import MixerConfig


def test_defaults_and_sizes() -> None:
    config = MixerConfig(img_size=32, patch_size=(8, 16), embed_dim=10, mlp_ratio=[0.75, 2])
    assert (config.image, config.patch, config.hidden) == ((32, 32), (8, 16), (7, 20))
    assert (config.layout.grid, config.mlp_ratio) == ((4, 2), (0.75, 2))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"embed_dim": 0}, "expected a positive embed_dim, got 0; try embed_dim=1"),
        ({"num_classes": -1}, "expected num_classes of at least 0, got -1; try num_classes=10"),
        ({"drop_path_rate": 1}, "expected drop_path_rate in [0, 1), got 1; try drop_path_rate=0.1"),
        ({"act": "relu"}, "expected act out of gelu, gelu_tanh, quick_gelu, got 'relu'; try gelu"),
        (
            {"mlp_ratio": (0.5,)},
            "expected an mlp_ratio for tokens and one for features, each with a hidden unit at "
            "least, got (0.5,); try mlp_ratio=(0.5, 4.0)",
        ),
    ],
)
def test_errors(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        MixerConfig(**changes)
    assert str(error.value) == sentence


def test_an_image_that_patches_do_not_cover() -> None:
    with pytest.raises(ConfigError, match="divisible by the patch side 16"):
        MixerConfig(img_size=230)
