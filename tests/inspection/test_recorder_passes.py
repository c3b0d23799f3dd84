"""Passes of another size, copies for devices, recomputed blocks and recordings in each other."""

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

import saccade
from saccade.attention import WindowedAttention
from saccade.errors import TraceError
from saccade.inspection import record
from saccade.inspection.kit.entropy import row_entropies
from tests.inspection.test_frames import left
from tests.inspection.test_frames_wrapped import replica
from tests.inspection.test_recorder import Small, recorded


def test_images_of_another_size(drawn, normal) -> None:
    for model in (drawn(Small()), drawn(WindowedAttention(3, heads=3, window_size=2))):
        with pytest.raises(TraceError, match=r"^expected maps of one size .*, got .*; try"):  # noqa: PT012
            with record(model) as trace:
                model(normal(1, 3, 16, 16))
                model(normal(1, 3, 8, 16))
            _ = trace.layers
        assert left(model) == (0, 0)


def test_the_copy_of_a_model_for_a_device(drawn, normal) -> None:
    for model, size in (
        (drawn(saccade.create_model("vit_pico_patch2_8"), 0.2), 8),
        (drawn(Small()), 16),
    ):
        x = normal(2, 3, size, size)
        with record(model) as trace, torch.no_grad():
            replica(model)(x)
        torch.testing.assert_close(trace.attention, recorded(model, x).attention)


@pytest.mark.parametrize("reentrant", [True, False])
def test_what_is_computed_again_is_not_recorded_again(drawn, normal, reentrant: bool) -> None:
    class Saves(Small):
        def forward(self, x: Tensor) -> Tensor:
            return checkpoint(super().forward, x, use_reentrant=reentrant)

    model, x = drawn(Saves()), normal(2, 3, 16, 16).requires_grad_()
    with record(model) as trace:
        model(x).sum().backward()
    assert trace.attention.shape == (2, 2, 2, 17, 17)
    vit = drawn(saccade.create_model("vit_pico_patch2_8"), 0.2).train()
    vit.set_grad_checkpointing()
    with record(vit) as trace:
        vit(normal(2, 3, 8, 8).requires_grad_()).sum().backward()
    assert trace.attention.shape[:3] == (2, len(vit.blocks), 4)


def test_recordings_of_others_inside_each_other(drawn, normal) -> None:
    for fused in (True, False):
        model, x = drawn(Small(fused)), normal(1, 3, 16, 16)
        with record(model) as outer, torch.no_grad():
            model(x)
            with record(model) as inner:
                model(x)
            with record(model, reduce=("entropy", "mean")):
                model(x)
        alone = recorded(model, x).attention
        assert outer.attention.shape == (3, *alone.shape[1:])  # twice plain, once reduced
        torch.testing.assert_close(outer.attention, alone.expand(3, -1, -1, -1, -1))
        torch.testing.assert_close(inner.attention, alone)
        assert left(model) == (0, 0)


@torch.no_grad()
def test_muted_heads_inside_a_recording_are_no_further_layers(drawn, normal) -> None:
    for fused in (True, False):
        model, x = drawn(Small(fused)), normal(1, 3, 16, 16)
        plain = recorded(model, x).attention
        with record(model) as trace, saccade.ablate(model, "attention.heads[0]"):
            changed = model(x)
        assert trace.attention.shape == plain.shape
        torch.testing.assert_close(trace.attention[:, 0], plain[:, 0])
        assert float((changed - model(x)).abs().max()) > 1e-3


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("fast", [True, False])
@torch.no_grad()
def test_an_encoder_of_torch(drawn, normal, batch_first: bool, fast: bool) -> None:
    layer = nn.TransformerEncoderLayer(8, 2, 8, batch_first=batch_first)
    model = drawn(nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)).train(not fast)
    for part in model.modules():
        if isinstance(part, nn.Dropout):
            part.p = 0.0
    for part in model.layers:
        part.self_attn.dropout = 0.0
    x = normal(2, 6, 8) if batch_first else normal(6, 2, 8)
    trace = recorded(model, x)
    assert trace.attention.shape == (2, 2, 2, 6, 6)
    reduced = recorded(model, x, reduce="entropy").reduced["entropy"]
    found = torch.stack([torch.cat(one) for one in reduced.values()], 1)
    torch.testing.assert_close(found, row_entropies(trace.attention).mean(-1))


@torch.no_grad()
def test_windows_under_reduce(drawn, normal) -> None:
    model = drawn(WindowedAttention(4, heads=2, window_size=3, shift=1))
    x = normal(2, 4, 5, 7)
    (layer,) = recorded(model, x).layers
    names = ("entropy", "mean", "sinks", "distance")
    trace = recorded(model, x, reduce=names)
    assert trace.errors  # checked against the kernel, though no map is held
    found = {name: torch.cat(next(iter(one.values()))) for name, one in trace.reduced.items()}
    dense = layer.place.dense(layer.weights)
    torch.testing.assert_close(found["entropy"], row_entropies(layer.weights).mean(-1))
    torch.testing.assert_close(found["mean"], layer.weights.mean(1))
    torch.testing.assert_close(found["sinks"], dense.mean((1, 2)))
    y, x = torch.meshgrid(torch.arange(5.0), torch.arange(7.0), indexing="ij")
    points = torch.stack([y.flatten(), x.flatten()], 1)
    away = torch.cdist(points, points)
    torch.testing.assert_close(found["distance"], (dense * away).sum(-1).mean(-1))


@pytest.mark.parametrize(
    "options", [{"layers": ["block*"]}, {"layers": [9]}, {"reduce": "distance"}]
)
def test_layers_and_numbers_that_the_model_does_not_have(drawn, normal, options) -> None:
    model = drawn(nn.TransformerEncoderLayer(8, 2, 8, batch_first=True))
    sentence = r"^expected layers that the model has.*asked for; try layers=\['self_attn'\]"
    with pytest.raises(TraceError, match=sentence), record(model, **options):
        model(normal(2, 6, 8))
