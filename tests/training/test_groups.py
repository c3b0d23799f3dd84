import pytest

from saccade.errors import ConfigError
from saccade.training.config import TrainConfig
from saccade.training.groups import GROUPS, as_group, check_names, known_names, nested_names
from saccade.training.options import AugmentOptions


def test_every_group_is_a_field_of_a_config() -> None:
    assert set(GROUPS) <= set(known_names(TrainConfig))
    assert all(isinstance(getattr(TrainConfig(), name), own) for name, own in GROUPS.items())
    names = nested_names()
    assert len(names) == len(set(names)) == sum(len(known_names(own)) for own in GROUPS.values())
    assert {"augment.mixup", "words.hidden", "shards.stream"} <= set(names)


def test_a_table_becomes_a_group() -> None:
    group = as_group("augment", AugmentOptions, {"mixup": 0.8})
    assert group == AugmentOptions(mixup=0.8)
    assert as_group("augment", AugmentOptions, group) is group
    with pytest.raises(ConfigError, match="augment as a table of names and values, got 3"):
        as_group("augment", AugmentOptions, 3)
    with pytest.raises(ConfigError, match="an option of augment, got 'mixupp'; try mixup"):
        as_group("augment", AugmentOptions, {"mixupp": 0.8})


def test_unknown_names_are_refused() -> None:
    check_names({"lr": 1}, ["lr", "epochs"], "an option")
    with pytest.raises(ConfigError, match="an option, got 'epoch'; try epochs"):
        check_names({"epoch": 1}, ["lr", "epochs"], "an option")
    with pytest.raises(ConfigError, match="got 'zzz'; try a or b or c"):
        check_names({"zzz": 1}, ["a", "b", "c", "d"], "an option")
