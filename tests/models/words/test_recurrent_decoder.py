"""The decoder's orders, written out word by word."""

import pytest
import torch
from torch import Tensor, nn

from saccade.attention import AdditiveAttention, AlignmentAttention
from saccade.layers.recurrent import gru_step, lstm_step, rnn_step
from saccade.models.seq2seq import Seq2Seq
from saccade.models.seq2seq_config import SCORES, Seq2SeqConfig
from saccade.models.words.recurrent_decoder import make_reader

SIZES = {"source_words": 9, "target_words": 8, "embedding": 3, "hidden": 4}
SOURCE, WORDS = torch.tensor([5, 6, 7, 8, 2]), torch.tensor([1, 4, 7, 5])


def double(drawn, **options: object) -> nn.Module:
    return drawn(Seq2Seq(Seq2SeqConfig(**SIZES, **options)).double())


def weights(stack: nn.Module, suffix: str = "") -> list[Tensor]:
    """The parameters of the only layer of a stack, in torch's order."""
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    found = (getattr(stack.layers, f"{name}_l0{suffix}", None) for name in names)
    return [each for each in found if each is not None]


def check(model: nn.Module, rows: list[Tensor], maps: list[Tensor]) -> None:
    """Compare the scores (t v) and the maps (t j) of a loop with the model's."""
    written = model(SOURCE[None], WORDS[None])
    torch.testing.assert_close(written.logits[0], torch.stack(rows), atol=1e-12, rtol=0)
    if maps:
        torch.testing.assert_close(written.weights[0], torch.stack(maps), atol=1e-12, rtol=0)


@torch.no_grad()
def test_the_seed_slowly(drawn) -> None:
    model = drawn(Seq2Seq(Seq2SeqConfig.seed_variant(9, 8, embedding=3, hidden=4)).double())
    (read, turn), (mixed, u3) = weights(model.encoder), weights(model.decoder.cell)
    u1, u4, u2 = mixed[:, :3], mixed[:, 3:], model.decoder.output.weight
    h, states = torch.zeros(4).double(), []
    for x in model.source.weight[SOURCE]:
        h = (turn @ h + read @ x).tanh()
        states.append(h)
    g, rows, maps = h, [], []
    for y in model.target.weight[WORDS]:
        share = torch.stack([g @ each for each in states]).exp()
        maps.append(share / share.sum())
        c = sum(a * each for a, each in zip(maps[-1], states, strict=True))
        g = (u3 @ g + u1 @ y + u4 @ c).tanh()
        rows.append(u2 @ g)
    check(model, rows, maps)
    assert {name.rpartition(".")[2] for name, _ in model.named_parameters()} == {
        "weight", "weight_ih_l0", "weight_hh_l0",
    }  # fmt: skip


def read_both_ways(model: nn.Module) -> tuple[Tensor, Tensor]:
    """The memory (j d) of gated units in both directions, and the backward end (h)."""
    words = model.source.weight[SOURCE]
    ways = []
    for sequence, suffix in ((words, ""), (words.flip(0), "_reverse")):
        h, run = torch.zeros(4).double(), []
        for x in sequence:
            h = gru_step(x, h, *weights(model.encoder, suffix))
            run.append(h)
        ways.append(torch.stack(run))
    return torch.cat([ways[0], ways[1].flip(0)], 1), ways[1][-1]


@pytest.mark.parametrize("output", ["plain", "maxout"])
@torch.no_grad()
def test_bahdanau_slowly(drawn, output: str) -> None:
    model = double(drawn, output=output, maxout=3)
    memory, first = read_both_ways(model)
    decoder, reader = model.decoder, model.decoder.reader
    s, rows, maps = decoder.bridges[0](first).tanh(), [], []
    for y in model.target.weight[WORDS]:
        scores = [reader.score @ (reader.query(s) + reader.key(each)).tanh() for each in memory]
        maps.append(torch.stack(scores).softmax(0))
        c = maps[-1] @ memory
        s = gru_step(torch.cat([y, c]), s, *weights(decoder.cell))
        deep = s
        if output == "maxout":
            pairs = decoder.deep(torch.cat([s, y, c]))
            deep = torch.stack([max(pairs[2 * n], pairs[2 * n + 1]) for n in range(3)])
        rows.append(decoder.output(deep))
    check(model, rows, maps)


@pytest.mark.parametrize("feeding", [False, True])
@torch.no_grad()
def test_luong_slowly(drawn, feeding: bool) -> None:
    model = double(drawn, order="luong", attention="general", input_feeding=feeding)
    memory, _ = read_both_ways(model)
    decoder = model.decoder
    ends = torch.cat([memory[-1, :4], memory[0, 4:]])
    s, fed, rows, maps = decoder.bridges[0](ends).tanh(), torch.zeros(4).double(), [], []
    for y in model.target.weight[WORDS]:
        s = gru_step(torch.cat([y, fed]) if feeding else y, s, *weights(decoder.cell))
        maps.append((memory @ (decoder.reader.key.weight.T @ s)).softmax(0))
        fed = (decoder.join.weight @ torch.cat([maps[-1] @ memory, s])).tanh()
        rows.append(decoder.output(fed))
    check(model, rows, maps)


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
@torch.no_grad()
def test_without_attention_slowly(drawn, cell: str) -> None:
    model = double(drawn, attention=None, bidirectional=False, cell=cell, reverse_source=True)
    h = kept = torch.zeros(4).double()
    rows = []
    for part, words in ((model.encoder, SOURCE.flip(0)), (model.decoder.cell, WORDS)):
        table = model.source if part is model.encoder else model.target
        for x in table.weight[words]:
            if cell == "lstm":
                h, kept = lstm_step(x, (h, kept), *weights(part))
            else:
                h = rnn_step(x, h, *weights(part))
            rows.append(model.decoder.output(h))
    check(model, rows[len(SOURCE) :], [])


@torch.no_grad()
def test_the_decoder_without_attention_sees_the_last_state_only(drawn) -> None:
    model = double(drawn, attention=None)
    assert set(model.read(SOURCE[None])) == {"hidden"}
    assert not hasattr(model.decoder, "join")


@pytest.mark.parametrize("score", SCORES)
def test_every_score_has_its_reader(score: str) -> None:
    plain = score in ("dot", "scaled_dot")
    options = {"attention": score, "bidirectional": not plain, "score_size": 5, "max_source": 7}
    reader = make_reader(Seq2SeqConfig(**SIZES, **options))
    assert isinstance(reader, AdditiveAttention if score == "additive" else AlignmentAttention)
    shapes = {name: tuple(p.shape) for name, p in reader.named_parameters()}
    assert shapes == {
        "additive": {"query.weight": (5, 4), "key.weight": (5, 8), "key.bias": (5,), "score": (5,)},
        "general": {"key.weight": (4, 8)},
        "concat": {"pair.weight": (5, 12), "score": (5,)},
        "location": {"location.weight": (7, 4)},
    }.get(score, {})
