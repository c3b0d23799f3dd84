"""Scheduled sampling: who is told the true word is drawn for each row and step."""

import pytest
import torch
from torch import nn

from saccade.models.seq2seq import Seq2Seq
from saccade.models.seq2seq_config import Seq2SeqConfig

SIZES = {"source_words": 11, "target_words": 13, "embedding": 5, "hidden": 6}
SOURCE = torch.tensor([[5, 6, 7, 8, 2], [9, 10, 2, 0, 0]])
WORDS = torch.tensor([[1, 4, 5, 6, 9, 9], [1, 7, 8, 9, 4, 0]])


@pytest.fixture(params=["bahdanau", "luong"])
def model(request, drawn) -> nn.Module:
    return drawn(Seq2Seq(Seq2SeqConfig(**SIZES, order=request.param)).double())


def test_never_told_it_hears_its_own_words(model: nn.Module) -> None:
    heard, words = model(SOURCE, WORDS, ratio=0.0), WORDS[:, :1]
    for _ in range(5):
        own = model(SOURCE, words).logits[:, -1].argmax(-1, keepdim=True)
        words = torch.cat([words, own], 1)
    torch.testing.assert_close(heard.logits, model(SOURCE, words).logits, atol=1e-12, rtol=0)


def test_each_row_and_step_is_drawn_alone(model: nn.Module) -> None:
    heard = model(SOURCE, WORDS, ratio=0.5, generator=torch.Generator().manual_seed(3))
    told = torch.rand(WORDS.shape, generator=torch.Generator().manual_seed(3)) < 0.5
    told[:, 0] = True
    assert 0 < int(told[:, 1:].sum()) < 10
    own = heard.logits.argmax(-1).roll(1, 1)
    words = torch.where(told, WORDS, own)
    torch.testing.assert_close(heard.logits, model(SOURCE, words).logits, atol=1e-12, rtol=0)
    torch.testing.assert_close(heard.weights, model(SOURCE, words).weights, atol=1e-12, rtol=0)


def test_the_same_draws_twice_and_almost_certainly_told(model: nn.Module) -> None:
    first, again = (
        model(SOURCE, WORDS, ratio=0.5, generator=torch.Generator().manual_seed(1)).logits
        for _ in range(2)
    )
    assert torch.equal(first, again)
    nearly = model(SOURCE, WORDS, ratio=1 - 1e-9, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(nearly.logits, model(SOURCE, WORDS).logits, atol=1e-12, rtol=0)


def test_dropout_is_drawn_in_training_only(model: nn.Module) -> None:
    config = Seq2SeqConfig(**SIZES, dropout=0.5, layers=2)
    torch.manual_seed(0)
    other = Seq2Seq(config).train()
    assert not torch.equal(other(SOURCE, WORDS).logits, other(SOURCE, WORDS).logits)
    other.eval()
    assert torch.equal(other(SOURCE, WORDS).logits, other(SOURCE, WORDS).logits)
