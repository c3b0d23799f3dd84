"""Options of networks that label pixels."""

import pytest

from saccade.errors import ConfigError
from saccade.training.config import TrainConfig
from saccade.training.segment_options import SegmentOptions


def test_what_is_read_out_of_words() -> None:
    options = SegmentOptions(steps="5, 8,-1", void="sky, 3")
    assert (options.read, options.unseen) == ((5, 8, -1), ("sky", "3"))
    assert (SegmentOptions().read, SegmentOptions().unseen) == (None, ())


def test_they_stand_in_a_group() -> None:
    config = TrainConfig.from_dict({"task": "segment", "segment": {"recurrence": 1}})
    assert config.changed({"segment.ohem": 0.7}).segment == SegmentOptions(recurrence=1, ohem=0.7)


@pytest.mark.parametrize(
    "given",
    [{"context": "all"}, {"recurrence": -1}, {"tuned": -2}, {"aux": -1.0}, {"ohem": 2.0},
     {"steps": "last"}, {"gamma": float("inf")}, {"weights": "rare"}, {"width": 0}],
)  # fmt: skip
def test_errors(given: dict[str, object]) -> None:
    (name,) = given
    with pytest.raises(ConfigError, match=f"expected {name} "):
        SegmentOptions(**given)
