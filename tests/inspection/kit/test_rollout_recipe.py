"""The much copied recipe of vit-explain: where our rollout is the same, and where it is not."""

import pytest
import torch
from torch import Tensor

import saccade
from saccade.errors import ConfigError
from saccade.inspection import rollout
from tests.samples import drawn_model


def recipe(maps: Tensor, fusion: str, ratio: float, *, rows: bool) -> Tensor:
    """Follow the recipe for one image (layer heads n n); it divides columns unless `rows`."""
    n = maps.shape[-1]
    result = torch.eye(n, dtype=maps.dtype)
    for layer in maps:
        fused = {"mean": layer.mean(0), "max": layer.amax(0), "min": layer.amin(0)}[fusion]
        flat = fused.reshape(-1).clone()
        lowest = flat.argsort()[: int(n * n * ratio)]
        flat[lowest[lowest != 0]] = 0.0  # it means to spare the class token, and spares one entry
        mixed = (flat.reshape(n, n) + torch.eye(n, dtype=maps.dtype)) / 2
        result = mixed / mixed.sum(-1, keepdim=rows) @ result
    return result


@pytest.fixture
def maps(normal) -> Tensor:
    return normal(1, 3, 2, 6, 6, dtype=torch.float64).mul(2).softmax(-1)


def test_the_mean_of_heads_is_the_same(maps: Tensor) -> None:
    torch.testing.assert_close(rollout(maps)[0], recipe(maps[0], "mean", 0.0, rows=False))


@pytest.mark.parametrize("fusion", ["max", "min"])
def test_other_fusions_divide_rows(maps: Tensor, fusion: str) -> None:
    ours = rollout(maps, head_fusion=fusion)[0]
    torch.testing.assert_close(ours, recipe(maps[0], fusion, 0.0, rows=True))
    assert (ours - recipe(maps[0], fusion, 0.0, rows=False)).abs().max() > 1e-3
    torch.testing.assert_close(ours.sum(-1), torch.ones(6, dtype=torch.float64))


@pytest.mark.parametrize("fusion", ["mean", "max", "min"])
def test_discarding_spares_what_is_read_of_the_class_token(maps: Tensor, fusion: str) -> None:
    ours = rollout(maps, head_fusion=fusion, discard_ratio=0.9)[0]
    assert (ours[:, 0] > 0).all()
    first = maps[0, 0].clone()
    first[:, 0, 0] = 2.0  # the recipe spares this entry; so does the largest
    one = rollout(first[None, None], head_fusion=fusion, discard_ratio=0.5, keep=0)[0]
    torch.testing.assert_close(one, recipe(first[None], fusion, 0.5, rows=True))


def test_every_image_of_a_batch_is_pruned_by_itself(normal) -> None:
    maps = normal(3, 2, 2, 5, 5).softmax(-1)
    whole = rollout(maps, head_fusion="max", discard_ratio=0.9)
    for number, image in enumerate(maps):
        alone = rollout(image[None], head_fusion="max", discard_ratio=0.9)
        torch.testing.assert_close(whole[number], alone[0])


def test_the_names_are_those_of_explain(normal) -> None:
    model, images = drawn_model(), normal(2, 3, 8, 8)
    for fusion in ("mean", "max", "min"):
        options = {"head_fusion": fusion, "discard_ratio": 0.9}
        found = saccade.explain(model, images, method="rollout", options=options)
        _, trace = saccade.run_with_cache(model, images)
        row = rollout(trace.attention, **options)[:, 0, 1:].reshape(2, 4, 4)
        torch.testing.assert_close(found.map, row)
    for options in ({"head_fusion": "median"}, {"discard_ratio": 90}):
        with pytest.raises(ConfigError, match=r"^expected .*, got .*; try "):
            saccade.explain(model, images, method="rollout", options=options)
