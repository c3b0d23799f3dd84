"""Numbers that tell whether a teacher has collapsed."""

import math

import pytest
import torch

from saccade.training.pretraining.collapse import Tally, monitors, told_collapse

SIZES = {"k": 4, "d": 2}
CPU = torch.device("cpu")


def watched(answers, features, *, centre=None, student=None):
    tally = Tally()
    student = torch.zeros(answers.shape[1]) if student is None else student
    tally.add(outputs=answers, answers=answers, student=student, features=features)
    return monitors(tally.taken(SIZES, CPU), torch.zeros(4) if centre is None else centre)


def views(*rows):
    """The same rows in both views (2 b k)."""
    return torch.tensor([rows, rows])


def test_by_hand():
    answers = views([0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5])
    features = views([3.0, 0.0], [0.0, 5.0])
    centre, student = torch.tensor([3.0, 4.0, 0.0, 0.0]), torch.tensor([1.0, 2.0])
    found = watched(answers, features, centre=centre, student=student)
    # each answer is spread over 2 of 4, all together over all 4; unit features (1 0), (0 1) have
    # the mean (1/2 1/2) and so the spread sqrt(1 - 1/2)
    wanted = {
        "teacher_entropy": math.log(2),
        "teacher_entropy_share": 0.5,
        "teacher_kl_uniform": math.log(2),
        "teacher_kl_student": 1.5 - math.log(2),
        "prototypes_used": 4.0,
        "centre_norm": 5.0,
        "feature_spread": 0.5**0.5,
    }
    assert found == pytest.approx(wanted, rel=1e-6)
    assert told_collapse(found) is None


def test_uniform_answers_are_a_collapse():
    found = watched(torch.full((2, 3, 4), 0.25), torch.ones(2, 3, 2))
    assert found["teacher_entropy_share"] == pytest.approx(1)
    assert found["feature_spread"] == pytest.approx(0, abs=1e-3)
    assert "same flat answer (0.000 nats from uniform); try a lower" in told_collapse(found)
    assert told_collapse(found, share=0.2) is None


def test_one_prototype_is_a_collapse():
    found = watched(views(*[[0.0, 1.0, 0.0, 0.0]] * 3), torch.ones(2, 3, 2))
    assert found["prototypes_used"] == pytest.approx(1)
    assert "same prototype (1.00 in use); try a higher" in told_collapse(found)


def test_nothing_known_is_no_collapse():
    assert told_collapse({}) is None


def test_batches_add_up_and_are_forgotten_once_taken():
    answers = torch.rand(2, 6, 4, generator=torch.Generator().manual_seed(0)).softmax(-1)
    features = torch.rand(2, 6, 2, generator=torch.Generator().manual_seed(1))
    tally = Tally()
    for part in (slice(0, 2), slice(2, 6)):
        told = {"student": torch.ones(part.stop - part.start), "features": features[:, part]}
        tally.add(outputs=answers[:, part], answers=answers[:, part], **told)
    parts = monitors(tally.taken(SIZES, CPU), torch.ones(4))
    whole = watched(answers, features, centre=torch.ones(4), student=torch.ones(6))
    assert parts == pytest.approx(whole, rel=1e-5)
    assert float(tally.taken(SIZES, CPU)["views"]) == 0
