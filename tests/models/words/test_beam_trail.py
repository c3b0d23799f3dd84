"""The way back: two steps of a search, traced by hand."""

import torch

from saccade.models.words.beam_trail import Ending, Moment, retrace

# One row makes two, 7 and 5; then 5 goes on with 4 (row 0) and 7 with 6 (row 1).
TRAIL = [
    Moment(torch.tensor([7, 5]), torch.tensor([-1.0, -2.0]), torch.tensor([0, 0]), torch.eye(1, 3)),
    Moment(torch.tensor([4, 6]), torch.tensor([-0.5, -4.0]), torch.tensor([1, 0]), torch.eye(2, 3)),
]


def test_finished_and_cut_texts() -> None:
    endings = [
        Ending(-2.75, 1, 1, -0.75, finished=True),  # 5, then END beside the second step
        Ending(-2.5, 2, 0, 0.0, finished=False),  # 5 4
        Ending(-5.0, 2, 1, 0.0, finished=False),  # 7 6
    ]
    ended, second, third = retrace(TRAIL, endings, end=2, length_penalty=0.0)
    assert (ended.words, ended.log_probabilities, ended.ending) == ((5,), (-2.0,), -0.75)
    assert (second.words, second.log_probabilities) == ((5, 4), (-2.0, -0.5))
    assert (third.words, third.log_probabilities) == ((7, 6), (-1.0, -4.0))
    assert [h.score for h in (ended, second, third)] == [-2.75, -2.5, -5.0]
    assert [h.finished for h in (ended, second, third)] == [True, False, False]


def test_looks_are_those_of_the_row_that_wrote() -> None:
    endings = [Ending(0.0, 2, row, 0.0, finished=False) for row in (0, 1)]
    second, third = retrace(TRAIL, endings, end=2, length_penalty=0.0)
    assert second.weights.tolist() == [[1, 0, 0], [0, 1, 0]]
    assert third.weights.tolist() == [[1, 0, 0], [1, 0, 0]]


def test_writer_without_attention_and_no_texts() -> None:
    trail = [moment._replace(weights=None) for moment in TRAIL]
    (told,) = retrace(trail, [Ending(0.0, 2, 0, 0.0, finished=False)], end=2, length_penalty=0.0)
    assert told.weights is None
    assert retrace(TRAIL, [], end=2, length_penalty=0.0) == []
