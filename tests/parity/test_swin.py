"""Our Swin transformers beside timm's, torchvision's and that of transformers."""

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from saccade.checkpoints import swin
from saccade.checkpoints.mapping import Layout, read_as, write_as
from saccade.inspection import record
from saccade.layers.windows import cut_of, places
from saccade.models import build
from saccade.models.catalog import CATALOG
from saccade.models.entries.swin import ENTRIES
from saccade.models.swin import Swin
from saccade.models.swin_config import SwinConfig
from tests.foreign import foreign

pytestmark = pytest.mark.parity
TINY: dict[str, Any] = {"embed_dim": 16, "depths": (2, 2, 2, 1), "num_heads": (1, 2, 2, 4)}
TINY |= {"window_size": 4, "num_classes": 7}
CLOSE = {"atol": 1e-5, "rtol": 1e-5}
SIZES = [(128, 128), (64, 96), (60, 92), (36, 148), (200, 120)]
each_size = pytest.mark.parametrize("size", SIZES, ids=str)


def drawn(model: nn.Module) -> nn.Module:
    """Give every weight a number that does something."""
    generator = torch.Generator().manual_seed(0)
    for name, parameter in model.named_parameters():
        mean = 1.0 if "norm" in name and name.endswith("weight") else 0.0
        parameter.data.normal_(mean, 0.15, generator=generator)
    return model.eval()


def noise(height: int, width: int) -> Tensor:
    return torch.randn(2, 3, height, width, generator=torch.Generator().manual_seed(1))


def ours(state: dict[str, Tensor], layout: Layout | None = None, **changes: object) -> Swin:
    model = Swin(SwinConfig(**{**TINY, **changes})).eval()
    model.load_state_dict(state if layout is None else read_as(layout, state).state)
    return model


@pytest.mark.parametrize("name", ENTRIES)
def test_names_shapes_and_preprocessing(timm: ModuleType, name: str) -> None:
    with torch.device("meta"):
        mine, theirs = build(name), timm.create_model(name)
    first, second = ({k: v.shape for k, v in m.state_dict().items()} for m in (mine, theirs))
    assert first == second
    wanted, pixels = theirs.pretrained_cfg, CATALOG[name].preprocessing
    assert pixels["img_size"] == wanted["input_size"][1:]
    for key in ("crop_pct", "interpolation", "mean", "std"):
        assert pixels[key] == wanted[key]


@each_size
@torch.no_grad()
def test_timm(timm: ModuleType, size: tuple[int, int]) -> None:
    theirs = drawn(timm.models.SwinTransformer(img_size=size, **TINY))
    model, images = ours(theirs.state_dict(), img_size=size), noise(*size)
    torch.testing.assert_close(model(images), theirs(images), **CLOSE)
    last = theirs.forward_features(images).flatten(1, 2)
    torch.testing.assert_close(model.tokens(images), last, **CLOSE)


@pytest.mark.parametrize(
    "options", [{}, {"indices": 2}, {"indices": [0, 3], "norm": True}], ids=str
)
@torch.no_grad()
def test_intermediates_of_timm(timm: ModuleType, options: dict[str, Any]) -> None:
    theirs = drawn(timm.models.SwinTransformer(img_size=(96, 128), **TINY))
    model = ours(theirs.state_dict(), img_size=(96, 128))
    options = {**options, "intermediates_only": True}
    wanted = theirs.forward_intermediates(noise(96, 128), **options)
    found = model.forward_intermediates(noise(96, 128), **options)
    for mine, their in zip(found, wanted, strict=True):  # of numbers up to ten, summed otherwise
        torch.testing.assert_close(mine, their, rtol=1e-5, atol=5e-5)


@pytest.mark.filterwarnings("ignore:torch.searchsorted", "ignore:Using a non-tuple sequence")
@torch.no_grad()
def test_timm_at_other_sizes(timm: ModuleType) -> None:
    theirs = drawn(timm.models.SwinTransformer(img_size=128, **TINY))
    model = ours(theirs.state_dict(), img_size=128)
    for size in ((160, 64), (60, 92), (128, 128), (192, 256)):
        for both in (theirs, model):
            both.set_input_size(size)
        torch.testing.assert_close(model(noise(*size)), theirs(noise(*size)), **CLOSE)
    for both in (theirs, model):
        both.set_input_size((96, 96), window_size=(6, 5))
    torch.testing.assert_close(model(noise(96, 96)), theirs(noise(96, 96)), **CLOSE)


@each_size
@torch.no_grad()
def test_torchvision(size: tuple[int, int]) -> None:
    library = foreign("torchvision.models.swin_transformer")
    sizes = [4, 4], 16, [2, 2, 2, 1], [1, 2, 2, 4], [4, 4]
    theirs = drawn(library.SwinTransformer(*sizes, num_classes=7))
    model = ours(theirs.state_dict(), swin.TORCHVISION, img_size=size, windows="torchvision")
    torch.testing.assert_close(model(noise(*size)), theirs(noise(*size)), **CLOSE)


def of_transformers(**options: Any) -> nn.Module:
    library = foreign("transformers")
    sizes = {key: value for key, value in TINY.items() if key != "num_classes"}
    config = library.SwinConfig(**sizes, image_size=128, num_labels=7, **options)
    return drawn(library.SwinForImageClassification(config))


@pytest.mark.parametrize("size", [(128, 128), (200, 120), (156, 240)], ids=str)
@torch.no_grad()
def test_transformers(size: tuple[int, int], tmp_path: Path) -> None:
    theirs, images = of_transformers(), noise(*size)
    model = ours(theirs.state_dict(), swin.TRANSFORMERS_5, img_size=size, windows="hf")
    torch.testing.assert_close(model(images), theirs(images).logits, **CLOSE)
    theirs.save_pretrained(tmp_path)
    files = load_file(tmp_path / "model.safetensors")
    written = write_as(swin.TRANSFORMERS, model.state_dict())
    assert written.keys() == files.keys()
    assert all(torch.equal(written[name], value) for name, value in files.items())


@torch.no_grad()
def test_attention_of_transformers() -> None:  # theirs is of the last block of each stage
    theirs = of_transformers(attn_implementation="eager")
    model = ours(theirs.state_dict(), swin.TRANSFORMERS_5, img_size=128)
    with record(model) as trace:
        model(noise(128, 128))
    wanted = theirs(noise(128, 128), output_attentions=True).attentions
    for number, shift, their in zip((1, 3, 5, 6), (2, 2, 2, 0), wanted, strict=True):
        layer = trace.layers[number]
        cut = cut_of(layer.place.queries, (4, 4), (shift, shift), "zero")
        mine = layer.weights[:, :, places(cut, "zero")]  # (b heads windows i j)
        torch.testing.assert_close(mine.transpose(1, 2).flatten(0, 1), their, **CLOSE)


def test_timm_reads_the_authors_names_that_we_write(timm: ModuleType) -> None:
    theirs = timm.models.SwinTransformer(img_size=128, **TINY)
    state = drawn(ours(theirs.state_dict(), img_size=128)).state_dict()
    written = {"model": write_as(swin.AUTHORS, state)}
    found = timm.models.swin_transformer.checkpoint_filter_fn(written, theirs)
    assert found.keys() == state.keys()
    assert all(torch.equal(found[name], value) for name, value in state.items())
