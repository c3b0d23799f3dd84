"""The decoder: what a word may see, what is kept, and what is refused."""

import math

import pytest
import torch

from saccade.layers.sinusoid import Sinusoid, sinusoid
from saccade.models.words.decoding import take_rows
from saccade.models.words.transformer_decoder import DecoderConfig, WordDecoder, Words
from saccade.models.words.transformer_layers import LayerConfig

SMALL = {"words": 11, "width": 6, "heads": 2, "hidden": 5, "depth": 2, "max_length": 4}
WORDS = torch.tensor([[1, 5, 9, 3, 4, 8], [1, 4, 4, 10, 2, 0]])  # more than are ready
MASK = torch.tensor([[True, True, True], [True, True, False]])


@pytest.fixture(params=[False, True], ids=["post", "pre"])
def decoder(request, drawn) -> WordDecoder:
    return drawn(WordDecoder(DecoderConfig(**SMALL, norm_first=request.param)).double())


@pytest.fixture
def memory(normal) -> torch.Tensor:
    return normal(2, 3, 6, dtype=torch.float64)


def test_embeddings_by_hand() -> None:
    words = Words(3, LayerConfig(width=4, heads=1, hidden=1), Sinusoid(4, 8)).eval()
    words.table.weight.data[:] = torch.tensor([[0.0] * 4, [1.0, 2, 3, 4], [5.0, 6, 7, 8]])
    expected = torch.tensor([[10.0, 12, 14, 16], [2.0, 4, 6, 8]]) + sinusoid(2, 4, first=5)
    torch.testing.assert_close(words(torch.tensor([[2, 1]]), 5)[0], expected)


@torch.no_grad()
def test_steps_give_what_teacher_forcing_gives(decoder, memory) -> None:
    state = decoder.remember(memory, MASK)
    (logits, weights), after = decoder(WORDS, state)
    for t in range(6):
        step = decoder.step(WORDS[:, t], state)
        state = step.state
        torch.testing.assert_close(step.logits, logits[:, t], atol=1e-12, rtol=0)
        torch.testing.assert_close(step.weights, weights[:, t], atol=1e-12, rtol=0)
    assert state.keys() == after.keys()
    for name, kept in after.items():
        torch.testing.assert_close(state[name], kept, atol=1e-12, rtol=0)


@torch.no_grad()
def test_words_may_come_in_pieces(decoder, memory) -> None:
    state = decoder.remember(memory)
    whole, _ = decoder(WORDS, state)
    first, state = decoder(WORDS[:, :2], state)
    rest, _ = decoder(WORDS[:, 2:], state)
    pieces = torch.cat([first.logits, rest.logits], 1)
    torch.testing.assert_close(pieces, whole.logits, atol=1e-12, rtol=0)


@torch.no_grad()
def test_later_words_change_nothing_before_them(decoder, memory) -> None:
    changed = WORDS.clone()
    changed[:, 3:] = 7
    before, _ = decoder(WORDS, decoder.remember(memory))
    after, _ = decoder(changed, decoder.remember(memory))
    torch.testing.assert_close(after.logits[:, :3], before.logits[:, :3], atol=0, rtol=0)
    assert not torch.equal(after.logits[:, 3], before.logits[:, 3])


@torch.no_grad()
def test_a_hidden_place_is_not_read(decoder, memory) -> None:
    changed = memory.clone()
    changed[1, 2] = 100.0
    before, _ = decoder(WORDS, decoder.remember(memory, MASK))
    after, _ = decoder(WORDS, decoder.remember(changed, MASK))
    torch.testing.assert_close(after.logits, before.logits, atol=1e-12, rtol=0)
    assert (before.weights[1, :, 2] == 0).all()
    torch.testing.assert_close(before.weights.sum(-1), torch.ones(2, 6).double())


@torch.no_grad()
def test_several_texts_share_a_memory(decoder, memory) -> None:
    state = decoder.remember(memory, MASK)
    rows = torch.tensor([0, 0, 0, 1, 1, 1])
    copied = take_rows(state, rows)
    shared = {k: v if k.startswith("memory") else copied[k] for k, v in state.items()}
    for words in torch.tensor([[1] * 6, [3, 4, 5, 6, 7, 8]]):
        one, other = decoder.step(words, copied), decoder.step(words, shared)
        torch.testing.assert_close(other.logits, one.logits, atol=1e-12, rtol=0)
        torch.testing.assert_close(other.weights, one.weights, atol=1e-12, rtol=0)
        copied, shared = one.state, other.state


@torch.no_grad()
def test_the_layer_whose_weights_are_given(drawn, memory) -> None:
    first = drawn(WordDecoder(DecoderConfig(**SMALL, look=0)).double())
    last = WordDecoder(DecoderConfig(**SMALL)).double().eval()
    last.load_state_dict(first.state_dict())
    (one, seen), _ = first(WORDS, first.remember(memory))
    (other, shown), _ = last(WORDS, last.remember(memory))
    torch.testing.assert_close(one, other, atol=0, rtol=0)
    assert not torch.equal(seen, shown)
    assert last(WORDS, last.remember(memory), weights=False)[0].weights is None


def test_the_start_is_even(memory) -> None:
    torch.manual_seed(0)
    decoder = WordDecoder(DecoderConfig(words=500, width=64, heads=4, hidden=64, depth=1))
    assert abs(decoder.embed.table.weight.std() * math.sqrt(64) - 1) < 0.05
    assert decoder.layers[0].cross.qkv.bias.eq(0).all()
    untied = WordDecoder(DecoderConfig(**SMALL, tied=False))
    assert untied.head.weight.shape == (11, 6)
