import dataclasses

from saccade.training.config import TrainConfig
from saccade.training.recipe.model_facts import facts_by_name, from_options
from tests.training.conftest import small_model


def test_by_name() -> None:
    found = facts_by_name(TrainConfig(model="vit_tiny_patch16_224", checkpoint="w"))
    assert (found.width, found.head_dim, found.patch) == (192, 64, (16, 16))
    assert (found.pretrained, found.transformer, found.batch_norm) == (True, True, False)
    pyramid = facts_by_name(TrainConfig(model="pvt_v2_b0"))
    assert (pyramid.width, pyramid.head_dim, pyramid.patch) == (32, 32, None)
    net = facts_by_name(TrainConfig(model="resnet18", in_chans=1))
    assert (net.head_dim, net.batch_norm, net.in_chans) == (None, True, 1)


def test_of_a_model_that_is_built() -> None:
    model = small_model()
    found = from_options(model.name, dataclasses.asdict(model.config), pretrained=False)
    assert (found.width, found.head_dim, found.patch, found.in_chans) == (8, 4, (3, 3), 1)
