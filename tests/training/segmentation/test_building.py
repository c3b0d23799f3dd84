"""The network of a run that labels pixels, from fresh weights and from known ones."""

import dataclasses

import pytest
import torch

from saccade.checkpoints.card import Card
from saccade.checkpoints.native import save
from saccade.checkpoints.pixel_weights import pixel_card
from saccade.data.segmentation.sets import PixelSet, open_label_maps
from saccade.errors import CheckpointError, ConfigError
from saccade.models import build
from saccade.training.segmentation.building import build_pixels
from tests.pixel_scenes import small, write_scenes

VIT = {"img_size": 16, "patch_size": 8, "embed_dim": 8, "depth": 3, "num_heads": 2}


@pytest.fixture(scope="module")
def train(tmp_path_factory) -> PixelSet:
    root = write_scenes(tmp_path_factory.mktemp("scenes"), {"train": 4})
    return open_label_maps(root, val_fraction=0.0)["train"]


def saved(name: str, path, **options: object) -> str:
    model = build(name, num_classes=3, **options)
    fields = dataclasses.asdict(model.config)
    save(path, model, Card(model=name, config=fields, preprocessing={"img_size": [16, 16]}))
    return str(path)


def test_fresh(train) -> None:
    start = build_pixels(small(model="ccnet_small", img_size=(24, 32)), train)
    assert start.model.config.num_classes == 3
    assert start.preprocessing.img_size == (24, 32)
    assert (start.preprocessing.crop_mode, len(start.choices)) == ("pad", 2)


def test_what_attention_reads_counts_from_the_start(train, tmp_path) -> None:
    path = saved("vit_tiny_patch16_224", tmp_path / "vit.safetensors", **VIT)
    nets = {
        "ccnet_small": {"img_size": (24, 32)},
        "ccnet_grid": {"img_size": (16, 24), "checkpoint": path, "model_kwargs": {}},
    }
    for model, options in nets.items():
        for gamma, there in ((0.5, 0.5), (None, 0.0)):
            config = small(model=model, segment={"gamma": gamma}, **options)
            found = build_pixels(config, train).model
            assert float(found.head.cca.gamma.detach()) == there


def test_on_the_grid_of_known_weights(train, tmp_path) -> None:
    path = saved("vit_tiny_patch16_224", tmp_path / "vit.safetensors", **VIT)
    segment = {"steps": "0,2,11", "tuned": 0, "width": 8}
    config = small(
        model="ccnet_grid", checkpoint=path, img_size=(16, 24), segment=segment, model_kwargs={}
    )
    start = build_pixels(config, train)
    assert start.model.steps == [0, 2]  # it has no twelfth block
    assert start.preprocessing.img_size == (16, 24)
    again = build(start.model.name, **dataclasses.asdict(start.model.config))
    again.load_state_dict(start.model.state_dict())
    images = torch.randn(1, 3, 16, 24)
    assert torch.equal(again.eval()(images), start.model.eval()(images))


def test_a_fresh_grid_learns_whole(train) -> None:
    segment = {"steps": "2", "width": 8, "tuned": 1}
    config = small(model="ccnet_grid", img_size=(16, 24), segment=segment, model_kwargs={})
    with pytest.raises(ConfigError, match=r"segment.tuned=-1 for fresh weights, got 1"):
        build_pixels(config, train)


@pytest.mark.slow
def test_the_weights_of_a_residual_network(train, tmp_path) -> None:
    path = saved("resnet18", tmp_path / "resnet.safetensors")
    start = build_pixels(
        small(model="ccnet_resnet18", checkpoint=path, img_size=(24, 32), model_kwargs={}), train
    )
    first = start.model.conv1.weight
    assert "120 tensors" in start.choices[-1].reason
    assert first.shape == (64, 3, 7, 7)
    with pytest.raises(CheckpointError, match=r"a residual network like ccnet_small in .*, got"):
        build_pixels(small(model="ccnet_small", checkpoint=path, img_size=(24, 32)), train)


@pytest.mark.parametrize("classes", [("ground", "box", "disc"), ("ground", "box")])
def test_going_on_from_a_network_of_pixels(classes: tuple[str, ...], train, tmp_path) -> None:
    start = build_pixels(small(model="ccnet_small", img_size=(24, 32)), train)
    card = pixel_card(start.model, start.classes, start.preprocessing)
    save(tmp_path / "own.safetensors", start.model, card)
    void = () if "disc" in classes else ("disc",)
    other = open_label_maps(train.root, val_fraction=0.0, void=void)["train"]
    found = build_pixels(small(checkpoint=str(tmp_path / "own.safetensors")), other)
    assert found.classes.names == classes
    assert found.model.config.num_classes == len(classes)
    assert ("head" in {one.name for one in found.choices}) is ("disc" not in classes)
