"""Insertion and deletion: by hand, slowly, beside random orders, and in bounded memory."""

import pytest
import torch

from saccade.errors import ConfigError, ShapeError
from saccade.inspection.evidence.faithfulness import area, deletion, faithfulness, insertion
from saccade.inspection.evidence.removal import blurred


def evidence(images):
    """Two classes; the second one's logit is the sum of the top left quarter."""
    size = images.shape[-1] // 2
    found = images[:, :, :size, :size].sum(dim=(1, 2, 3))
    return torch.stack([torch.zeros_like(found), found], dim=1)


def quarter(side, rows):
    """A map that knows which quarter counts."""
    maps = torch.zeros(1, rows, rows)
    maps[:, : rows // 2, : rows // 2] = 1
    return maps, torch.ones(1, 1, side, side)


def test_the_area_by_hand():
    # (1 + 0.5) / 2 + (0.5 + 0.25) / 2 + (0.25 + 0) / 2 = 1.25, over three steps.
    assert float(area(torch.tensor([1.0, 0.5, 0.25, 0.0]))) == pytest.approx(1.25 / 3)
    assert float(area(torch.tensor([1.0, 0.5, 0.25, 0.0]))) == pytest.approx(0.416667, abs=1e-6)


def test_deletion_by_hand():
    # One pixel at a time; the first pixel alone carries logit 1, so the probability of the second
    # class is sigmoid(1), then sigmoid(0) for ever.
    maps, images = quarter(2, 2)
    curve = deletion(evidence, images, maps, step=1)
    high, low = torch.sigmoid(torch.tensor([1.0, 0.0])).tolist()
    torch.testing.assert_close(curve.scores, torch.tensor([[high, low, low, low, low]]))
    torch.testing.assert_close(curve.shares, torch.tensor([0, 0.25, 0.5, 0.75, 1]))
    assert float(curve.auc) == pytest.approx(((high + low) / 2 + 3 * low) / 4)


@pytest.mark.parametrize("rows", [4, 8])
@pytest.mark.parametrize("chunk", [1, 5, 100])
def test_both_curves_slowly(normal, rows, chunk):
    images, maps = normal(3, 2, 8, 8), normal(3, rows, rows).round()
    targets, cell = torch.tensor([0, 1, 1]), 8 // rows
    step = 8 if rows == 8 else 1
    for measure, before, after in (
        (deletion, images, torch.zeros_like(images)),
        (insertion, blurred(images), images),
    ):
        found = measure(evidence, images, maps, targets, chunk=chunk)
        for image in range(3):
            entries = maps[image].flatten().tolist()
            order = sorted(range(len(entries)), key=lambda place: (-entries[place], place))
            now, scores = before[image].clone(), []
            for start in range(0, len(order) + step, step):
                scores.append(evidence(now[None]).softmax(1)[0, targets[image]])
                for place in order[start : start + step]:
                    row, column = divmod(place, rows)
                    where = (..., slice(row * cell, (row + 1) * cell))
                    where += (slice(column * cell, (column + 1) * cell),)
                    now[where] = after[image][where]
            torch.testing.assert_close(found.scores[image], torch.stack(scores))


def test_the_class_that_is_predicted_is_followed():
    maps, images = quarter(4, 4)
    torch.testing.assert_close(
        insertion(evidence, images, maps).scores,
        insertion(evidence, images, maps, torch.tensor([1])).scores,
    )


def test_a_step_that_does_not_divide_ends_with_the_whole_image():
    maps, images = quarter(4, 4)
    curve = deletion(evidence, images, maps, step=5)
    assert curve.shares.tolist() == [0, 5 / 16, 10 / 16, 15 / 16, 1]


def test_knowing_the_place_is_better_than_chance(generator):
    maps, images = quarter(8, 8)
    images, nothing = images / 4, torch.zeros(())
    found = faithfulness(evidence, images, maps, generator=generator, draws=8, start=nothing)
    assert float(found.insertion.advantage) > 0.1
    assert float(found.deletion.advantage) > 0.1
    told = found.to_dict()
    assert told["deletion"]["value"] == pytest.approx(float(found.curves[1].auc))
    assert told["deletion"]["better_than_random"] == 1
    wrong = faithfulness(evidence, images, -maps, generator=generator, draws=8)
    assert float(wrong.deletion.advantage) < -0.1


def test_memory_grows_with_the_chunk_and_not_with_the_steps():
    sizes = []

    def model(images):
        sizes.append(len(images))
        return evidence(images)

    maps, images = quarter(8, 8)
    deletion(model, images.expand(3, -1, -1, -1), maps.expand(3, -1, -1), step=1, chunk=7)
    assert max(sizes) == 7
    assert sum(sizes) == 3 + 3 * 65  # the prediction, and every point of every curve


def test_no_gradient_is_kept():
    maps, images = quarter(4, 4)
    assert not deletion(evidence, images.requires_grad_(), maps).scores.requires_grad


@pytest.mark.parametrize(
    ("options", "error", "sentence"),
    [
        ({"step": 0}, ConfigError, "step and chunk of 1 or more, got 0 and 32"),
        ({"chunk": 0, "targets": torch.tensor([1])}, ConfigError, "got None and 0"),
        ({"targets": torch.tensor([1, 1])}, ShapeError, "the targets"),
    ],
)
def test_what_cannot_be(options, error, sentence):
    maps, images = quarter(4, 4)
    with pytest.raises(error, match=sentence):
        deletion(evidence, images, maps, **options)


def test_a_curve_has_two_points():
    with pytest.raises(ShapeError, match="a curve of two points or more"):
        area(torch.ones(1))
