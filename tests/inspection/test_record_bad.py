"""Models that cannot be recorded, each answered in one sentence."""

import copy

import pytest
import torch
from torch import Tensor, nn

from saccade.errors import SaccadeError, TraceError
from saccade.inspection import record
from saccade.models import build


class Plain(nn.Module):
    """Patches that read each other."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.qkv = nn.Conv2d(3, 4, 4, 4), nn.Linear(4, 12)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(self.stem(x).flatten(2).mT).chunk(3, -1)
        return nn.functional.scaled_dot_product_attention(q[:, None], k[:, None], v[:, None])


def refused(model: nn.Module, images: Tensor, sentence: str, **options: object) -> None:
    with pytest.raises(SaccadeError, match=sentence), record(model, **options):
        model(images)


def test_weights_and_images_that_hold_nothing(normal) -> None:
    model, images = Plain(), normal(2, 3, 8, 8)
    refused(model, images[:0], "expected at least one image, got a pass over 0 images")
    refused(copy.deepcopy(model).to("meta"), images, "got one with weights on the meta device")
    refused(model, images.to("meta"), "images that hold numbers, got images on the meta device")
    refused(model, images * float("nan"), "numbers in the attention of attention, got NaN")
    model.qkv.weight.data.fill_(float("nan"))
    refused(model, images, "numbers in the attention of attention, got NaN")
    refused(model, images, "got NaN", reduce="entropy")


def test_models_that_attend_to_nothing(normal) -> None:
    images = normal(2, 3, 8, 8)
    refused(nn.Conv2d(3, 4, 1), images, "got Conv2d, which computes none; try a model with atten")
    with pytest.raises(TraceError, match="a forward pass inside"), record(Plain()):
        pass
    for odd in (None, "vit_tiny", torch.relu):
        with pytest.raises(TraceError, match=r"expected a torch\.nn\.Module, got"), record(odd):
            pass


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"layers": [3]}, "layers that the model has"),
        ({"layers": ["nope*"]}, "layers that the model has"),
        ({"layers": "blocks"}, "expected a list of layers, got 'blocks'"),
        ({"heads": [5]}, "expected heads from 0 to 0, got 5"),
        ({"queries": "mean"}, "'cls' or points"),
        ({"reduce": "sum"}, "expected reductions out of mean, entropy"),
        ({"limit": 1}, "expected maps of at most 1 B"),
        ({"dtype": torch.int8}, "expected a dtype of floats"),
    ],
    ids=str,
)
def test_requests_that_cannot_be_met(normal, options: dict[str, object], sentence: str) -> None:
    refused(Plain(), normal(2, 3, 8, 8), sentence, **options)


@pytest.mark.parametrize("point", [(99, 1), (-1, 0), (float("nan"), 1)])
def test_points_outside(normal, point: tuple[float, float]) -> None:
    refused(Plain(), normal(1, 3, 8, 8), "inside the model's 8x8 image", queries=[point])
    model = build("vit_pico_patch2_8")
    refused(model, normal(1, 3, 8, 8), "inside the model's 8x8 image", queries=[point])


def test_a_class_token_that_is_not_there(normal) -> None:
    refused(Plain(), normal(1, 3, 8, 8), "a class token among the queries", queries="cls")


@pytest.mark.slow  # exporting takes seconds
def test_what_is_no_module_of_python(normal) -> None:
    images, model = normal(2, 3, 8, 8), Plain().eval()
    program = torch.export.export(model, (images,))
    refused(program.module(), images, "got a graph that was exported")
    with pytest.raises(TraceError, match=r"a torch\.nn\.Module, got ExportedProgram"):  # noqa: SIM117
        with record(program):
            pass


@pytest.mark.filterwarnings("ignore")
def test_scripted_and_quantised(normal) -> None:
    images, model = normal(2, 3, 8, 8), Plain().eval()
    for scripted in (torch.jit.script(model), torch.jit.trace(model, images)):
        refused(scripted, images, "got a scripted one; try the model from before torch.jit")
    quantised = torch.ao.quantization.quantize_dynamic(model, {nn.Linear})
    with record(quantised) as trace:
        quantised(images)
    assert trace.attention.shape == (2, 1, 1, 4, 4)
    assert max(trace.errors.values()) < 1e-5


def test_a_compiled_one_runs_as_it_was_written(normal) -> None:
    images, model = normal(2, 3, 8, 8), Plain().eval()
    compiled = torch.compile(model, backend="eager")
    with record(compiled) as trace:
        compiled(images)
    assert trace.attention.shape == (2, 1, 1, 4, 4)
