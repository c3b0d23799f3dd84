import pytest

from saccade.errors import ConfigError
from saccade.models.ram_config import RAMConfig


def test_sizes():
    config = RAMConfig(img_size=(20, 30), glimpse_size=12, scales=3, in_chans=2)
    assert config.image == (20, 30)
    assert config.seen == 3 * 2 * 144
    assert (config.layout.grid, config.layout.img_size) == ((1, 1), (20, 30))


def test_a_start_is_a_point_or_anywhere():
    assert RAMConfig().first is None
    assert RAMConfig(start=[0, -1]).first == (0.0, -1.0)  # as JSON brings it back


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"glimpses": 0}, "glimpses as a positive whole number, got 0"),
        ({"scales": 1.5}, "scales as a positive whole number, got 1.5"),
        ({"runs": 0}, "runs as"),
        ({"std": 0.0}, "a positive std, got 0.0"),
        ({"policy_weight": -1}, "policy_weight of at least 0"),
        ({"core": "gru"}, "core rnn or lstm, got 'gru'"),
        ({"locator": "deep"}, "locator linear or hidden"),
        ({"num_classes": -1}, "num_classes of at least 0"),
        ({"start": "middle"}, 'start "uniform"'),
        ({"start": (0.0, 1.5)}, 'start "uniform"'),
        ({"start": (0.0,)}, 'start "uniform"'),
    ],
)
def test_what_cannot_work_is_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        RAMConfig(**changes)
