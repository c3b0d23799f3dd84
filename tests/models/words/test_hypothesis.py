"""A text is cut at its END, and its numbers with it."""

import pytest
import torch

from saccade.models.words.hypothesis import cut

LOOKS = torch.eye(4, 3)


def test_cut_at_the_first_end() -> None:
    told = cut([7, 5, 2, 2], [-1.0, -2.0, -0.5, -9.0], LOOKS, end=2)
    assert (told.words, told.log_probabilities, told.ending) == ((7, 5), (-1.0, -2.0), -0.5)
    assert told.finished
    assert told.score == -3.5
    assert torch.equal(told.weights, LOOKS[:2])


def test_without_end_nothing_is_cut() -> None:
    told = cut([7, 5], [-1.0, -2.0], None, end=2)
    assert (told.words, told.score, told.ending) == ((7, 5), -3.0, 0.0)
    assert not told.finished
    assert told.weights is None


@pytest.mark.parametrize(("penalty", "score"), [(0.0, -6.0), (1.0, -2.0), (2.0, -6 / 9)])
def test_end_counts_in_the_length(penalty: float, score: float) -> None:
    told = cut([7, 5, 2], [-1.0, -2.0, -3.0], None, end=2, length_penalty=penalty)
    assert told.score == pytest.approx(score)


def test_weights_do_not_hold_the_batch() -> None:
    told = cut([7, 2], [0.0, 0.0], LOOKS, end=2)
    assert told.weights is not None
    assert told.weights.untyped_storage().nbytes() == 3 * 4
