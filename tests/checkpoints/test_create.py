"""Models with weights: by name, from a file with or without a card, with changes."""

import pytest
import torch

from saccade.checkpoints.create import create_model
from saccade.errors import CheckpointError, ConfigError, UnknownName
from saccade.layers.positions import resize_positions

PICO = "vit_pico_patch2_8"


def test_keywords_are_those_of_timm():
    changes = {"img_size": (6, 10), "in_chans": 1, "num_classes": 5, "drop_path_rate": 0.2}
    model = create_model(PICO, **changes)
    assert model.layout.grid == (3, 5)
    assert model(torch.zeros(2, 1, 6, 10)).shape == (2, 5)
    assert model.config.drop_path_rate == 0.2
    assert create_model(PICO, img_size=12).layout.grid == (6, 6)


def test_unknown_words_are_answered_with_the_nearest():
    with pytest.raises(ConfigError, match="got 'num_clases'; try num_classes"):
        create_model(PICO, num_clases=5)
    for weights in ({}, {"pretrained": True}, {"checkpoint_path": "none.safetensors"}):
        with pytest.raises(UnknownName, match=f"got 'vit_pico_patch2_9'; try {PICO}"):
            create_model("vit_pico_patch2_9", **weights)


@pytest.mark.parametrize("bare", [True, False])
def test_a_file_gives_the_same_model(saved, bare, normal):
    model, path = saved(bare=bare)
    again = create_model(PICO, checkpoint_path=path).eval()
    assert again.config == model.config  # without a card too: the head tells the classes
    assert again.name == PICO
    images = normal(2, 3, 8, 8)
    assert torch.equal(again(images), model(images))


def test_another_number_of_classes_starts_a_fresh_head(saved, normal):
    model, path = saved()
    other = create_model(PICO, checkpoint_path=path, num_classes=7).eval()
    images = normal(2, 3, 8, 8)
    assert other(images).shape == (2, 7)
    assert torch.equal(other.features(images), model.features(images))
    same = create_model(PICO, checkpoint_path=path, num_classes=3)
    assert torch.equal(same.head.weight, model.head.weight)


@pytest.mark.parametrize("rule", ["timm", "google", "hf", "dino"])
def test_another_size_resizes_the_positions(saved, rule):
    model, path = saved()
    other = create_model(PICO, checkpoint_path=path, img_size=(6, 12), pos_resize=rule)
    expected = resize_positions(model.pos_embed, (4, 4), (3, 6), rule=rule)
    assert torch.equal(other.pos_embed, expected)
    assert other.config.img_size == (6, 12)
    assert other(torch.zeros(1, 3, 6, 12)).shape == (1, 3)


def test_a_size_that_the_patches_do_not_divide_is_refused(saved):
    _, path = saved()
    with pytest.raises(ConfigError, match="patch"):
        create_model(PICO, checkpoint_path=path, img_size=9)
    with pytest.raises(ConfigError, match="a resize rule, got 'tim'"):
        create_model(PICO, checkpoint_path=path, img_size=16, pos_resize="tim")


def test_pretrained_weights_come_from_the_cache_folder(saved, tmp_path, monkeypatch):
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path / "cache"))
    home = tmp_path / "cache" / f"{PICO}.safetensors"
    with pytest.raises(CheckpointError) as caught:
        create_model(PICO, pretrained=True)
    expected = f"expected the weights of {PICO} at {home}, got no such file"
    assert str(caught.value).startswith(expected)
    model, path = saved()
    home.parent.mkdir()
    path.rename(home)
    assert torch.equal(create_model(PICO, pretrained=True).pos_embed, model.pos_embed)
