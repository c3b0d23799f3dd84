"""SAN: sizes, names, a block against nested loops, and images of any size."""

from pathlib import Path

import pytest
import torch
from torch import nn

import saccade
from saccade.errors import ShapeError
from saccade.inspection import record
from saccade.models import build
from saccade.models.catalog import CATALOG
from saccade.models.entries import san
from saccade.models.san import SAN, SANBlock
from saccade.models.san_config import SANConfig
from tests.models import slow_san

TINY = {"depths": (1, 1, 1, 1, 1), "kernel_sizes": (3, 5, 3, 3, 3), "width": 32}
each_kind = pytest.mark.parametrize("kind", ["pairwise", "patchwise"])


def tiny(kind: str = "pairwise", **changes: object) -> SAN:
    return SAN(SANConfig(**{"kind": kind, **TINY, **changes})).eval()


def noise(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=dtype)


def shake(module: nn.Module) -> None:
    """Give the norms numbers that do something."""
    generator = torch.Generator().manual_seed(1)
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.weight, 0.5, 1.5, generator=generator)
            nn.init.normal_(part.bias, std=0.3, generator=generator)
            nn.init.normal_(part.running_mean, std=0.3, generator=generator)
            nn.init.uniform_(part.running_var, 0.5, 1.5, generator=generator)


@pytest.mark.parametrize("name", list(san.ENTRIES))
def test_parameters(name: str) -> None:
    with torch.device("meta"):
        model = build(name)
    count = sum(parameter.numel() for parameter in model.parameters())
    assert count == CATALOG[name].parameters
    assert (model.name, model.config.kind) == (name, name.split("_")[1])


def expected_names(kind: str, depths: tuple[int, ...]) -> set[str]:
    """The names of the authors' code."""
    pair = ("weight", "bias")
    norm = (*pair, "running_mean", "running_var", "num_batches_tracked")
    names = {"conv_in.weight", "fc.weight", "fc.bias"} | {f"bn_in.{part}" for part in norm}
    for stage, depth in enumerate(depths):
        names |= {f"conv{stage}.weight"} | {f"bn{stage}.{part}" for part in norm}
        for block in (f"layer{stage}.{index}" for index in range(depth)):
            norms = ("bn1", "bn2", "sam.conv_w.0", "sam.conv_w.3")
            names |= {f"{block}.{home}.{part}" for home in norms for part in norm}
            convs = ["conv", "sam.conv1", "sam.conv2", "sam.conv3", "sam.conv_w.5"]
            convs += ["sam.conv_p"] if kind == "pairwise" else []
            names |= {f"{block}.{home}.{part}" for home in convs for part in pair}
            names |= {f"{block}.sam.conv_w.2.weight"}
    return names


@pytest.mark.parametrize("name", ["san10_pairwise", "san19_patchwise"])
def test_names_are_those_of_the_authors(name: str) -> None:
    with torch.device("meta"):
        model = build(name)
    assert set(model.state_dict()) == expected_names(model.config.kind, model.config.depths)


@each_kind
def test_sizes_of_the_paper(kind: str) -> None:
    # Table 1: 56, 28, 14 and 7 positions a side with 256, 512, 1024 and 2048 channels.
    with torch.device("meta"):
        model = build(f"san10_{kind}").eval()
        sizes = {}
        for stage in range(5):
            layer = model.get_submodule(f"layer{stage}")[-1]
            layer.register_forward_hook(
                lambda _, __, found, stage=stage: sizes.update({stage: tuple(found.shape)})
            )
        assert model(torch.empty(2, 3, 224, 224)).shape == (2, 1000)
    sides = {0: (64, 112), 1: (256, 56), 2: (512, 28), 3: (1024, 14), 4: (2048, 7)}
    assert sizes == {stage: (2, c, side, side) for stage, (c, side) in sides.items()}


@each_kind
@pytest.mark.parametrize("size", [(5, 4), (2, 7), (1, 3)])
def test_a_block_is_what_the_loops_say(kind: str, size: tuple[int, int]) -> None:
    block = SANBlock(64, 3, SANConfig(kind=kind)).double().eval()
    shake(block)
    x = noise(2, 64, *size, dtype=torch.float64)
    state = {name: value.detach() for name, value in block.state_dict().items()}
    slow = [slow_san.block(state, one, 3, patchwise=kind == "patchwise") for one in x]
    with torch.no_grad():
        torch.testing.assert_close(block(x), torch.stack(slow), atol=1e-12, rtol=1e-12)


@each_kind
@pytest.mark.parametrize("size", [(32, 32), (96, 64), (45, 33), (8, 8), (1, 40)])
def test_images_of_any_size(kind: str, size: tuple[int, int]) -> None:
    model = tiny(kind, img_size=size, num_classes=5)
    with torch.no_grad():
        tokens, logits = model.tokens(noise(2, 3, *size)), model(noise(2, 3, *size))
    assert logits.shape == (2, 5)
    assert bool(logits.isfinite().all())
    assert tokens.shape == (2, model.layout.tokens, 1024)


@each_kind
def test_the_trace_sees_every_block(kind: str) -> None:
    model, images = tiny(kind, num_classes=5), noise(2, 3, 64, 32)
    with torch.no_grad():
        plain = model(images)
        with record(model) as trace:
            watched = model(images)
    torch.testing.assert_close(watched, plain, atol=1e-5, rtol=0)
    assert [layer.name for layer in trace.layers] == [f"layer{i}.0.sam" for i in range(5)]
    grids = [(32, 16), (16, 8), (8, 4), (4, 2), (2, 1)]
    assert [layer.place.queries for layer in trace.layers] == grids


def test_a_checkpoint_of_a_parallel_run_loads(tmp_path: Path) -> None:
    model, images = tiny(), noise(1, 3, 32, 32)
    state = {f"module.{name}": value for name, value in model.state_dict().items()}
    torch.save({"epoch": 100, "state_dict": state}, tmp_path / "model_best.pth")
    path = tmp_path / "model_best.pth"
    loaded = saccade.create_model("san10_pairwise", checkpoint_path=path, **TINY).eval()
    with torch.no_grad():
        assert torch.equal(loaded(images), model(images))
    loaded.reset_classifier(7)
    assert loaded(images).shape == (1, 7)


def test_an_error() -> None:
    with pytest.raises(ShapeError, match=r"expected the images as \(b c h w\), c=3, got"):
        tiny()(torch.zeros(1, 1, 32, 32))
