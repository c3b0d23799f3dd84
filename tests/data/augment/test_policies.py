import pytest

from saccade.data.augment.policies import policy
from saccade.data.augment.rand_augment import RandAugment
from saccade.data.augment.three_augment import ThreeAugment
from saccade.data.augment.trivial_augment import TrivialAugment
from saccade.errors import ConfigError


def test_words_name_policies():
    assert policy(None) is policy("none") is None
    assert policy("rand-m9") == RandAugment(magnitude=9)
    assert policy("trivial") == TrivialAugment()
    assert policy("three") == ThreeAugment()
    with pytest.raises(ConfigError, match="trivial, three or none"):
        policy("augmix-m5")
