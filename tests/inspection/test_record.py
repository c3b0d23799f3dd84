"""Recording."""

import threading

import pytest
import torch
from torch import nn

from saccade.attention import AdditiveAttention, MultiHeadAttention, Tap
from saccade.errors import ShapeError, TraceError
from saccade.inspection import record
from saccade.models import build


@pytest.fixture
def model(drawn) -> nn.Module:
    """Three small blocks with drawn weights."""
    return drawn(build("vit_pico_patch2_8", depth=3), 0.1)


def listeners(model: nn.Module) -> int:
    return sum(len(part.listeners) for part in model.modules() if isinstance(part, Tap))


def test_everything_is_recorded_in_order(model: nn.Module, normal) -> None:
    images = normal(3, 3, 8, 8)
    plain = model(images)
    with record(model) as trace:
        first = model(images[:2])
        second = model(images[2:])
    torch.testing.assert_close(torch.cat([first, second]), plain, atol=1e-5, rtol=0)
    assert [layer.name for layer in trace.layers] == [f"blocks.{i}.attn" for i in range(3)]
    assert trace.attention.shape == (3, 3, 4, 17, 17)
    torch.testing.assert_close(trace.attention.sum(-1), torch.ones(3, 3, 4, 17))
    assert (trace.layout, trace.model) == (model.layout, "vit_pico_patch2_8")
    assert listeners(model) == 0
    torch.testing.assert_close(model(images), plain, atol=0, rtol=0)


def test_the_maps_are_the_softmax_of_queries_and_keys(model: nn.Module, normal) -> None:
    images, block = normal(2, 3, 8, 8), model.blocks[0]
    with record(model, layers=[0]) as trace:
        model(images)
    x = model.patch_embed(images)
    x = torch.cat([model.cls_token.expand(2, -1, -1), x], dim=1) + model.pos_embed
    qkv = block.attn.qkv(block.norm1(x)).reshape(2, 17, 3, 4, 16)
    scores = torch.einsum("bimd,bjmd->bmij", qkv[:, :, 0], qkv[:, :, 1]) / 4.0
    torch.testing.assert_close(trace.attention[:, 0], scores.softmax(-1), atol=1e-5, rtol=0)


def test_maps_are_plain_numbers(model: nn.Module, normal) -> None:
    with record(model) as trace:
        model(normal(1, 3, 8, 8)).sum().backward()
    for layer in trace.layers:
        assert (layer.weights.dtype, layer.weights.device.type) == (torch.float32, "cpu")
        assert not layer.weights.requires_grad
    with record(model.double()) as trace:
        model(normal(1, 3, 8, 8, dtype=torch.float64))
    assert trace.attention.dtype == torch.float32


@pytest.mark.parametrize(
    ("layers", "names"), [([0], ["0"]), ([-1], ["2"]), ([2, 0], ["0", "2"]), ([1, -2], ["1"])]
)
def test_chosen_layers(model: nn.Module, normal, layers: list[int], names: list[str]) -> None:
    with record(model, layers=layers) as trace:
        model(normal(1, 3, 8, 8))
    assert [layer.name for layer in trace.layers] == [f"blocks.{i}.attn" for i in names]


@pytest.mark.parametrize("index", [3, -4])
def test_a_layer_that_does_not_exist(model: nn.Module, index: int) -> None:
    sentence = f"layers from 0 to 2, got {index}; try layers="
    with pytest.raises(TraceError, match=sentence), record(model, layers=[0, index]):
        pass
    assert listeners(model) == 0


def test_a_limit_stops_before_memory_is_full(model: nn.Module, normal) -> None:
    sentence = (
        r"maps of at most 9\.77 KiB, got 13\.5 KiB with blocks\.2\.attn.*queries='cls' \(272 B"
    )
    with pytest.raises(TraceError, match=sentence), record(model, limit=10_000) as trace:
        model(normal(1, 3, 8, 8))
    assert trace.bytes == 0  # of a pass that stopped, nothing is kept
    assert listeners(model) == 0


def test_an_error_inside_comes_out_and_the_listeners_are_gone(model: nn.Module, normal) -> None:
    with pytest.raises(ShapeError), record(model):
        model(normal(1, 3, 9, 9))
    with pytest.raises(KeyboardInterrupt), record(model):
        raise KeyboardInterrupt
    assert listeners(model) == 0


def test_a_forgotten_forward_pass(model: nn.Module) -> None:
    with pytest.raises(TraceError) as error, record(model):
        pass
    assert str(error.value) == (
        "expected a forward pass inside `with record(model)`, got none; "
        "try calling model(images) on this very model there"
    )


def test_recordings_inside_each_other(model: nn.Module, normal) -> None:
    images = normal(1, 3, 8, 8)
    with record(model) as outer:
        model(images)
        with record(model, layers=[1]) as inner:
            model(images)
        model(images)
    assert (outer.attention.shape[0], inner.attention.shape[:2]) == (3, (1, 1))


def test_recordings_in_two_threads(model: nn.Module, normal) -> None:
    images, other = normal(1, 3, 8, 8), build("vit_pico_patch2_8", depth=1).eval()
    shapes = []

    def look() -> None:
        for _ in range(10):
            with record(other) as trace:
                other(images)
            shapes.append(trace.attention.shape)

    thread = threading.Thread(target=look)
    thread.start()
    for _ in range(10):
        with record(model) as trace:
            model(images)
        assert trace.attention.shape == (1, 3, 4, 17, 17)
    thread.join()
    assert shapes == [(1, 1, 4, 17, 17)] * 10


def test_a_model_without_mechanisms() -> None:
    sentence = r"attention that torch computes.*, got Linear, which computes none; try"
    model = nn.Linear(2, 2)
    with pytest.raises(TraceError, match=sentence), record(model):
        model(torch.zeros(1, 2))


def test_a_single_mechanism_and_one_without_heads(drawn, normal) -> None:
    attention = drawn(MultiHeadAttention(4, 2))
    with record(attention) as trace:
        attention(normal(1, 3, 4), normal(1, 5, 4))
    assert (trace.layers[0].name, trace.attention.shape) == ("attention", (1, 1, 2, 3, 5))
    reader = drawn(AdditiveAttention(3, 4, 5))
    with record(reader) as trace:
        reader(normal(2, 1, 3), normal(2, 6, 4))
    assert trace.layers[0].axes == ("image", "query", "key")
    assert (trace.layout, trace.model) == (None, "AdditiveAttention")
