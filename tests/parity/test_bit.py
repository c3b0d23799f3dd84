"""Our BiT networks and timm's have the same weights and, with them, the same logits."""

from functools import partial
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from saccade.models import build
from saccade.models.bit import BiT
from saccade.models.bit_config import BiTConfig
from saccade.models.catalog import CATALOG
from saccade.models.entries.bit import ENTRIES
from tests.foreign import foreign

SMALL: dict[str, Any] = {
    "layers": (1, 2, 1, 1),
    "channels": (128, 128, 256, 384),
    "stem_chs": 32,
    "num_classes": 7,
}


def shaken(model: nn.Module) -> nn.Module:
    """Give norms and the head numbers that do something."""
    generator = torch.Generator().manual_seed(0)
    for name, part in model.named_modules():
        if isinstance(part, nn.GroupNorm):
            nn.init.uniform_(part.weight, 0.5, 1.5, generator=generator)
            nn.init.normal_(part.bias, std=0.2, generator=generator)
        elif name in ("head.fc", "classifier.1"):
            nn.init.normal_(part.weight, std=0.1, generator=generator)
            nn.init.normal_(part.bias, std=0.1, generator=generator)
        elif isinstance(part, nn.Conv2d):
            nn.init.normal_(part.weight, std=0.2, generator=generator)
    return model.eval()


def small_of_timm(timm: ModuleType, **changes: object) -> nn.Module:
    conv = partial(timm.layers.StdConv2d, eps=1e-8)
    network = timm.models.resnetv2.ResNetV2
    return shaken(network(stem_type="fixed", conv_layer=conv, **{**SMALL, **changes}))


def noise(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


def apart(ours: Tensor, theirs: Tensor) -> float:
    return float((ours - theirs).abs().max() / theirs.abs().max())


@pytest.mark.parametrize("name", ENTRIES)
def test_names_shapes_and_preprocessing(timm: ModuleType, name: str) -> None:
    with torch.device("meta"):
        ours, theirs = build(name), timm.create_model(name)
    shapes = [(key, value.shape) for key, value in ours.state_dict().items()]
    assert shapes == [(key, value.shape) for key, value in theirs.state_dict().items()]
    wanted, pixels = theirs.pretrained_cfg, CATALOG[name].preprocessing
    assert pixels["img_size"] == ours.config.image == wanted["input_size"][1:]
    for key in ("crop_pct", "interpolation", "mean", "std"):
        assert pixels[key] == wanted[key]


@pytest.mark.parametrize("size", [(64, 64), (45, 70), (97, 33)])
@pytest.mark.parametrize("changes", [{}, {"width_factor": 2, "in_chans": 1}], ids=str)
@torch.no_grad()
def test_logits_and_maps(timm: ModuleType, changes: dict[str, Any], size: tuple[int, int]) -> None:
    theirs = small_of_timm(timm, **changes)
    ours = BiT(BiTConfig(**{**SMALL, **changes})).eval()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    images = noise(2, ours.config.in_chans, *size)
    assert apart(ours(images), theirs(images)) <= 1e-5
    assert apart(ours.end(images), theirs.forward_features(images)) <= 1e-5


@pytest.mark.parametrize(
    "options",
    [{}, {"norm": True}, {"indices": [0, 2], "stop_early": True}, {"indices": 2}],
    ids=str,
)
@torch.no_grad()
def test_intermediates(timm: ModuleType, options: dict[str, Any]) -> None:
    theirs, images = small_of_timm(timm), noise(2, 3, 45, 70)
    ours = BiT(BiTConfig(**SMALL)).eval()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    end, steps = ours.forward_intermediates(images, **options)
    wanted_end, wanted = theirs.forward_intermediates(images, **options)
    assert [step.shape for step in steps] == [step.shape for step in wanted]
    pairs = zip([*steps, end], [*wanted, wanted_end], strict=True)
    assert max(apart(*pair) for pair in pairs) <= 1e-5


@torch.no_grad()
def test_timm_reads_what_we_write(timm: ModuleType) -> None:
    ours = shaken(BiT(BiTConfig(**SMALL)))
    theirs = small_of_timm(timm)
    theirs.load_state_dict(ours.state_dict(), strict=True)
    images = noise(2, 3, 64, 96)
    assert apart(ours(images), theirs(images)) <= 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnetv2_50x1_bit", "resnetv2_101x1_bit"])
@torch.no_grad()
def test_logits_of_whole_networks(timm: ModuleType, name: str) -> None:
    theirs = shaken(timm.create_model(name, num_classes=7))
    ours = build(name, num_classes=7).eval()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    images = noise(1, 3, 128, 96)
    assert apart(ours(images), theirs(images)) <= 1e-5


@torch.no_grad()
def test_logits_of_transformers(transformers: ModuleType) -> None:
    # Width 1 only: its wide networks cannot run.
    sizes = {"embedding_size": 32, "hidden_sizes": [128, 128, 256, 384], "depths": [1, 2, 1, 1]}
    network = foreign("transformers.models.bit.modeling_bit").BitForImageClassification
    theirs = shaken(network(transformers.BitConfig(**sizes, num_labels=7)))
    state = {}
    for key, value in theirs.state_dict().items():
        new = key.removeprefix("bit.").replace("embedder.convolution", "stem.conv")
        new = new.replace("encoder.stages", "stages").replace(".layers.", ".blocks.")
        new = new.replace("classifier.1.", "head.fc.")
        state[new] = value[:, :, None, None] if new == "head.fc.weight" else value
    ours = BiT(BiTConfig(**SMALL)).eval()
    ours.load_state_dict(state, strict=True)
    for size in ((64, 64), (64, 96)):
        images = noise(2, 3, *size)
        assert apart(ours(images), theirs(images).logits) <= 1e-5
