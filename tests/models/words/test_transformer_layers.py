"""The layer that reads and the layer that writes."""

import pytest
import torch
from torch import Tensor, nn

from saccade.attention import MultiHeadAttention
from saccade.errors import ConfigError
from saccade.models.words.transformer_layers import DecoderLayer, EncoderLayer, LayerConfig
from tests.models.words.slow_transformer import decoded, encoded

SMALL = {"width": 6, "heads": 2, "hidden": 5}
MASK = torch.tensor([[True, True, True], [True, False, False]])


def start(memory: Tensor, layer: DecoderLayer) -> tuple[Tensor, Tensor]:
    """An empty past, and the memory's keys and values."""
    kept = layer.cross.remember(memory)
    return kept[:, :, :, :0], kept


def plain(attention: MultiHeadAttention) -> None:
    """Let it give the mean of what may be read."""
    width = attention.proj.in_features
    attention.qkv.weight.data[: 2 * width] = 0
    attention.qkv.weight.data[2 * width :] = torch.eye(width)
    attention.proj.weight.data[:] = torch.eye(width)
    attention.qkv.bias.data[:], attention.proj.bias.data[:] = 0, 0


@pytest.mark.parametrize("norm_first", [False, True])
def test_by_hand(norm_first: bool) -> None:
    config = LayerConfig(width=2, heads=1, hidden=3, norm_first=norm_first, norm_eps=1e-12)
    words = torch.tensor([[[3.0, 1.0], [1.0, 3.0]]])
    reads, writes = EncoderLayer(config).eval(), DecoderLayer(config).eval()
    for attention in (reads.attn, writes.attn, writes.cross):
        plain(attention)
    for layer in (reads, writes):
        layer.mlp.fc2.weight.data[:], layer.mlp.fc2.bias.data[:] = 0, 0
    x, kept, _ = writes(words, *start(torch.tensor([[[4.0, 0.0]]]), writes))
    if norm_first:
        # Reading: the normed words are (1, -1) and (-1, 1), whose mean is zero. Writing: the first
        # word reads itself alone, (3, 1) + (1, -1); the second nothing; both read (4, 0).
        expected, written = [[3.0, 1], [1, 3]], [[8.0, 0], [5, 3]]
    else:
        # Reading: (3, 1) + (2, 2) and (1, 3) + (2, 2), normed. Writing: the words become (1, -1)
        # and (-1, 1), and (5, -1) and (3, 1) with the memory, which norm to the same.
        expected, written = [[1.0, -1], [-1, 1]], [[1.0, -1], [1, -1]]
    torch.testing.assert_close(reads(words), torch.tensor([expected]))
    torch.testing.assert_close(x, torch.tensor([written]))
    assert kept.shape == (1, 2, 1, 2, 2)


@pytest.mark.parametrize("norm_first", [False, True])
@torch.no_grad()
def test_slowly(drawn, normal, norm_first: bool) -> None:
    config = LayerConfig(**SMALL, norm_first=norm_first)
    reads, writes = drawn(EncoderLayer(config).double()), drawn(DecoderLayer(config).double())
    source, words = (normal(2, n, 6, dtype=torch.float64) for n in (3, 4))
    read = reads(source, MASK)
    for text, count in enumerate(MASK.sum(1)):
        expected = torch.stack(encoded(reads, list(source[text, :count])))
        torch.testing.assert_close(read[text, :count], expected, atol=1e-12, rtol=0)
    wrote = writes(words, *start(source, writes), MASK)
    for text, count in enumerate(MASK.sum(1)):
        expected = torch.stack(decoded(writes, list(words[text]), list(source[text, :count])))
        torch.testing.assert_close(wrote.x[text], expected, atol=1e-12, rtol=0)


def given(theirs: nn.MultiheadAttention, ours: MultiHeadAttention) -> None:
    ours.qkv.weight.data, ours.qkv.bias.data = theirs.in_proj_weight, theirs.in_proj_bias
    ours.proj.load_state_dict(theirs.out_proj.state_dict())


def copied(theirs: nn.Module, ours: nn.Module) -> None:
    """Take the weights of a layer of torch."""
    for old, new in [("norm1", "norm1"), ("norm2", "norm2"), ("norm3", "norm3")]:
        if hasattr(theirs, old):
            ours.get_submodule(new).load_state_dict(theirs.get_submodule(old).state_dict())
    for old, new in [("linear1", "mlp.fc1"), ("linear2", "mlp.fc2")]:
        ours.get_submodule(new).load_state_dict(theirs.get_submodule(old).state_dict())
    given(theirs.self_attn, ours.attn)
    if isinstance(theirs, nn.TransformerDecoderLayer):
        given(theirs.multihead_attn, ours.cross)


@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("norm_first", [False, True])
@torch.no_grad()
def test_equals_torch(drawn, normal, norm_first: bool, activation: str) -> None:
    config = LayerConfig(**SMALL, norm_first=norm_first, activation=activation)
    options = {"activation": activation, "layer_norm_eps": 1e-6, "batch_first": True}
    sizes = (6, 2, 5)
    reads, writes = EncoderLayer(config).eval(), DecoderLayer(config).eval()
    reader = drawn(nn.TransformerEncoderLayer(*sizes, norm_first=norm_first, **options))
    writer = drawn(nn.TransformerDecoderLayer(*sizes, norm_first=norm_first, **options))
    copied(reader, reads)
    copied(writer, writes)
    source, words = normal(2, 3, 6), normal(2, 4, 6)
    future = torch.ones(4, 4, dtype=torch.bool).triu(1)
    read = reader(source, src_key_padding_mask=~MASK)
    torch.testing.assert_close(reads(source, MASK)[MASK], read[MASK], atol=1e-6, rtol=0)
    written = writer(words, source, tgt_mask=future, memory_key_padding_mask=~MASK)
    wrote = writes(words, *start(source, writes), MASK)
    torch.testing.assert_close(wrote.x, written, atol=1e-6, rtol=0)


@pytest.mark.parametrize("name", ["dropout", "attention_dropout", "hidden_dropout"])
def test_dropout_is_for_training_only(drawn, normal, name: str) -> None:
    layer, x = (
        drawn(DecoderLayer(LayerConfig(**SMALL, **{"dropout": 0.0, name: 0.5}))),
        normal(2, 4, 6),
    )
    past = start(normal(2, 3, 6), layer)
    torch.testing.assert_close(layer(x, *past).x, layer(x, *past).x, atol=0, rtol=0)
    layer.train()
    assert not torch.equal(layer(x, *past).x, layer(x, *past).x)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"hidden": 0}, "expected a positive hidden, got 0; try hidden=8"),
        ({"dropout": 1.0}, "expected dropout in [0, 1), got 1.0; try dropout=0.1"),
        ({"activation": "tanh"}, "expected activation out of relu, gelu, got 'tanh'; try 'relu'"),
    ],
)
def test_options_that_cannot_work(wrong: dict, words: str) -> None:
    with pytest.raises(ConfigError) as error:
        LayerConfig(**wrong)
    assert str(error.value) == words
