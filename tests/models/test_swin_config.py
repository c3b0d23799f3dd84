"""What makes a Swin transformer: windows, shifts and sizes."""

import dataclasses
import json

import pytest

from saccade.errors import ConfigError
from saccade.models.swin_config import SwinConfig

TINY = {"embed_dim": 8, "depths": (2, 2), "num_heads": (1, 2), "window_size": 4}


def test_windows_of_the_paper() -> None:
    # 56, 28, 14 and 7 positions a side; the last map is one window, which is not shifted.
    config = SwinConfig()
    assert [config.grid(stage) for stage in range(4)] == [(56, 56), (28, 28), (14, 14), (7, 7)]
    assert [config.width(stage) for stage in range(4)] == [96, 192, 384, 768]
    assert [config.cut(stage, 0) for stage in range(4)] == [((7, 7), (0, 0))] * 4
    assert [config.cut(stage, 1)[1] for stage in range(4)] == [(3, 3)] * 3 + [(0, 0)]
    assert config.layout.grid == (7, 7)
    assert config.layout.patch == (32, 32)


def test_stochastic_depth_grows_over_all_stages() -> None:
    config = SwinConfig(**TINY, drop_path_rate=0.3)
    rates = [config.drop_path(stage, block) for stage in (0, 1) for block in (0, 1)]
    assert rates == pytest.approx([0, 0.1, 0.2, 0.3])
    one = SwinConfig(embed_dim=8, depths=(1,), num_heads=(1,), drop_path_rate=0.3)
    assert one.drop_path(0, 0) == 0


@pytest.mark.parametrize(
    ("windows", "cuts"),
    [
        # Maps of 3x10 and 2x5 positions with windows of 4x4.
        ("timm", [((3, 4), (0, 2)), ((2, 4), (0, 2))]),
        ("torchvision", [((4, 4), (2, 2)), ((4, 4), (2, 2))]),
        ("hf", [((3, 3), (0, 0)), ((2, 2), (0, 0))]),
    ],
)
def test_maps_that_are_smaller_than_a_window(windows: str, cuts: list[object]) -> None:
    config = SwinConfig(**TINY, img_size=(12, 40), windows=windows)
    assert [config.cut(stage, 1) for stage in (0, 1)] == cuts
    assert config.grid(1) == (2, 5)


def test_windows_grow_with_the_image() -> None:
    # From 8x8 to 12x20 positions: 4·12/8 and 4·20/8.
    config = SwinConfig(**TINY, img_size=(48, 80), ref_img_size=32)
    assert config.cut(0, 1) == ((6, 10), (3, 5))
    tiny = SwinConfig(**TINY, img_size=4, ref_img_size=32)
    assert tiny.cut(0, 1) == ((1, 1), (0, 0))


@pytest.mark.parametrize(
    ("given", "windows"),
    [
        (5, ((5, 5), (5, 5))),
        ((5, 3), ((5, 3), (5, 3))),
        (((5, 3), 4), ((5, 3), (4, 4))),
        ([[5, 3], [4, 4]], ((5, 3), (4, 4))),
    ],
)
def test_windows_are_given_for_all_stages_or_each(given: object, windows: object) -> None:
    assert SwinConfig(**{**TINY, "window_size": given}).window_size == windows


def test_a_config_survives_json() -> None:
    config = SwinConfig(**TINY, img_size=(64, 32), ref_img_size=32)
    assert SwinConfig(**json.loads(json.dumps(dataclasses.asdict(config)))) == config


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"img_size": (33, 64)},
            "expected an image side divisible by the patch side 4, got 33x64; try 32x64 or 36x64",
        ),
        (
            {"num_heads": (1, 3)},
            "expected num_heads that divide the 16 features of stage 1, got 3; "
            "try num_heads=(1, 2)",
        ),
        (
            {"depths": (2, 2, 2)},
            "expected depths of at least 1, and as many num_heads, got (2, 2, 2) and (1, 2); "
            "try depths=(2, 2, 6, 2), num_heads=(3, 6, 12, 24)",
        ),
        (
            {"window_size": (4, (4, 4), 4)},
            "expected one positive window_size, or 2 of them, got (4, (4, 4), 4); "
            "try window_size=7",
        ),
        ({"window_size": 0}, "expected one positive window_size, or 2 of them, got 0; "),
        (
            {"windows": "swin"},
            "expected windows out of timm, torchvision, hf, got 'swin'; try windows='timm'",
        ),
        ({"drop_path_rate": 1.0}, "expected drop_path_rate in [0, 1), got 1.0; "),
        ({"num_classes": -1}, "expected num_classes of at least 0, got -1; "),
        ({"mlp_ratio": 0}, "expected a positive mlp_ratio, got 0; "),
        ({"ref_img_size": 30}, "expected an image side divisible by the patch side 4, got 30x30"),
    ],
)
def test_errors(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        SwinConfig(**{**TINY, **changes})
    assert str(error.value).startswith(sentence)
