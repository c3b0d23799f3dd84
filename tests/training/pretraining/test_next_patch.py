"""Next patch: nothing is seen before its turn, and the loss of a loop."""

import pytest
import torch

from saccade.errors import ConfigError
from saccade.training.pretraining.next_patch import causal_steps, middle_features
from tests.training.pretraining.small import examples, lesson_of, small_vit

TOKENLESS = {"class_token": False, "global_pool": "avg"}


@pytest.mark.parametrize("changes", [{}, {"reg_tokens": 2}, TOKENLESS])
def test_a_patch_changes_no_guess_before_the_next(changes: dict) -> None:
    lesson, images = lesson_of("next-patch", model=small_vit(**changes)), examples(1).images
    before = lesson.guesses(images)
    assert before.shape == (1, 12, 512)
    for patch in (0, 5, 11):
        row, column = divmod(patch, 4)
        changed = images.clone()
        changed[:, :, 4 * row : 4 * row + 4, 4 * column : 4 * column + 4] += 1
        moved = (lesson.guesses(changed) != before).any(dim=2)[0].tolist()
        assert moved == [place > patch for place in range(12)]


def step(block, x, token: int):
    """What a block gives for a token that reads itself and those before it, without a mask."""
    normed = block.norm1(x)[None]
    own = x[token] + block.attn(normed[:, token : token + 1], normed[:, : token + 1])[0, 0]
    return own + block.mlp(block.norm2(own))


@pytest.mark.parametrize("changes", [{}, TOKENLESS])
def test_the_loss_equals_a_loop(changes: dict) -> None:
    lesson, batch = lesson_of("next-patch", model=small_vit(**changes)), examples(2)
    model, right = lesson.model, lesson.target.of(batch.images)
    total = []
    for image in range(2):
        patches = model.patch_embed(batch.images[image : image + 1])[0]
        if changes:
            x = torch.cat([lesson.start[0], patches + model.pos_embed[0]])
        else:
            x = torch.cat([model.cls_token[0], patches]) + model.pos_embed[0]
        for block in model.blocks:
            x = torch.stack([step(block, x, token) for token in range(len(x))])
        for patch in range(12):
            scores = lesson.guess(model.norm(x[patch])).log_softmax(dim=0)
            total.append(-scores[right[image, patch, 0]])
    assert torch.allclose(lesson(batch).loss, torch.stack(total).mean(), rtol=1e-5)


def test_a_model_without_special_tokens_has_a_start() -> None:
    assert lesson_of("next-patch").start is None
    assert lesson_of("next-patch", model=small_vit(**TOKENLESS)).start.shape == (1, 1, 16)


def test_no_mask_leaves_a_block_as_it_was() -> None:
    model, x = small_vit().eval(), torch.randn(2, 5, 16)
    block = model.blocks[0]
    whole = torch.ones(1, 5, 5, dtype=torch.bool)
    assert torch.allclose(block(x), block(x, mask=whole), atol=1e-6)


def test_features_for_a_probe() -> None:
    model, images = small_vit().eval(), examples(2).images
    steps = causal_steps(model, images)
    assert len(steps) == 3
    middle = model.blocks[1].norm1(steps[1]).mean(dim=1)
    assert torch.equal(middle_features(model, images), middle)
    last = model.norm(steps[2]).mean(dim=1)
    assert torch.equal(middle_features(model, images, after=2), last)
    with pytest.raises(ConfigError, match="0 to 2 blocks"):
        middle_features(model, images, after=3)


def test_a_picture_is_told_on_from_its_own_words() -> None:
    lesson, batch = lesson_of("next-patch", target="pixels"), examples(1)
    given = lesson.continued(batch.images, 10)
    painted = lesson.paint(batch)
    assert torch.equal(given[:, :10], painted.shown[:, :10])
    assert torch.allclose(given[:, 10], painted.guessed[:, 10], atol=1e-5)  # still from true ones
    assert not torch.allclose(given[:, 11], painted.guessed[:, 11], atol=1e-3)
