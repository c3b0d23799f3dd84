"""One call for every method: laws that all of them keep."""

from functools import partial

import pytest
import torch
from PIL import Image

import saccade
from saccade.data.transforms import Preprocessing
from saccade.errors import ConfigError, TraceError, UnknownName
from saccade.explanation import METHODS
from saccade.models import build
from saccade.predict import Predictor
from tests.explanation.small import Pixels, blind_model, shuffled
from tests.samples import drawn_model, paint

explain = partial(saccade.explain, honest=False)  # tests of maps are tested in test_honesty
NEED_CAPTUM = ("integrated_gradients", "occlusion")
ATTENTION = ("rollout", "raw_attention", "grad_rollout", "generic_attention")


@pytest.fixture(params=list(METHODS))
def method(request) -> str:
    if request.param in NEED_CAPTUM:
        pytest.importorskip("captum.attr", exc_type=ImportError)
    return request.param


def test_a_batch_gives_what_its_images_give(method, normal) -> None:
    model, images = drawn_model(), normal(3, 3, 8, 8)
    targets = [0, 2, 1]
    whole = explain(model, images, method=method, target=targets)
    assert (whole.map.shape, whole.upsampled().shape) == ((3, 4, 4), (3, 8, 8))
    split = explain(model, images, method=method, target=targets, batch_size=2)
    ones = [
        explain(model, images[i : i + 1], method=method, target=targets[i]).map for i in range(3)
    ]
    for other in (split.map, torch.cat(ones)):
        torch.testing.assert_close(other, whole.map, atol=1e-5, rtol=1e-4)
    with torch.no_grad():
        torch.testing.assert_close(whole.logits, model(images), atol=1e-5, rtol=0)


def test_patches_in_another_order_give_the_map_in_that_order(method, normal, generator) -> None:
    model, images = blind_model(), normal(1, 3, 8, 8)
    order = torch.randperm(16, generator=generator)
    found = explain(model, images, method=method, target=1).map.flatten(1)
    moved = explain(model, shuffled(images, order), method=method, target=1).map.flatten(1)
    torch.testing.assert_close(moved, found[:, order], atol=1e-5, rtol=1e-4)


def test_a_planted_signal_is_found(method) -> None:
    if method in ("transformer_attribution", "legrad"):
        pytest.skip("the model by hand has no blocks")
    images = torch.full((2, 1, 3, 5), 0.1)
    images[0, 0, 1, 3] = images[1, 0, 2, 0] = 2.0
    found = explain(Pixels((3, 5), key=2.0, layers=2), images, method=method, target=0)
    assert found.map.flatten(1).argmax(dim=1).tolist() == [8, 10]


def test_functions_are_targets(method, normal) -> None:
    model, images = drawn_model(), normal(2, 3, 8, 8)
    if method == "transformer_attribution":
        with pytest.raises(ConfigError, match="a class as the target"):
            explain(model, images, method=method, target=lambda logits: logits[:, 1])
        return
    one = explain(model, images, method=method, target=1)
    same = explain(model, images, method=method, target=lambda logits: logits[:, 1])
    torch.testing.assert_close(same.map, one.map)
    assert same.target is None


def test_nothing_is_left_behind(method, normal) -> None:
    model, images = drawn_model(), normal(1, 3, 8, 8)
    with torch.no_grad():
        before = model(images)
        explain(model, images, method=method)
        with pytest.raises(Exception, match=r"zero|class"):
            explain(model, images, method=method, target=lambda logits: 1 / 0)
        assert torch.equal(model(images), before)
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())
    assert all(p.requires_grad and p.grad is None for p in model.parameters())


@pytest.mark.parametrize(
    "changes",
    [
        {"reg_tokens": 3},
        {"class_token": False, "global_pool": "avg"},
        {"class_token": True, "global_pool": "avg"},
        {"class_token": False, "global_pool": "map"},
        {"img_size": (8, 12)},
    ],
    ids=str,
)
@pytest.mark.parametrize("name", [*ATTENTION, "gradcam"])
def test_any_tokens_pool_and_grid(name, changes, normal) -> None:
    model = drawn_model(**changes)
    found = explain(model, normal(1, 3, *model.layout.img_size), method=name)
    assert found.map.shape[1:] == model.layout.grid
    assert bool(found.map.isfinite().all())


def test_predictors_cut_pictures() -> None:
    cut = Preprocessing(img_size=(8, 8))
    predictor = Predictor(
        model=drawn_model(), preprocessing=cut, classes=("a", "b", "c"), name="pico"
    )
    pictures: list[Image.Image] = [paint(24, 16, seed=seed) for seed in (0, 1)]
    found = saccade.explain(predictor, pictures, method="rollout")
    assert len(found) == 2
    assert found.geometries[0].stored == (24, 16)
    about = found.provenance
    assert (about["method"], about["model"]) == ("rollout", "vit_pico_patch2_8")
    assert about["layers"] == ["blocks.0.attn", "blocks.1.attn"]
    with pytest.raises(ConfigError, match="for a bare model, got list"):
        explain(drawn_model(), pictures)


@pytest.mark.parametrize("name", ATTENTION)
def test_refused_where_tokens_change(name, normal) -> None:
    model = build(
        "swin_tiny_patch4_window7_224",
        img_size=16,
        patch_size=2,
        window_size=4,
        embed_dim=8,
        depths=(1,),
        num_heads=(2,),
        num_classes=2,
    ).eval()
    with pytest.raises(TraceError, match=r"same tokens read each other, .* 4x\(16 by 16\)"):
        explain(model, normal(1, 3, 16, 16), method=name)


def test_errors(normal) -> None:
    model, images = drawn_model(), normal(1, 3, 8, 8)
    with pytest.raises(UnknownName, match="'rolout'; try rollout"):
        explain(model, images, method="rolout")
    with pytest.raises(UnknownName, match="'start'; try start_layer"):
        explain(model, images, options={"start": 1})
    with pytest.raises(ConfigError, match="eval mode"):
        explain(drawn_model().train(), images)
    with pytest.raises(ConfigError, match="0 images"):
        explain(model, images[:0])
    with pytest.raises(ConfigError, match="attributor of captum's, got int"):
        explain(model, images, method=3)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="a class for each of 1 images, got 2"):
        explain(model, images, target=[0, 1])
