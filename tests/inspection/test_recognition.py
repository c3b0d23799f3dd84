"""What a call of attention is, for modules that nobody has seen before."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.attention.place import Place
from saccade.attention.reading import Reading
from saccade.errors import TraceError
from saccade.inspection import record
from saccade.layers.tokens import TokenLayout


class Attends(nn.Module):
    """One linear layer, and attention over whatever shape a function makes of it."""

    def __init__(self, shape: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.stem, self.qkv = nn.Conv2d(3, 8, 2, 2), nn.Linear(8, 24)
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x).flatten(2).mT
        q, k, v = (self.shape(part) for part in self.qkv(x).chunk(3, -1))
        return F.scaled_dot_product_attention(q, k, v).flatten(1).mean(1)


def tokens(x: Tensor) -> Tensor:
    return x.unflatten(-1, (2, 4)).transpose(1, 2)


def windows(x: Tensor) -> Tensor:  # (images·windows heads i d), in an order that nobody knows
    return x.reshape(len(x) * 4, -1, 2, 4).transpose(1, 2)


def test_tokens(normal) -> None:
    model = Attends(tokens)
    with record(model) as trace:
        model(normal(2, 3, 8, 8))
    assert trace.grid == TokenLayout((), (4, 4), (2, 2))


@pytest.mark.parametrize("reduce", [(), ("entropy", "mean")])
def test_windows_that_are_not_understood_have_an_axis(normal, reduce: tuple[str, ...]) -> None:
    model = Attends(windows)
    with record(model, reduce=reduce) as trace:
        model(normal(2, 3, 8, 8))
    if reduce:
        assert set(trace.reduced) == {"entropy"}
        assert trace.reduced["entropy"]["attention"][0].shape == (2, 2)
        return
    assert trace.layers[0].axes == ("image", "window", "head", "query", "key")
    assert (trace.layers[0].weights.shape, trace.layout) == ((2, 4, 2, 4, 4), None)
    sentence = "which is of windows not recognised"
    with pytest.raises(TraceError, match=sentence), record(model, queries=[(1, 1)]):
        model(normal(2, 3, 8, 8))


class Channels(nn.Module):
    """Attention of channels over channels."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(8, 24)

    def forward(self, x: Tensor) -> Tensor:
        parts = (
            part.unflatten(-1, (2, 4)).permute(0, 2, 3, 1) for part in self.qkv(x).chunk(3, -1)
        )
        return F.scaled_dot_product_attention(*parts)


def test_channels_are_no_tokens(normal) -> None:
    model = nn.Sequential(nn.Conv2d(3, 8, 2, 2), nn.Flatten(2), Turn(), Channels())
    with record(model) as trace:
        model(normal(2, 3, 8, 8))
    assert trace.layers[0].axes == ("image", "head", "channel", "channel")
    assert (trace.layers[0].weights.shape, trace.layout) == ((2, 2, 4, 4), None)
    with pytest.raises(TraceError, match="image head query key"):
        _ = trace.attention


class Turn(nn.Module):
    """The last two axes, exchanged."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mT


class Tells(Attends):
    """A module that says itself where its map lies, column by column."""

    grid = (4, 4)

    def attention_place(self, reading: Reading) -> Place:
        columns = torch.arange(16).view(4, 4).T.reshape(1, -1).expand(16, -1)
        return Place(self.grid, (4, 4), columns)


def test_a_module_that_tells_its_place(normal) -> None:
    model = Tells(tokens)
    with record(model) as trace:
        model(normal(2, 3, 8, 8))
    assert trace.layers[0].place.index[0, :3].tolist() == [0, 4, 8]
    model.grid = (3, 4)
    sentence = (
        "a place of 16 queries and 16 keys from attention_place of Tells, got one of 12 and 16"
    )
    with pytest.raises(TraceError, match=sentence), record(model):
        model(normal(2, 3, 8, 8))


def test_tokens_that_stand_behind_the_patches_are_not_taken_for_a_prefix(normal) -> None:
    class Last(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem, self.block = nn.Conv2d(3, 8, 4, 4), nn.TransformerEncoderLayer(8, 2, 8)
            self.block.self_attn.batch_first = True
            self.cls_token = nn.Parameter(torch.randn(1, 1, 8))

        def forward(self, x: Tensor) -> Tensor:
            x = self.stem(x).flatten(2).mT
            return self.block(torch.cat([x, self.cls_token.expand(len(x), -1, -1)], 1))

    model = Last().eval()
    with record(model) as trace:
        model(normal(2, 3, 16, 16))
    assert (trace.layout, trace.layers[0].weights.shape) == (None, (2, 2, 17, 17))


def test_the_protocol_as_it_is_documented() -> None:
    page = Path(__file__).parents[2] / "docs" / "inspection" / "recognition.md"
    section = page.read_text("utf-8").partition("## A module of one's own")[2]
    code = section.partition("```python\n")[2].partition("```")[0]
    names: dict[str, object] = {"print": lambda shape: None}
    exec(compile(code, str(page), "exec"), names)
    trace = names["trace"]
    (look,) = trace.at(20, 10)
    assert (look.cell, look.weights.shape) == ((2, 5), (1, 4, 6))
    assert float(look.weights[:, :, 1::2].abs().max()) == 0
    torch.testing.assert_close(look.weights.sum((1, 2)), torch.ones(1))
    assert trace.layers[0].weights.shape == (2, 1, 24, 12)
