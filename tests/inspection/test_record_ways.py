"""Every way in which people call a model while it is recorded."""

import copy
import pickle

import pytest
import torch
from torch import Tensor, nn

from saccade.errors import TraceError
from saccade.inspection import record
from saccade.inspection.trace import Trace
from saccade.layers.tokens import TokenLayout
from saccade.models import build
from tests.inspection.test_record_bad import Plain

LAYOUT = TokenLayout((), (2, 2), (4, 4))


class Named(Plain):
    """Called by name, or with a dict, words first."""

    def forward(self, batch: dict[str, Tensor] | None = None, *, ids=None, pixels=None) -> Tensor:
        return super().forward(batch["image"] if batch is not None else pixels)


def hooks(model: nn.Module) -> int:
    return sum(len(part._forward_hooks) + len(part._forward_pre_hooks) for part in model.modules())


def test_names_and_dicts(normal) -> None:
    model, images = Named().eval(), normal(2, 3, 8, 8)
    words = torch.zeros(4, 5, dtype=torch.long)
    given: list[tuple[tuple[object, ...], dict[str, Tensor]]] = [
        ((), {"pixels": images}),
        ((), {"ids": words, "pixels": images}),
        (({"label": words[:2, 0], "image": images},), {}),
    ]
    for inputs, named in given:
        with record(model) as trace:
            model(*inputs, **named)
        assert (trace.size, trace.attention.shape) == ((8, 8), (2, 1, 1, 4, 4))
        # Tokens of a module that was given words too may be either.
        assert trace.layout == (None if "ids" in named else LAYOUT)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_precision(normal, dtype: torch.dtype) -> None:
    model, images = Plain().eval().to(dtype), normal(2, 3, 8, 8).to(dtype)
    with record(model) as trace:
        assert model(images).dtype == dtype
    assert trace.attention.dtype == torch.float32
    sums = trace.attention.sum(-1)
    torch.testing.assert_close(sums, torch.ones_like(sums), atol=2e-2, rtol=0)


def test_a_recording_within_another(normal) -> None:
    model, images = Plain().eval(), normal(2, 3, 8, 8)
    outer = nn.Sequential(model)
    with record(outer) as whole, record(model) as part, record(model, reduce="entropy") as numbers:
        outer(images)
    assert torch.equal(whole.attention, part.attention)
    assert numbers.reduced["entropy"]["attention"][0].shape == (2, 1)
    assert hooks(outer) == 0


@pytest.mark.parametrize("ours", [True, False])
def test_a_copy_made_inside_is_a_plain_model(normal, ours: bool) -> None:
    model = build("vit_pico_patch2_8").eval() if ours else Plain().eval()
    images = normal(2, 3, 8, 8)
    with record(model) as trace:
        twin, stored = copy.deepcopy(model), pickle.dumps(model)
        torch.testing.assert_close(twin(images), model(images))
    assert len(trace.layers[0].weights) == 2
    loaded = pickle.loads(stored)
    for one in (twin, loaded, pickle.loads(pickle.dumps(twin))):
        torch.testing.assert_close(one(images), model(images))
    with record(twin) as again:
        twin(images)
    torch.testing.assert_close(again.attention, trace.attention)


def test_model_and_trace_can_be_stored(normal) -> None:
    model, images = Plain().eval(), normal(2, 3, 8, 8)
    with record(model) as trace:
        model(images)
    again: Trace = pickle.loads(pickle.dumps(trace))
    torch.testing.assert_close(again.attention, trace.attention)
    assert hooks(pickle.loads(pickle.dumps(model))) == 0


def test_the_state_of_a_model_stays(normal) -> None:
    model = nn.Sequential(Plain(), nn.Dropout(0.5)).train()
    model[1].eval()
    before = {name: (part.training, set(part.__dict__)) for name, part in model.named_modules()}
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    with record(model):
        model(normal(2, 3, 8, 8)).sum().backward()
    after = {name: (part.training, set(part.__dict__)) for name, part in model.named_modules()}
    assert before == after
    assert all(torch.equal(weights[name], value) for name, value in model.state_dict().items())
    assert model[0].qkv.weight.grad is not None


def test_after_a_pass_that_raises(normal) -> None:
    model, images = Plain().eval(), normal(2, 3, 8, 8)
    with record(model) as trace:
        with pytest.raises(RuntimeError, match="3 channels"):
            model(normal(2, 5, 8, 8))
        model(images)
    assert (trace.attention.shape, hooks(model)) == ((2, 1, 1, 4, 4), 0)
    with pytest.raises(RuntimeError, match="3 channels"), record(model):
        model(normal(2, 5, 8, 8))
    assert hooks(model) == 0


def test_images_of_several_sizes(normal) -> None:
    model = Plain().eval()
    model(normal(2, 3, 16, 8))
    with record(model):
        model(normal(2, 3, 8, 8))
        with pytest.raises(TraceError, match="try one recording for each size of the images"):
            model(normal(2, 3, 16, 8))
