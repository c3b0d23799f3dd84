"""Weights of networks that label pixels, with their classes and colours, in one file."""

import dataclasses

import pytest
import torch

from saccade.checkpoints.card import Card
from saccade.checkpoints.native import Checkpoint, save
from saccade.checkpoints.pixel_weights import labels_pixels, load_pixels, pixel_card, pixels_of
from saccade.data.segmentation.classes import PixelClass, PixelClasses
from saccade.data.transforms import Preprocessing
from saccade.errors import CheckpointError
from saccade.models import build

CLASSES = PixelClasses(
    (PixelClass("a", 4, (1, 2, 3)), PixelClass("b", 0), PixelClass("n", 9, void=True))
)


def network() -> torch.nn.Module:
    return build("ccnet_small", num_classes=2, width=2, depths=(1, 1, 1, 1))


def test_there_and_back(tmp_path) -> None:
    model, pixels = network().eval(), Preprocessing(img_size=(16, 24), crop_mode="pad")
    save(tmp_path / "best.safetensors", model, pixel_card(model, CLASSES, pixels))
    found = load_pixels(tmp_path)
    assert (found.classes, found.preprocessing) == (CLASSES, pixels)
    assert found.card.classes == ("a", "b")
    images = torch.randn(1, 3, 16, 24)
    assert torch.equal(found.model(images), model(images))


def test_other_models_are_refused(tmp_path) -> None:
    card = Card(model="vit_tiny_patch16_224", config={})
    assert not labels_pixels(card)
    assert not labels_pixels(None)
    with pytest.raises(CheckpointError, match=r"a network that labels pixels in x, got vit_tiny"):
        pixels_of(Checkpoint(card, {}, {}), origin="x")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"classes": ("a",)}, "got 2 classes with colours"),
        ({"config": {"depths": (1,)}}, "one that cannot work"),
        ({"pixels": {"entries": 3}}, "one that cannot work"),
    ],
)
def test_cards_that_do_not_fit(changes: dict[str, object], words: str) -> None:
    card = dataclasses.replace(pixel_card(network(), CLASSES, Preprocessing()), **changes)
    with pytest.raises(CheckpointError, match=words):
        pixels_of(Checkpoint(card, {}, {}), origin="x")
