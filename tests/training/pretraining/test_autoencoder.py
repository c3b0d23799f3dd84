"""Masked autoencoder: sizes, a loop, and what the encoder sees."""

import pytest
import torch

from saccade.errors import CheckpointError
from saccade.layers.positions import sincos_positions
from saccade.models import build
from saccade.models.vit_config import ViTConfig
from saccade.training.options import PretrainOptions
from saccade.training.pretraining.autoencoder import build as make_lesson
from saccade.training.pretraining.autoencoder import decoder_choices, decoder_weights
from saccade.training.pretraining.masking import hide
from tests.training.pretraining.small import PIXELS, examples, lesson_of, small_vit


@pytest.mark.parametrize(
    ("name", "whole", "learning", "encoder"),
    [
        ("vit_base_patch16_224", 111_907_840, 111_655_680, 85_798_656),
        pytest.param("vit_large_patch16_224", 329_541_888, 0, 0, marks=pytest.mark.slow),
        pytest.param("vit_huge_patch14_224", 657_074_508, 0, 0, marks=pytest.mark.slow),
    ],
)
def test_sizes_of_the_paper(name: str, whole: int, learning: int, encoder: int) -> None:
    with torch.device("meta"):
        lesson = make_lesson(build(name, num_classes=0), PretrainOptions(), PIXELS, fresh=True)
    assert sum(value.numel() for value in lesson.state_dict().values()) == whole
    if learning:
        found = sum(p.numel() for p in lesson.parameters() if p.requires_grad)
        assert found == learning
        assert sum(p.numel() for p in lesson.model.parameters()) == encoder


@pytest.mark.parametrize(
    ("sizes", "asked", "found"),
    [
        ((1024, 24), {}, (512, 8, 16)),
        ((768, 12), {}, (512, 8, 16)),
        ((384, 12), {}, (256, 8, 8)),
        ((192, 12), {}, (128, 8, 4)),
        ((32, 2), {}, (32, 1, 1)),
        ((192, 12), {"decoder_dim": 48, "decoder_depth": 1}, (48, 1, 1)),
    ],
)
def test_decoders_of_small_encoders(sizes: tuple, asked: dict, found: tuple) -> None:
    config = ViTConfig(embed_dim=sizes[0], depth=sizes[1], num_heads=4)
    choices = decoder_choices(config, PretrainOptions(**asked))
    assert tuple(choice.value for choice in choices) == found
    assert [choice.reason == "as asked for" for choice in choices] == [
        name in asked for name in ("decoder_dim", "decoder_depth", "decoder_heads")
    ]


def test_a_fresh_encoder_has_fixed_positions() -> None:
    model = small_vit()
    make_lesson(model, PretrainOptions(), PIXELS, fresh=True)
    assert torch.equal(model.pos_embed[0, 1:], sincos_positions((3, 4), 16))
    assert not model.pos_embed[0, 0].any()
    assert not model.pos_embed.requires_grad
    bound = (6 / (16 + 64)) ** 0.5  # Xavier's, of a matrix 64 x 16
    assert 0.9 * bound < model.blocks[0].mlp.fc1.weight.abs().max() <= bound
    assert not model.blocks[0].mlp.fc1.bias.any()
    known = small_vit()
    before = known.pos_embed.clone()
    make_lesson(known, PretrainOptions(), PIXELS)
    assert torch.equal(known.pos_embed, before)
    assert known.pos_embed.requires_grad


def test_the_loss_equals_a_loop() -> None:
    lesson, batch = lesson_of("mae"), examples(2)
    model, decoder = lesson.model, lesson.decoder
    noise = batch.noise(12, name="mask")
    total = []
    for image in range(2):
        order = sorted(range(12), key=lambda i: noise[image, i].item())
        seen, hidden = order[:3], order[3:]
        patches = model.patch_embed(batch.images[image : image + 1])[0] + model.pos_embed[0, 1:]
        x = torch.cat([model.cls_token[0] + model.pos_embed[0, :1], patches[seen]])
        x = decoder.embed(model.norm(model.blocks(x[None])))[0]
        rows = {patch: x[1 + place] for place, patch in enumerate(seen)}
        whole = [x[0], *(rows.get(i, decoder.mask_token[0, 0]) for i in range(12))]
        x = (torch.stack(whole) + decoder.pos_embed[0])[None]
        guess = decoder.pred(decoder.norm(decoder.blocks(x)))[0, 1:]
        for patch in hidden:
            row, column = 4 * (patch // 4), 4 * (patch % 4)
            pixels = batch.images[image, :, row : row + 4, column : column + 4]
            pixels = pixels.permute(1, 2, 0).flatten()
            pixels = (pixels - pixels.mean()) / (pixels.var() + 1e-6).sqrt()
            total.append((guess[patch] - pixels).square().mean())
    assert len(total) == 18
    assert torch.allclose(lesson(batch).loss, torch.stack(total).mean(), rtol=1e-5)


def test_the_encoder_sees_nothing_of_hidden_patches() -> None:
    lesson, batch = lesson_of("mae"), examples(1)
    hiding = hide(batch.noise(12, name="mask"), 0.75)
    blank = batch.images.clone()
    for patch in hiding.hidden[0].nonzero().flatten().tolist():
        row, column = 4 * (patch // 4), 4 * (patch % 4)
        blank[:, :, row : row + 4, column : column + 4] = 9.0
    assert torch.equal(lesson.guesses(batch.images, hiding), lesson.guesses(blank, hiding))


def test_published_decoders_have_our_names() -> None:
    own = lesson_of("mae").decoder.state_dict()
    theirs = {n if n == "mask_token" else f"decoder_{n}": v for n, v in own.items()}
    assert set(decoder_weights({"cls_token": torch.zeros(1), **theirs})) == set(own)
    with pytest.raises(CheckpointError, match="a decoder beside the encoder"):
        decoder_weights({"cls_token": torch.zeros(1)})
