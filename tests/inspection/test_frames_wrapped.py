"""Wrapped, copied, scripted and recomputed models."""

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from saccade.errors import TraceError
from saccade.inspection.frames import Frames, Run, original
from tests.inspection.shown import Watch, hooks, watched
from tests.inspection.test_frames import Nested, left


def test_wrappers_share_the_model(normal) -> None:
    model, x = Nested(), normal(2, 2, 4)
    wrapped = nn.DataParallel(model)
    assert original(wrapped) is model
    assert original(nn.DataParallel(torch.compile(wrapped, backend="eager"))) is model
    assert original(holder := nn.Sequential(model)) is holder
    with watched(wrapped) as watch:
        wrapped(x)
    assert (watch.names, left(wrapped)) == (["outer.0", "outer.1.0", "outer.0"], (0, 0))


def replica(module: nn.Module) -> nn.Module:
    """What DataParallel makes for each device: weights are no parameters there."""
    copied = module._replicate_for_data_parallel()
    for name, child in module.named_children():
        copied._modules[name] = replica(child)
    for name, weight in module._parameters.items():
        setattr(copied, name, weight * 1)
    return copied


def test_replicas_have_the_names_of_the_model(normal) -> None:
    model, x = Nested(), normal(2, 2, 4)
    with watched(model) as watch:
        replica(model)(x)
    assert (watch.names, watch.ends) == (["outer.0", "outer.1.0", "outer.0"], [(1, True)])


@pytest.mark.filterwarnings("ignore")
def test_scripted_is_refused_whole_or_in_part() -> None:
    scripted = torch.jit.script(nn.Linear(2, 2))
    sentence = (
        r"^expected a model made of torch\.nn modules that run in Python, got a scripted one; "
        r"try the model from before torch\.jit$"
    )
    model = nn.Sequential(nn.Linear(2, 2), scripted)
    for wrong in (scripted, model):
        with pytest.raises(TraceError, match=sentence), Frames(wrong, Watch()):
            pass
    assert hooks(model[0]) == 0


@pytest.mark.parametrize("reentrant", [True, False])
def test_what_the_backward_pass_computes_again_is_no_pass(normal, reentrant: bool) -> None:
    class Saves(Nested):
        def forward(self, x: Tensor) -> Tensor:
            return checkpoint(self.outer, x, use_reentrant=reentrant)

    model, x = Saves(), normal(1, 2, 4).requires_grad_()
    with watched(model) as watch:
        model(x).sum().backward()
    assert (len(watch.maps), watch.ends[0], left(model)) == (2, (1, True), (0, 0))
    assert len(watch.ends) == 2
    assert float(x.grad.abs().max()) > 0


def test_a_copy_that_was_made_inside_is_not_watched_outside(normal) -> None:
    model, x = Nested(), normal(1, 2, 4)
    with watched(model) as watch:
        copied = copy.deepcopy(model)
    copied(x)
    assert (watch.ends, left(model)) == ([], (0, 0))


@pytest.mark.parametrize("batch_first", [True, False])
def test_how_many_images_a_sequence_has(normal, batch_first: bool) -> None:
    layer = nn.TransformerEncoderLayer(4, 2, 8, batch_first=batch_first)
    encoder = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
    both = nn.TransformerDecoderLayer(4, 2, 8, batch_first=batch_first)
    runs: list[Run] = []

    class Keeps(Watch):
        def visit(self, reading, run):
            runs.append(run)

    x = normal(2, 3, 4) if batch_first else normal(3, 2, 4)
    for model, inputs in ((layer, 1), (encoder, 1), (layer.self_attn, 3), (both, 2)):
        for given, images in ((x, 2), (x[0], 1)):
            runs.clear()
            with Frames(model, Keeps()):
                model(*(given,) * inputs)
            assert {run.images for run in runs} == {images}


@torch.no_grad()
def test_recordings_inside_each_other(normal) -> None:
    model, x = Nested(), normal(1, 2, 4)
    plain = model(x)
    with watched(model) as outer:
        with watched(model, lambda rows: rows.flip(-1)) as inner:
            changed = model(x)
        assert left(model)[1] == 0
        torch.testing.assert_close(model(x), plain)
    assert (len(outer.maps), len(inner.maps), left(model)) == (6, 3, (0, 0))
    assert float((changed - plain).abs().max()) > 1e-3


def test_a_call_of_a_part_is_a_pass(normal) -> None:
    model = Nested()
    with watched(model) as watch:
        model.outer(normal(1, 2, 4))
        model.outer[1][0](normal(1, 2, 4))
        F.scaled_dot_product_attention(*normal(3, 1, 2, 4))
    assert watch.names == ["outer.0", "outer.1.0", "outer.1.0"]
    assert watch.ends == [(1, True), (2, True)]
