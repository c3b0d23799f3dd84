"""What we write as Google's npz files, timm reads back with its own loaders."""

from types import ModuleType

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from saccade.checkpoints.google import read_google, to_google, write_google
from saccade.checkpoints.google_layouts import BIG_VISION
from saccade.checkpoints.mapping import write_as
from saccade.checkpoints.npz import read_npz, write_npz
from saccade.models import build
from saccade.models.classifier import Classifier
from tests.foreign import foreign

SIZES = {"img_size": 32, "patch_size": 8, "embed_dim": 48, "depth": 3, "num_heads": 4}
WITHOUT_TOKEN = {"class_token": False, "global_pool": "avg"}


def vit(**changes: object) -> Classifier:
    return build("vit_tiny_patch16_224", num_classes=7, **SIZES, **changes)


def theirs_of(timm: ModuleType, ours: Classifier, **changes: object) -> nn.Module:
    create = foreign("timm.models.vision_transformer").VisionTransformer
    assert create is timm.models.VisionTransformer
    return create(num_classes=7, **SIZES, **changes).eval()


def gap(ours: nn.Module, theirs: nn.Module, size: tuple[int, int] = (32, 32)) -> float:
    images = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        return float((ours.eval()(images) - theirs.eval()(images)).abs().max())


BARE = {"no_embed_class": True}
MAP = {"class_token": False, "global_pool": "map"}
CASES = {"token": {}, "gap": WITHOUT_TOKEN, "map": MAP, "no position": BARE}


@pytest.mark.parametrize("changes", CASES.values(), ids=list(CASES))
@pytest.mark.parametrize("layout", ["vit_jax", "big_vision"])
def test_vit(timm, tmp_path, drawn, layout: str, changes: dict[str, object]) -> None:
    if changes in ({}, BARE) and (layout == "big_vision") != bool(changes):
        pytest.skip("timm cannot move the class token's position")
    ours = drawn(vit(**changes))
    write_google(tmp_path / "x.npz", ours, layout=layout)
    theirs = theirs_of(timm, ours, fc_norm=False, **changes)
    theirs.load_pretrained(str(tmp_path / "x.npz"))
    assert gap(ours, theirs) <= 1e-5


def test_a_scanned_file_under_a_prefix(timm, tmp_path, drawn) -> None:
    ours = drawn(vit(**WITHOUT_TOKEN))
    write_npz(tmp_path / "x.npz", to_google(ours, layout="big_vision", scanned=True))
    theirs = theirs_of(timm, ours, fc_norm=False, **WITHOUT_TOKEN)
    theirs.load_pretrained(str(tmp_path / "x.npz"))
    assert gap(ours, theirs) <= 1e-5


@pytest.mark.parametrize("prefix", ["", "opt/target/", "params/img/"])
def test_attention_pooling(timm, tmp_path, drawn, prefix: str) -> None:
    """timm's own weights, through our tables into Google's names and back into timm."""
    first, second = (
        drawn(theirs_of(timm, None, class_token=False, global_pool="map")) for _ in range(2)
    )
    arrays = write_as(BIG_VISION, first.state_dict(), {"heads": 4})
    write_npz(tmp_path / "x.npz", {prefix + name: value for name, value in arrays.items()})
    second.load_pretrained(str(tmp_path / "x.npz"))
    assert gap(first, second) <= 1e-5
    read = read_google(read_npz(tmp_path / "x.npz").state)
    assert read.config["global_pool"] == "map"
    assert not read.mapped.unused
    assert set(read.mapped.state) == set(first.state_dict())
    for name, value in first.state_dict().items():
        torch.testing.assert_close(read.mapped.state[name], value, atol=0, rtol=0)


@pytest.mark.parametrize("stem", [(), (1, 2, 1)], ids=["root", "stages"])
def test_hybrids(timm, tmp_path, drawn, stem: tuple[int, ...]) -> None:
    patch = 1 if stem else 4
    sizes = {"img_size": 64, "embed_dim": 48, "depth": 2, "num_heads": 4}
    ours = build("vit_tiny_r_s16_p8_224", num_classes=7, stem=stem, patch_size=patch, **sizes)
    shake(ours)
    write_google(tmp_path / "x.npz", ours)
    hybrid = foreign("timm.models.vision_transformer_hybrid")
    backbone = hybrid._resnetv2(stem)
    create = hybrid._create_vision_transformer_hybrid
    theirs = create(
        "vit_tiny_r_s16_p8_224", backbone=backbone, num_classes=7, patch_size=patch, **sizes
    )
    theirs.load_pretrained(str(tmp_path / "x.npz"))
    assert gap(ours, theirs, (64, 64)) <= 1e-5


def test_bit(timm, tmp_path) -> None:
    ours = build("resnetv2_50x1_bit", num_classes=7, layers=(1, 2, 1, 11))
    shake(ours)
    write_google(tmp_path / "x.npz", ours)
    create = foreign("timm.models.resnetv2")._create_resnetv2_bit
    theirs = create("resnetv2_50x1_bit", num_classes=7, layers=(1, 2, 1, 11))
    theirs.load_pretrained(str(tmp_path / "x.npz"))
    assert gap(ours, theirs, (64, 96)) <= 1e-5


def shake(model: nn.Module) -> None:
    """Give norms and the head numbers that do something; kernels keep their scale."""
    generator = torch.Generator().manual_seed(0)
    for part in model.modules():
        if isinstance(part, nn.GroupNorm | nn.LayerNorm):
            nn.init.uniform_(part.weight, 0.5, 1.0, generator=generator)
            nn.init.normal_(part.bias, std=0.2, generator=generator)
    nn.init.normal_(next(model.head.parameters()), std=0.05, generator=generator)


def test_arrays_are_google_s(drawn: object) -> None:
    """Shapes as the published files have them."""
    found: dict[str, Tensor] = to_google(vit(representation_size=48))
    block = "Transformer/encoderblock_0"
    attention = f"{block}/MultiHeadDotProductAttention_1"
    for name, shape in (
        ("embedding/kernel", (8, 8, 3, 48)),
        ("cls", (1, 1, 48)),
        ("Transformer/posembed_input/pos_embedding", (1, 17, 48)),
        (f"{attention}/query/kernel", (48, 4, 12)),
        (f"{attention}/value/bias", (4, 12)),
        (f"{attention}/out/kernel", (4, 12, 48)),
        (f"{block}/MlpBlock_3/Dense_0/kernel", (48, 192)),
        (f"{block}/LayerNorm_2/scale", (48,)),
        ("pre_logits/kernel", (48, 48)),
        ("head/kernel", (48, 7)),
    ):
        assert tuple(found[name].shape) == shape
        assert np.asarray(found[name].detach()).dtype == np.float32
