"""Votes of neighbours: by hand, against a loop, against scikit-learn."""

import math

import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier

from saccade.errors import ConfigError, DataError, ShapeError
from saccade.training.measures.neighbours import neighbour_accuracy, neighbour_votes


def some(count, seed, width=5):
    return torch.randn(count, width, generator=torch.Generator().manual_seed(seed))


LABELS = torch.arange(30) % 3


def test_by_hand():
    # (1, 0) has cosine 1 with class 0 and 0 with class 1; the votes are exp(1 / 0.5) and exp(0)
    known, question = torch.tensor([[2.0, 0.0], [0.0, 3.0]]), torch.tensor([[1.0, 0.0]])
    found = neighbour_votes(known, torch.tensor([0, 1]), question, classes=3, k=2, temperature=0.5)
    share = math.exp(2) / (math.exp(2) + 1)
    torch.testing.assert_close(found, torch.tensor([[share, 1 - share, 0.0]]))


def test_slowly():
    known, questions = some(30, 0), some(7, 1)
    found = neighbour_votes(known, LABELS, questions, classes=3, k=6, chunk=3)
    for row, question in zip(found, questions, strict=True):
        cosines = [float(question @ x / (question.norm() * x.norm())) for x in known]
        near = sorted(range(30), key=lambda i: -cosines[i])[:6]
        votes = [sum(math.exp(cosines[i] / 0.07) for i in near if i % 3 == c) for c in range(3)]
        wanted = torch.tensor([vote / sum(votes) for vote in votes])
        torch.testing.assert_close(row, wanted, atol=1e-5, rtol=1e-4)


def test_one_neighbour_is_the_nearest():
    known, questions = some(30, 0), some(9, 1)
    found = neighbour_votes(known, LABELS, questions, classes=3, k=1).argmax(1)
    unit = torch.nn.functional.normalize(known), torch.nn.functional.normalize(questions)
    assert torch.equal(found, LABELS[torch.cdist(unit[1], unit[0]).argmin(1)])
    assert neighbour_accuracy(known, LABELS, known, LABELS, k=1) == 1.0


def test_uniform_votes_are_scikit_learns():
    known, questions = some(30, 0), some(40, 1)
    found = neighbour_votes(known, LABELS, questions, classes=3, k=7, votes="uniform")
    peer = KNeighborsClassifier(7, metric="cosine").fit(known.numpy(), LABELS.numpy())
    wanted = torch.from_numpy(peer.predict_proba(questions.numpy())).float()
    torch.testing.assert_close(found, wanted)


def test_length_and_chunks_do_not_matter_and_few_may_vote():
    known, questions = some(4, 0), some(5, 1)
    told = {"classes": 3, "k": 20, "temperature": 1e-3}
    found = neighbour_votes(known, LABELS[:4], questions, **told)
    scaled = neighbour_votes(1000 * known, LABELS[:4], 7 * questions, chunk=2, **told)
    torch.testing.assert_close(found, scaled, atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(found.sum(1), torch.ones(5))


def test_errors_are_explained():
    x = some(30, 0)
    with pytest.raises(ShapeError, match=r"of one length, got \(30, 5\) and \(2, 4\)"):
        neighbour_votes(x, LABELS, some(2, 0, 4), classes=3)
    with pytest.raises(DataError, match="labels from 0 to 1, got 0 to 2"):
        neighbour_votes(x, LABELS, x, classes=2)
    with pytest.raises(ConfigError, match="k above 0, got 0"):
        neighbour_votes(x, LABELS, x, classes=3, k=0)
    with pytest.raises(DataError, match="labels on both sides, got 30, 0"):
        neighbour_accuracy(x, LABELS, x[:0], LABELS[:0])
