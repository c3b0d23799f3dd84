"""Sentences made of what a search gives."""

import pytest
import torch

from saccade.models.words.hypothesis import Hypothesis
from saccade.viewer.word_views import Sentence


def test_a_sentence_of_a_hypothesis() -> None:
    weights = torch.eye(2)
    found = Hypothesis((7, 9), -1.25, (-0.5, -0.75), weights, finished=False)
    one = Sentence.of(found, ["빨간", "연"], "빨간연")
    assert (one.words, one.text, one.score, one.finished) == (
        ("빨간", "연"),
        "빨간연",
        -1.25,
        False,
    )
    assert one.probabilities == pytest.approx((0.606531, 0.472367), abs=1e-6)
    assert one.maps is weights
