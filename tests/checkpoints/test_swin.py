"""Swin's weights under the names of other libraries, there and back."""

from types import ModuleType

import pytest
import torch
from torch import Tensor

from saccade.checkpoints import swin
from saccade.checkpoints.mapping import Layout, read_as, write_as
from saccade.models.swin import Swin
from saccade.models.swin_config import SwinConfig
from tests.foreign import foreign

SIZES = {"embed_dim": 8, "depths": (1, 2, 1), "num_heads": (1, 2, 2)}
LAYOUTS = [swin.AUTHORS, swin.TORCHVISION, swin.TRANSFORMERS, swin.TRANSFORMERS_5]
STAGE, TABLE = "swin.encoder.layers.1", "relative_position_bias_table"


def ours(**changes: object) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(0)
    config = SwinConfig(**SIZES, img_size=64, window_size=4, num_classes=5, **changes)
    state = Swin(config).state_dict()
    return {name: torch.randn(value.shape, generator=generator) for name, value in state.items()}


@pytest.mark.parametrize("changes", [{}, {"qkv_bias": False}], ids=str)
@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_there_and_back(layout: Layout, changes: dict[str, object]) -> None:
    state = ours(**changes)
    theirs = write_as(layout, state)
    back = read_as(layout, theirs)
    assert (back.unused, back.ignored) == ((), ())
    assert back.state.keys() == state.keys()
    assert all(torch.equal(back.state[name], value) for name, value in state.items())
    assert sum(value.numel() for value in theirs.values()) == sum(
        value.numel() for value in state.values()
    )


@pytest.mark.parametrize(
    ("layout", "name", "wanted"),
    [
        (swin.AUTHORS, "layers.1.downsample.reduction.weight", "layers.0.downsample"),
        (swin.AUTHORS, "head.fc.bias", "head.bias"),
        (swin.AUTHORS, f"layers.1.blocks.1.attn.{TABLE}", f"layers.1.blocks.1.attn.{TABLE}"),
        (swin.TORCHVISION, "patch_embed.norm.bias", "features.0.2.bias"),
        (swin.TORCHVISION, "layers.2.downsample.norm.bias", "features.4.norm.bias"),
        (swin.TORCHVISION, "layers.1.blocks.1.mlp.fc2.bias", "features.3.1.mlp.3.bias"),
        (swin.TRANSFORMERS, "layers.2.downsample.norm.bias", f"{STAGE}.downsample.norm.bias"),
        (
            swin.TRANSFORMERS,
            f"layers.1.blocks.0.attn.{TABLE}",
            f"{STAGE}.blocks.0.attention.self.{TABLE}",
        ),
        (
            swin.TRANSFORMERS_5,
            f"layers.1.blocks.0.attn.{TABLE}",
            f"{STAGE}.blocks.0.attention.relative_position_bias.{TABLE}",
        ),
    ],
)
def test_names(layout: Layout, name: str, wanted: str) -> None:
    (found,) = write_as(layout, {name: torch.zeros(1)})
    assert found.startswith(wanted)


@pytest.mark.parametrize(
    ("layout", "name"),
    [
        (swin.AUTHORS, "layers.0.blocks.1.attn_mask"),
        (swin.AUTHORS, "layers.0.blocks.1.attn.relative_position_index"),
        (swin.TORCHVISION, "features.1.0.attn.relative_position_index"),
        (swin.TRANSFORMERS, f"{STAGE}.blocks.0.attention.self.relative_position_index"),
        (swin.TRANSFORMERS, "swin.embeddings.mask_token"),
        (swin.TRANSFORMERS, "decoder.0.weight"),
    ],
)
def test_what_is_computed_is_ignored_and_the_rest_is_told(layout: Layout, name: str) -> None:
    found = read_as(layout, {name: torch.zeros(1), "absolute_pos_embed": torch.zeros(1)})
    assert (found.state, found.ignored) == ({}, (name,))
    assert found.unused == ("absolute_pos_embed",)


@pytest.mark.parametrize("layout", LAYOUTS[2:], ids=lambda layout: layout.name)
def test_a_bare_model_of_transformers_is_read_too(layout: Layout) -> None:
    state = ours()
    bare = {name.removeprefix("swin."): value for name, value in write_as(layout, state).items()}
    found = read_as(layout, bare)
    assert found.unused == ()
    assert found.state.keys() == state.keys()


def theirs_of(library: str) -> dict[str, Tensor]:
    """What the library itself calls its weights."""
    if library == "torchvision":
        module: ModuleType = foreign("torchvision.models.swin_transformer")
        sizes = [[4, 4], 8, [1, 2, 1], [1, 2, 2], [4, 4]]
        return module.SwinTransformer(*sizes, num_classes=5).state_dict()
    module = foreign("transformers.models.swin.modeling_swin")
    config = foreign("transformers.models.swin.configuration_swin").SwinConfig(
        **SIZES, window_size=4, image_size=64, num_labels=5
    )
    return module.SwinForImageClassification(config).state_dict()


@pytest.mark.parity
@pytest.mark.parametrize(
    ("library", "layout"),
    [("torchvision", swin.TORCHVISION), ("transformers", swin.TRANSFORMERS_5)],
    ids=["torchvision", "transformers"],
)
def test_the_libraries_have_these_names(library: str, layout: Layout) -> None:
    held = theirs_of(library)
    written = write_as(layout, ours())
    computed = {name for name in held if name.endswith("relative_position_index")}
    assert {name: value.shape for name, value in written.items()} == {
        name: value.shape for name, value in held.items() if name not in computed
    }
    assert set(read_as(layout, held).ignored) == computed
