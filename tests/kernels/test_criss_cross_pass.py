"""One pass by blocks against the textbook form: outputs, gradients, formats, memory."""

import pytest
import torch
from torch import Tensor

from saccade.attention import criss_cross_attention
from saccade.kernels import criss_cross_lines
from saccade.kernels.criss_cross_lines import Projections
from saccade.kernels.criss_cross_pass import criss_cross_pass

SHAPES = [(3, 4, 4, 5), (2, 4, 5, 9), (2, 4, 1, 5), (1, 4, 5, 1), (2, 4, 3, 4, 7), (1, 4, 1, 4, 6)]


@pytest.fixture
def projections(normal) -> Projections:
    shapes = ((2, 4), (2,), (2, 4), (2,), (4, 4), (4,), (1,))
    drawn = (normal(*shape, dtype=torch.float64).requires_grad_() for shape in shapes)
    return Projections(*drawn)


def textbook(x: Tensor, parts: Projections) -> Tensor:
    pairs = ((parts.query, parts.query_bias), (parts.key, parts.key_bias))
    pairs = (*pairs, (parts.value, parts.value_bias))
    projected = (x.movedim(1, -1) @ weight.t() + bias for weight, bias in pairs)
    return parts.gamma * criss_cross_attention(*projected).output.movedim(-1, 1) + x


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("block", [1, 1000, 1 << 22])
@pytest.mark.parametrize("form", ["contiguous", "channels_last", "transposed"])
def test_equals_the_textbook(normal, monkeypatch, projections, shape, block: int, form) -> None:
    monkeypatch.setattr(criss_cross_lines, "_BLOCK", block)
    x = normal(*shape, dtype=torch.float64)
    if form == "channels_last":
        last = torch.channels_last if len(shape) == 4 else torch.channels_last_3d
        x = x.contiguous(memory_format=last)
    elif form == "transposed":
        x = x.mT.contiguous().mT
    x.requires_grad_()
    pull = normal(*shape, dtype=torch.float64)
    ours, theirs = criss_cross_pass(x, projections), textbook(x, projections)
    torch.testing.assert_close(ours, theirs, atol=1e-12, rtol=0)
    gradients = (torch.autograd.grad((y * pull).sum(), (x, *projections)) for y in (ours, theirs))
    for own, other in zip(*gradients, strict=True):
        torch.testing.assert_close(own, other, atol=1e-11, rtol=1e-11)


def test_an_expanded_gradient_is_fine(normal, projections) -> None:
    x = normal(1, 4, 3, 5, dtype=torch.float64).requires_grad_()
    own, other = (
        torch.autograd.grad(y.sum(), x)[0]
        for y in (criss_cross_pass(x, projections), textbook(x, projections))
    )
    torch.testing.assert_close(own, other, atol=1e-12, rtol=0)


@pytest.mark.parametrize("inside", [True, False])
def test_autocast_keeps_the_type_of_the_map_and_its_gradients(normal, projections, inside) -> None:
    parts = Projections(*(one.detach().float().requires_grad_() for one in projections))
    x = normal(1, 4, 3, 5).requires_grad_()
    exact = torch.autograd.grad(criss_cross_pass(x, parts).square().sum(), (x, *parts))
    with torch.autocast("cpu", torch.bfloat16):
        loss = criss_cross_pass(x, parts).square().sum()
        found = torch.autograd.grad(loss, (x, *parts)) if inside else None
    found = found or torch.autograd.grad(loss, (x, *parts))
    for own, other in zip(found, exact, strict=True):
        assert own.dtype == torch.float32
        torch.testing.assert_close(own, other, atol=0.1 * float(other.abs().max()) + 0.05, rtol=0)


def test_gradients_are_not_differentiated_twice(normal, projections) -> None:
    x = normal(1, 4, 3, 5, dtype=torch.float64).requires_grad_()
    loss = criss_cross_pass(x, projections).square().sum()
    (gradient,) = torch.autograd.grad(loss, x, create_graph=True)
    with pytest.raises(RuntimeError):
        gradient.sum().backward()


def test_beside_the_output_only_keys_and_a_block_are_in_memory(normal) -> None:
    shapes = ((4, 32), (4,), (4, 32), (4,), (32, 32), (32,), (1,))
    parts = Projections(*(normal(*shape) for shape in shapes))
    x = normal(1, 32, 96, 96)
    with torch.autograd.profiler.profile(profile_memory=True) as profile:
        criss_cross_pass(x, parts)
    events = profile.kineto_results.events()
    changes = [(e.start_ns(), e.nbytes()) for e in events if e.name() == "[memory]"]
    live = most = 0
    for _, change in sorted(changes):
        live += change
        most = max(most, live)
    dense = 96**4 * 4
    assert most - x.nbytes < dense / 30
