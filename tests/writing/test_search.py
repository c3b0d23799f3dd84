"""How texts are searched for: which search each beam is, ranges, sources of similar length."""

import pytest
import torch

from saccade.errors import ConfigError
from saccade.models.words.beam import beam_search
from saccade.models.words.decoding import greedy, sample
from saccade.writing.search import Search, in_length_order
from tests.word_models import Endless, translator

SOURCE = torch.tensor([[5, 6, 7, 2], [8, 2, 0, 0]])


@torch.no_grad()
def test_a_beam_is_a_beam_search_one_is_greedy_none_draws():
    model = translator()
    wide = Search(beam=3, n_best=2, max_length=6, length_penalty=0.5)
    asked = {"beam": 3, "n_best": 2, "max_length": 6, "length_penalty": 0.5}
    found = beam_search(model, model.read(SOURCE), **asked)
    assert wide.write(model, SOURCE, SOURCE != 0) == [tuple(each) for each in found]
    first = Search(beam=1, max_length=6).write(model, SOURCE)
    assert [one for (one,) in first] == greedy(model, model.read(SOURCE), max_length=6)
    chances = torch.Generator().manual_seed(3)
    told = Search(beam=0, max_length=6, temperature=0.7, top_k=3)
    drawn = told.write(model, SOURCE, generator=torch.Generator().manual_seed(3))
    options = {"max_length": 6, "temperature": 0.7, "top_k": 3}
    assert [one for (one,) in drawn] == sample(
        model, model.read(SOURCE), generator=chances, **options
    )


def test_a_penalty_counts_for_a_beam_of_one_too():
    model = translator()
    (plain,), (mean,) = (
        Search(beam=1, max_length=4, length_penalty=power).write(model, SOURCE[:1])[0]
        for power in (0.0, 1.0)
    )
    assert plain.words == mean.words
    length = len(plain.words) + plain.finished
    assert mean.score == pytest.approx(plain.score / length)


@pytest.mark.parametrize("beam", [0, 1, 4])
def test_what_never_ends_is_given_unfinished_with_its_looks(beam):
    (texts,) = Search(beam=beam, max_length=7).write(Endless(9), SOURCE[:1].float())
    assert not texts[0].finished
    assert len(texts[0].words) == 7
    assert texts[0].weights.shape == (7, 4)


@pytest.mark.parametrize(
    "wrong",
    [
        {"beam": -1},
        {"max_length": 0},
        {"n_best": 0},
        {"n_best": 6},
        {"beam": 0, "n_best": 2},
        {"temperature": 0.0},
        {"temperature": float("nan")},
        {"top_k": -1},
    ],
)
def test_what_cannot_work_is_told(wrong):
    with pytest.raises(ConfigError):
        Search(**wrong)


def test_the_short_come_first_and_all_come_once():
    assert in_length_order([5, 1, 3, 1], 3) == [[1, 3, 2], [0]]
    assert in_length_order([], 3) == []
