"""Our MLP-Mixer and timm's have the same weights and, with them, the same numbers."""

from types import ModuleType

import pytest
import torch
from torch import Tensor, nn

from saccade.models import build
from saccade.models.catalog import CATALOG
from saccade.models.entries.mixer import ENTRIES
from saccade.models.mixer import Mixer

SMALL = {"num_blocks": 3, "embed_dim": 24, "num_classes": 7}
SHARED = [name for name in ENTRIES if name != "mixer_h14_224"]  # which timm has not


def drawn(model: nn.Module) -> nn.Module:
    """Give every weight a number that does something."""
    generator = torch.Generator().manual_seed(0)
    for name, parameter in model.named_parameters():
        mean = 1.0 if "norm" in name and name.endswith("weight") else 0.0
        parameter.data.normal_(mean, 0.2, generator=generator)
    return model.eval()


def pair(timm: ModuleType, **changes: object) -> tuple[Mixer, nn.Module]:
    """Ours and timm's, with one set of weights."""
    fields = {**SMALL, **changes}
    ours = build("mixer_s16_224", **fields).eval()
    fields["act_layer"] = timm.layers.get_act_layer(fields.pop("act", "gelu"))
    theirs = drawn(timm.models.mlp_mixer.MlpMixer(**fields))
    ours.load_state_dict(theirs.state_dict(), strict=True)
    return ours, theirs


def noise(height: int, width: int) -> Tensor:
    return torch.randn(2, 3, height, width, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", SHARED)
def test_names_shapes_and_preprocessing(timm: ModuleType, name: str) -> None:
    with torch.device("meta"):
        ours, theirs = build(name), timm.create_model(name)
    shapes = {key: value.shape for key, value in ours.state_dict().items()}
    assert shapes == {key: value.shape for key, value in theirs.state_dict().items()}
    wanted, pixels = theirs.pretrained_cfg, CATALOG[name].preprocessing
    assert pixels["img_size"] == wanted["input_size"][1:]
    for key in ("crop_pct", "interpolation", "mean", "std"):
        assert pixels[key] == wanted[key]


@pytest.mark.parametrize(
    "changes",
    [
        {"img_size": 64},
        {"img_size": (48, 80)},
        {"img_size": 56, "patch_size": 8, "mlp_ratio": (0.75, 1.5)},
        {"img_size": 64, "act": "gelu_tanh"},
        {"img_size": 32, "in_chans": 1},
    ],
    ids=str,
)
@torch.no_grad()
def test_logits_and_features(timm: ModuleType, changes: dict[str, object]) -> None:
    ours, theirs = pair(timm, **changes)
    images = noise(*ours.config.image)[:, : ours.config.in_chans]
    close = {"atol": 1e-6, "rtol": 1e-6}
    torch.testing.assert_close(ours(images), theirs(images), **close)
    torch.testing.assert_close(ours.tokens(images), theirs.forward_features(images), **close)


@pytest.mark.parametrize("output_fmt", ["NCHW", "NLC"])
@torch.no_grad()
def test_what_each_block_gives(timm: ModuleType, output_fmt: str) -> None:
    ours, theirs = pair(timm, img_size=(48, 80))
    images = noise(48, 80)
    for options in ({}, {"indices": 2, "norm": True}, {"indices": [0], "stop_early": True}):
        wanted = theirs.forward_intermediates(images, output_fmt=output_fmt, **options)
        found = ours.forward_intermediates(images, output_fmt=output_fmt, **options)
        torch.testing.assert_close(found, wanted, atol=1e-6, rtol=1e-6)


def test_timm_reads_what_we_write(timm: ModuleType) -> None:
    ours = build("mixer_s32_224", zero_head=False).eval()
    theirs = timm.create_model("mixer_s32_224").eval()
    theirs.load_state_dict(ours.state_dict(), strict=True)
    images = noise(224, 224)
    with torch.no_grad():
        torch.testing.assert_close(theirs(images), ours(images), atol=1e-6, rtol=1e-6)
