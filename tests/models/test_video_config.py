"""Video ResNets: where the kernels cover time and where the non-local blocks stand."""

import pytest

from saccade.errors import ConfigError
from saccade.models.video_config import VideoResNetConfig

R101 = (3, 4, 23, 3)


def test_c2d_covers_single_frames() -> None:
    config = VideoResNetConfig(kernels="c2d")
    assert config.stem_time == 1
    assert [config.times(stage) for stage in range(4)] == [(1,) * n for n in (3, 4, 6, 3)]


def test_i3d_covers_three_frames_here_and_there() -> None:
    config = VideoResNetConfig(kernels="i3d")
    assert config.stem_time == 5
    assert config.times(0) == (3, 3, 3)
    assert config.times(1) == (3, 1, 3, 1)
    assert config.times(2) == (3, 1, 3, 1, 3, 1)
    assert config.times(3) == (1, 3, 1)  # the middle one of the last stage
    assert VideoResNetConfig(kernels="i3d", depths=R101).times(2) == (3, 1) * 11 + (3,)


@pytest.mark.parametrize(
    ("blocks", "depths", "second", "third"),
    [
        (0, (3, 4, 6, 3), (), ()),
        (1, (3, 4, 6, 3), (), (4,)),
        (5, (3, 4, 6, 3), (1, 3), (1, 3, 5)),
        (10, (3, 4, 6, 3), (0, 1, 2, 3), (0, 1, 2, 3, 4, 5)),
        (5, R101, (1, 3), (6, 13, 20)),
        (5, (1, 2, 3, 1), (0, 1), (0, 1, 2)),
    ],
)
def test_places_of_the_non_local_blocks(
    blocks: int, depths: tuple[int, ...], second: tuple[int, ...], third: tuple[int, ...]
) -> None:
    config = VideoResNetConfig(non_local=blocks, depths=depths)
    places = [config.non_local_places(stage) for stage in range(4)]
    assert places == [(), second, third, ()]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"non_local": 3}, "expected non_local out of 0, 1, 5, 10, got 3; try 0"),
        ({"kernels": "p3d"}, "expected kernels out of c2d, i3d, got 'p3d'; try 'c2d'"),
        ({"width": 0}, "expected a positive width, got 0; try width=1"),
        ({"drop_rate": 1.0}, "expected drop_rate in [0, 1), got 1.0; try drop_rate=0.5"),
        (
            {"depths": (3, 4)},
            "expected depths of four stages, each at least 1, got (3, 4); try depths=(3, 4, 6, 3)",
        ),
    ],
)
def test_errors(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        VideoResNetConfig(**changes)
    assert str(error.value) == sentence
