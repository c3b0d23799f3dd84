"""Models by name: what the catalogue says is true."""

import subprocess
import sys

import pytest
import torch

from saccade.errors import ConfigError, UnknownName
from saccade.models import build, list_models
from saccade.models.catalog import CATALOG
from saccade.models.vit_config import ViTConfig


def meta(name: str, **changes: object) -> torch.nn.Module:
    """A model without memory for its weights."""
    with torch.device("meta"):
        return build(name, **changes)


def count(model: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def closed_form(config: ViTConfig) -> int:
    """The number of parameters by arithmetic."""
    d, (rows, columns) = config.embed_dim, config.layout.grid
    hidden, prefix = int(d * config.mlp_ratio), len(config.layout.prefix)
    patches = config.patch[0] * config.patch[1] * config.in_chans * d + d
    patches += d * config.pre_norm  # a norm, but no bias
    out = hidden // 2 if config.mlp == "swiglu_packed" else hidden
    block = (4 * d * d + 4 * d) + (d * hidden + hidden + out * d + d) + 4 * d
    block -= 3 * d * (not config.qkv_bias)
    block += 2 * d * (config.init_values is not None)
    features = config.representation_size or d
    pre_logits = d * features + features if config.representation_size else 0
    asked = d + (4 * d * d + 4 * d) + 2 * d + (2 * d * hidden + hidden + d)
    pre_logits += asked * (config.global_pool == "map")
    head = features * config.num_classes + config.num_classes if config.num_classes else 0
    tables = prefix * d + (rows * columns + prefix * (not config.no_embed_class)) * d
    return patches + tables + config.depth * block + 2 * d + pre_logits + head


@pytest.mark.parametrize("name", list_models())
def test_parameters(name: str) -> None:
    model = meta(name)
    assert count(model) == CATALOG[name].parameters
    assert model.name == name
    if CATALOG[name].config == "ViTConfig":
        assert count(model) == closed_form(model.config)


def test_every_entry_says_what_it_is_for() -> None:
    for name in list_models():
        entry = CATALOG[name]
        assert entry.task in ("classify", "segment", "video")
        assert entry.source
        assert "img_size" in entry.preprocessing


@pytest.mark.parametrize(
    ("name", "changes", "parameters"),
    [
        ("vit_base_patch16_224", {"representation_size": 768}, 103_186_515),
        ("vit_large_patch16_224", {"representation_size": 1024}, 326_740_307),
        ("vit_large_patch32_224", {"representation_size": 1024}, 328_949_075),
        ("vit_huge_patch14_224", {"representation_size": 1280}, 660_385_363),
    ],
)
def test_parameters_of_the_paper_before_fine_tuning(
    name: str, changes: dict[str, object], parameters: int
) -> None:
    model = meta(name, num_classes=21_843, **changes)
    assert count(model) == parameters == closed_form(model.config)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("vit_base_patch16_224", 85_798_656),
        ("vit_large_patch16_224", 303_301_632),
        ("vit_huge_patch14_224", 630_764_800),
    ],
)
def test_parameters_without_a_head(name: str, parameters: int) -> None:
    assert count(meta(name, num_classes=0)) == parameters


@pytest.mark.parametrize("name", list_models("vit_*_patch*"))
def test_the_size_in_the_name_is_the_size(name: str) -> None:
    entry = CATALOG[name]
    config = meta(name, depth=1).config
    last = name.rpartition("_")[2]
    other = 256 if "dinov3" in name else 518  # of DINOv2
    side = int(last) if last.isdigit() else other
    assert config.image == (side, side) == tuple(entry.preprocessing["img_size"])
    assert f"_patch{config.patch[0]}_" in name
    means = "gap" in name or "dinov3" in name
    assert means == (config.global_pool == "avg")


def test_listing_loads_no_tensor_library() -> None:
    program = (
        "import sys; from saccade.models import list_models; names = list_models('vit_tiny_p*224');"
        "print(*names, *[m for m in ('torch', 'numpy', 'PIL') if m in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert found.stdout.split() == ["vit_tiny_patch16_224"]


def test_a_name_that_is_in_no_table() -> None:
    with pytest.raises(UnknownName, match="try vit_base_patch16_224"):
        build("vit_bsae_patch16_224")


def test_an_option_that_does_not_exist() -> None:
    with pytest.raises(ConfigError) as error:
        build("vit_pico_patch2_8", num_class=10)
    assert str(error.value).startswith(
        "expected an option of vit_pico_patch2_8, got 'num_class'; try num_classes"
    )


def test_an_option_of_the_wrong_type() -> None:
    with pytest.raises(ConfigError, match="options of the right type for vit_pico_patch2_8"):
        build("vit_pico_patch2_8", depth="six")
