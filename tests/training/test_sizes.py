"""Weights of every family are gone on with at another size, any rectangle."""

import dataclasses

import pytest
import torch

from saccade.checkpoints.load import load_model
from saccade.checkpoints.native import Card, read, save
from saccade.errors import ConfigError
from saccade.training.config import TrainConfig
from saccade.training.run import train
from tests.contract.small import small
from tests.samples import dark_and_light

# One of each family, and of each kind of positions: tables, biases, turns, none.
FAMILIES = (
    *("vit_tiny_patch16_224", "deit_tiny_distilled_patch16_224", "vit_tiny_r_s16_p8_224"),
    *("beit_base_patch16_224", "eva02_tiny_patch14_224", "swin_tiny_patch4_window7_224"),
    *("pvt_tiny", "pvt_v2_b0", "resnetv2_50x1_bit", "resnet18", "san10_pairwise"),
)
QUICK = ("vit_tiny_patch16_224", "eva02_tiny_patch14_224", "resnet18")
FREE = ("pvt_v2_b0", "resnetv2_50x1_bit", "resnet18", "san10_pairwise")  # without whole patches


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Dark and light pictures of 8x8 pixels."""
    root = tmp_path_factory.mktemp("data")
    dark_and_light(root)
    return str(root)


@pytest.fixture
def weights(request, tmp_path):
    """A small model of the family with random weights, in a file."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = small(request.param)
    for value in model.parameters():
        value.data += 0.02 * torch.randn(value.shape, generator=torch.Generator().manual_seed(0))
    card = Card(model=model.name, config=dataclasses.asdict(model.config))
    save(tmp_path / "weights.safetensors", model, card)
    return tmp_path / "weights.safetensors"


def steps(weights) -> tuple[int, int]:
    """Pixels of the patch, or of the smallest part of an image that a family has."""
    model = load_model(weights).model
    canvas = model.canvas
    return model.layout.patch if canvas is not None else (32, 32)


@pytest.mark.parametrize(
    "weights",
    [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in FAMILIES],
    indirect=True,
)
def test_any_rectangle(weights, data, tmp_path) -> None:
    down, right = steps(weights)
    size = (4 * down, 3 * right)
    options = {"epochs": 1, "batch_size": 8, "val_fraction": 0.0, "threads": 1}
    run = train(
        data, TrainConfig(checkpoint=str(weights), img_size=size, out=str(tmp_path), **options)
    )
    assert run.config.img_size == size
    kept = read(tmp_path / "1" / "best.safetensors")
    assert tuple(kept.card.config["img_size"]) == size
    assert kept.card.preprocessing["img_size"] == list(size)
    again = load_model(tmp_path / "1").model.eval()
    with torch.no_grad():
        logits = again(torch.zeros(1, again.config.in_chans, *size))
    assert logits.shape == (1, 2)
    assert bool(logits.isfinite().all())


@pytest.mark.parametrize("weights", FAMILIES, indirect=True)
def test_a_size_that_does_not_fit_is_refused_or_made_to_fit(weights) -> None:
    name, (down, right) = load_model(weights).model.name, steps(weights)
    size = (4 * down - 3, 3 * right + 2)
    images = torch.randn(1, 3, *size, generator=torch.Generator().manual_seed(0))
    if name in FREE:
        load_model(weights, changes={"img_size": size}).model(images)
        with pytest.raises(ConfigError, match="network without patches, which takes images as"):
            load_model(weights, changes={"img_size": size, "img_fit": "pad"})
        return
    if "swin" not in name:  # a patch of Swin is smaller than a position of its last map
        two = f"{3 * down}x{3 * right} or {4 * down}x{4 * right}"
        with pytest.raises(ConfigError, match=two):
            load_model(weights, changes={"img_size": size})
    for fit in ("pad", "crop"):
        found = load_model(weights, changes={"img_size": size, "img_fit": fit})
        model = found.model.eval()
        whole = load_model(weights, changes={"img_size": model.canvas.size}).model.eval()
        with torch.no_grad():
            same = whole(model.canvas.cut(images))
            assert torch.equal(model(images), same)
        assert (found.card.config["img_fit"], model.config.image) == (fit, size)
