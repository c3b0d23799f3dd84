"""Features of pictures: which vector, in which mode, and what is kept for the next time."""

import pytest
import torch

from saccade.data.augmentation import Augmentation
from saccade.data.batches import Batches
from saccade.errors import ConfigError
from saccade.training.lesson import Lesson
from saccade.training.measures.features import Reading, features_of, layers_from
from tests.training.conftest import PIXELS, small_model, stripes


def batches(count=7, **changes):
    return Batches(stripes(count), PIXELS, batch_size=3, **changes)


def test_they_are_what_the_head_sees():
    model = Lesson(small_model().train()).model
    seen = []
    found = features_of(model, batches(), tick=seen.append)
    assert seen == [0, 1, 2]
    assert model.training
    assert model.blocks[1].drop_path.training
    assert not found.features.requires_grad
    pixels = torch.cat([PIXELS.normalize(batch.images) for batch in batches().epoch(0)])
    with torch.no_grad():
        torch.testing.assert_close(found.features, model.eval().features(pixels))
    assert found.labels.tolist() == [0, 1, 2, 0, 1, 2, 0]


def test_layers_and_tokens_side_by_side():
    model, pixels = small_model().eval(), torch.randn(2, 1, 6, 6)
    first, second = model.forward_intermediates(
        pixels, norm=True, output_fmt="NLC", return_prefix_tokens=True, intermediates_only=True
    )
    cls = Reading(take="cls", layers=2).of(model, pixels)
    torch.testing.assert_close(cls, torch.cat([first[1][:, 0], second[1][:, 0]], dim=1))
    torch.testing.assert_close(cls[:, 8:], model.features(pixels))
    mean = Reading(take="mean", layers=(0,)).of(model, pixels)
    torch.testing.assert_close(mean, first[0].mean(1))
    both = Reading(take="cls+mean").of(model, pixels)
    torch.testing.assert_close(both, torch.cat([second[1][:, 0], second[0].mean(1)], dim=1))


def test_the_cache_knows_weights_pictures_and_reading(tmp_path):
    model, ticks = small_model(), []
    for _ in range(2):
        found = features_of(model, batches(), cache=tmp_path, tick=ticks.append)
    assert ticks == [0, 1, 2]
    assert len(list(tmp_path.iterdir())) == 1
    torch.testing.assert_close(found, features_of(model, batches()))
    features_of(model, batches(6), cache=tmp_path)
    features_of(model, batches(), reading=Reading(take="mean"), cache=tmp_path)
    with torch.no_grad():
        model.norm.bias += 1
    features_of(model, batches(), cache=tmp_path)
    assert len(list(tmp_path.iterdir())) == 4
    features_of(model, batches(seed=0, augmentation=Augmentation()), cache=tmp_path)
    assert len(list(tmp_path.iterdir())) == 4
    next(tmp_path.iterdir()).write_bytes(b"damaged")
    again = features_of(model, batches(), cache=tmp_path)
    torch.testing.assert_close(again, features_of(model, batches()))


def test_layers_are_read_from_words():
    assert [layers_from(text) for text in (None, "4", "2,-1")] == [None, 4, (2, -1)]
    with pytest.raises(ConfigError, match="numbers of layers, got 'last'"):
        layers_from("last")


def test_errors_are_explained():
    with pytest.raises(ConfigError, match=r"take cls, mean or cls\+mean with layers"):
        Reading(layers=4)
    with pytest.raises(ConfigError, match="a classifier of this library, got Linear"):
        Reading().of(torch.nn.Linear(1, 1), torch.zeros(1, 1))
