"""What every classifier gives on the way: its steps, and gradients with less memory."""

import copy
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from saccade.errors import ConfigError
from saccade.models.catalog import CATALOG
from saccade.models.classifier import Classifier, chosen_steps
from tests.contract.small import CLASSIFIERS, MODELS, small
from tests.contract.test_classifiers import images

ONE_OF_EACH = list({CATALOG[name].config: name for name in reversed(CLASSIFIERS)}.values())
each_family = pytest.mark.parametrize("name", ONE_OF_EACH)


@pytest.fixture(autouse=True)
def fresh_compiler() -> Iterator[None]:
    """Forget what other tests compiled."""
    yield
    torch.compiler.reset()


def seeded(name: str, **changes: object) -> Classifier:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return small(name, **changes)


@pytest.fixture(scope="module", params=MODELS)
def model(request: pytest.FixtureRequest) -> Classifier:
    """A small variant of each model."""
    return seeded(request.param)


@torch.no_grad()
def test_the_last_step_is_the_end(model: Classifier) -> None:
    pixels = images(model)
    steps, tokens = list(model.walk(pixels)), model.tokens(pixels)
    assert len(steps) == model.steps
    assert all(x.shape[0] == 2 and x.dim() in (3, 4) for x in steps)
    last = model.finish(steps[-1])
    assert torch.equal(last if last.dim() == 3 else last.flatten(2).mT, tokens)
    assert torch.equal(model.end(pixels), last)


@torch.no_grad()
def test_intermediates(model: Classifier) -> None:
    pixels, prefix = images(model), len(model.layout.prefix)
    steps = list(model.walk(pixels))
    end, maps = model.forward_intermediates(pixels)
    assert torch.equal(end, model.finish(steps[-1]))
    assert [x.dim() for x in maps] == [4] * model.steps
    last = model.forward_intermediates(
        pixels, indices=1, norm=True, output_fmt="NLC", intermediates_only=True
    )
    assert torch.equal(last[0], model.tokens(pixels)[:, prefix:])
    assert torch.equal(maps[-1].flatten(2).mT, rows(steps[-1])[:, prefix:])
    paired = model.forward_intermediates(
        pixels, indices=[-1], return_prefix_tokens=True, intermediates_only=True
    )
    if prefix:
        assert torch.equal(paired[0][1], steps[-1][:, :prefix])
    assert torch.equal(paired[0][0] if prefix else paired[0], maps[-1])
    early, only = model.forward_intermediates(pixels, indices=[0], stop_early=True)
    assert torch.equal(only[0], maps[0])
    assert torch.equal(early, model.finish(steps[0]))


def rows(x: Tensor) -> Tensor:
    return x if x.dim() == 3 else x.flatten(2).mT


@each_family
def test_recomputing_changes_no_gradient_and_no_statistics(name: str) -> None:
    plain = seeded(name).double().train()
    saving = copy.deepcopy(plain)
    saving.set_grad_checkpointing()
    pixels = images(plain).double()
    for each in (plain, saving):
        with torch.random.fork_rng():
            torch.manual_seed(1)
            each(pixels).square().sum().backward()
    for (key, one), other in zip(plain.named_parameters(), saving.parameters(), strict=True):
        torch.testing.assert_close(other.grad, one.grad, msg=key)
    for (key, one), other in zip(plain.named_buffers(), saving.buffers(), strict=True):
        torch.testing.assert_close(other, one, msg=key)
    assert kept(saving) < kept(plain)


def kept(model: Classifier) -> int:
    """Numbers that autograd keeps for the backward pass, each tensor once."""
    seen: dict[int, int] = {}

    def pack(x: Tensor) -> Tensor:
        seen[x.data_ptr()] = x.numel()
        return x

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x):
        logits = model(images(model).double())
    del logits
    return sum(seen.values())


@pytest.mark.parametrize(  # most take seconds
    "name",
    [
        pytest.param(name, marks=() if name == "vit_pico_patch2_8" else pytest.mark.slow)
        for name in ONE_OF_EACH
    ],
)
def test_compiles_and_exports_whole(name: str) -> None:
    model = seeded(name)
    pixels = images(model, 1)
    with torch.no_grad():
        wanted = model(pixels)
        compiled = torch.compile(model, backend="eager", fullgraph=True)
        torch.testing.assert_close(compiled(pixels), wanted)
        program = torch.export.export(model, (pixels,))
        torch.testing.assert_close(program.module()(pixels), wanted)


@pytest.mark.parametrize(
    ("indices", "wanted"),
    [(None, {0, 1, 2, 3}), (2, {2, 3}), ([0, -1], {0, 3}), ((3,), {3})],
)
def test_which_steps_are_meant(indices: object, wanted: set[int]) -> None:
    assert chosen_steps(4, indices) == wanted


@pytest.mark.parametrize(
    ("indices", "sentence"),
    [
        (5, "expected the last 1 to 4 steps, got 5; try indices=4"),
        ([1, 4], r"expected steps from -4 to 3, got 4; try indices=\(3,\)"),
        ([], "expected at least one step, got none; try indices=1"),
    ],
)
def test_steps_that_are_not_there(indices: object, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        chosen_steps(4, indices)


def test_a_format_that_is_not_there() -> None:
    model = seeded("vit_pico_patch2_8")
    with pytest.raises(ConfigError, match="expected output_fmt NCHW or NLC, got 'NHWC'"):
        model.forward_intermediates(images(model), output_fmt="NHWC")
