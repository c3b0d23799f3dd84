"""Vector attention while its norms learn: without making all pairs, as if all were made."""

import copy

import pytest
import torch
from torch import nn

from saccade.attention.vector import RELATIONS, VectorAttention
from saccade.kernels import compiler, using
from saccade.kernels.aggregation_c import SOURCE
from saccade.kernels.gamma import foldable
from tests.attention.test_vector import ALL, make, noise

each_relation = pytest.mark.parametrize(("kind", "relation"), ALL)
each_wish = pytest.mark.parametrize("wish", ["c", "torch"])


def step(
    layer: VectorAttention, x: torch.Tensor, *, explicit: bool = False
) -> tuple[torch.Tensor, ...]:
    """Output, gradients and running moments of one training step."""
    layer, x = copy.deepcopy(layer).train(), x.clone().requires_grad_()
    if explicit:  # a norm with a hook is not torch's own any more
        for number in (0, 3):
            layer.conv_w[number].register_forward_hook(lambda *_: None)
    out = layer(x)
    gradients = torch.autograd.grad(out, [x, *layer.parameters()], out.detach().cos())
    return (out, *gradients, *layer.buffers())


@each_wish
@each_relation
@pytest.mark.parametrize(
    "options",
    [{}, {"boundary": "zero", "stride": 2, "positions": False}, {"dilation": 2}],
    ids=str,
)
def test_a_step_is_that_of_all_pairs_at_once(
    kind: str, relation: str, options: dict[str, object], wish: str
) -> None:
    if wish == "c" and compiler.library(SOURCE) is None:
        pytest.skip(compiler.reason(SOURCE))
    layer, x = make(kind=kind, relation=relation, kernel_size=3, **options), noise(2, 5, 5, 6)
    with using("torch"):
        wanted = step(layer, x, explicit=True)
    with using(wish):
        found = step(layer, x)
    for mine, theirs in zip(found, wanted, strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-11, rtol=1e-10)


def test_a_frozen_norm_stays() -> None:
    layer = make(kernel_size=3).train()
    layer.conv_w[0].eval()
    before = {name: buffer.clone() for name, buffer in layer.named_buffers()}
    layer(noise(2, 5, 4, 4))
    for name, buffer in layer.named_buffers():
        assert torch.equal(buffer, before[name]) == name.startswith("conv_w.0"), name


def test_what_can_be_folded() -> None:
    gamma = make(kernel_size=3).conv_w
    assert foldable(gamma, 2)
    assert not foldable(gamma, 1)
    gamma[3] = nn.SyncBatchNorm(3)
    assert not foldable(gamma, 2)


def test_one_pair_is_refused_as_torch_does() -> None:
    layer = make(kernel_size=1).train()
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        layer(noise(1, 5, 1, 1))


@pytest.mark.parametrize("kind", list(RELATIONS))
@pytest.mark.parametrize("train", [False, True])
@each_wish
def test_memory_is_a_small_part_of_unfolded_windows(wish: str, train: bool, kind: str) -> None:
    if wish == "c" and compiler.library(SOURCE) is None:
        pytest.skip(compiler.reason(SOURCE))
    layer = VectorAttention(32, kind=kind, relation_channels=8).train(train)
    x = torch.zeros(1, 32, 40, 40)
    with torch.autograd.profiler.profile(profile_memory=True) as profile, using(wish):
        out = layer(x)
        out.sum().backward()
    events = [e for e in profile.kineto_results.events() if e.name() == "[memory]"]
    live = most = 0
    for event in sorted(events, key=lambda e: e.start_ns()):
        live += event.nbytes()
        most = max(most, live)
    # The textbook keeps values and at least three times relations of all windows, and gradients.
    textbook = 2 * 49 * 4 * 40 * 40 * (32 + 3 * 8)
    assert most < textbook / (8 if wish == "c" else 5)
