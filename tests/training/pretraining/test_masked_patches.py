"""Masked patch prediction, beside the plain definition."""

import torch
import torch.nn.functional as F

from saccade.training.pretraining.masking import corrupt
from tests.training.pretraining.small import examples, lesson_of


def test_the_loss_equals_a_loop() -> None:
    lesson, batch = lesson_of("masked-patches", target="mean-colour"), examples(2)
    model = lesson.model
    corruption = corrupt(batch.noise(12, 3, name="mask"), 0.5)
    right = lesson.target.of(batch.images)
    found = []
    for image in range(2):
        own = model.patch_embed(batch.images[image : image + 1])[0]
        rows = []
        for patch in range(12):
            masked = bool(corruption.masked[image, patch])
            source = int(corruption.source[image, patch])
            rows.append(lesson.mask_token[0, 0] if masked else own[source])
        x = torch.cat([model.cls_token[0], torch.stack(rows)]) + model.pos_embed[0]
        x = model.norm(model.blocks(x[None]))[0]
        for patch in range(12):
            if corruption.hidden[image, patch]:
                scores = F.linear(x[1 + patch], lesson.guess.weight, lesson.guess.bias)
                found.append(-scores.log_softmax(dim=0)[right[image, patch, 0]])
    outcome = lesson(batch)
    assert len(found) == 12
    assert torch.allclose(outcome.loss, torch.stack(found).mean(), atol=1e-5)


def test_what_is_hidden_does_not_show_in_its_own_place() -> None:
    lesson, batch = lesson_of("masked-patches"), examples(1)
    corruption = corrupt(batch.noise(12, 3, name="mask"), 0.5)
    gone = corruption.masked & ~(corruption.source == torch.arange(12)).logical_not()
    place = int(gone[0].nonzero()[0])
    others = set(corruption.source[0][~corruption.masked[0]].tolist())
    assert place not in others  # nor was it put in another place
    changed = batch.images.clone()
    row, column = divmod(place, 4)
    changed[:, :, 4 * row : 4 * row + 4, 4 * column : 4 * column + 4] += 1
    before, after = (lesson.guesses(x, corruption) for x in (batch.images, changed))
    assert torch.equal(before, after)


def test_untouched_patches_show() -> None:
    lesson, batch = lesson_of("masked-patches"), examples(1)
    painted = lesson.paint(batch)
    assert 0 < int(painted.unseen.sum()) <= 6
    same = (painted.completed == painted.shown).all(dim=2)
    assert int(same.sum()) >= 6


def test_the_model_is_still_a_classifier() -> None:
    lesson = lesson_of("masked-patches")
    assert lesson.model(examples(2).images).shape == (2, 3)
    assert "mask_token" not in lesson.model.state_dict()
