"""Files under the authors' own names, made from networks of timm, load whole and say the same."""

from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from saccade.checkpoints import baai, facebook, pvt_names
from saccade.checkpoints.load import load_model
from saccade.checkpoints.mapping import Layout, write_as

SMALL: dict[str, Any] = {"embed_dim": 48, "depth": 2, "num_heads": 3}
HEAD = {"num_classes": 5}
# A model of timm, what shall differ in it and in ours, the authors' names, and what else is there.
KEPT = {"mask_token": (1, 48), "rope_embed.periods": (4,)}
TURNS = {
    f"{where}rope.freqs_{part}": (9, 16)
    for where in ("", "blocks.0.attn.")
    for part in ("cos", "sin")
}
FILES: dict[str, tuple[str, dict[str, Any], Layout | None, dict[str, tuple[int, ...]]]] = {
    "dinov3": (
        "vit_small_patch16_dinov3_qkvb",
        SMALL,
        facebook.DINOV3,
        {**KEPT, "local_cls_norm.weight": (48,), "projectors.0.weight": (2, 2)},
    ),
    "dinov3 plus": ("vit_small_plus_patch16_dinov3_qkvb", SMALL, facebook.DINOV3_GATED, KEPT),
    "dinov3 7b": (
        "vit_7b_patch16_dinov3",
        SMALL,
        facebook.DINOV3_GATED,
        {"mask_token": (1, 48), "local_cls_norm.bias": (48,)},
    ),
    "eva": (
        "eva_giant_patch14_224",
        {**SMALL, **HEAD, "img_size": 42},
        None,
        {"mask_token": (1, 1, 48), "lm_head.weight": (7, 48), "lm_head.bias": (7,)},
    ),
    "eva02 tiny": (
        "eva02_tiny_patch14_336",
        {**SMALL, **HEAD, "img_size": 42},
        baai.EVA02_PACKED,
        TURNS,
    ),
    "eva02 base": ("eva02_base_patch14_448", {**SMALL, **HEAD, "img_size": 42}, baai.EVA02, TURNS),
    "eva02 clip": (
        "eva02_base_patch16_clip_224",
        {**SMALL, **HEAD, "img_size": 48},
        baai.EVA02,
        TURNS,
    ),
    "pvt v2": ("pvt_v2_b0", {**HEAD, "depths": (1, 2, 1, 1)}, pvt_names.V2, {}),
    "pvt v2 linear": ("pvt_v2_b2_li", {**HEAD, "depths": (1, 1, 2, 1)}, pvt_names.V2, {}),
    "beit": (
        "beit_base_patch16_224",
        {**SMALL, **HEAD, "img_size": 48},
        None,
        {"blocks.0.attn.relative_position_index": (10, 10)},
    ),
    "mae tuned": (
        "vit_base_patch16_224",
        {
            **SMALL,
            **HEAD,
            "img_size": 48,
            "global_pool": "avg",
            "fc_norm": True,
            "class_token": True,
        },
        None,
        {},
    ),
    "mae": (
        "vit_base_patch16_224",
        {**SMALL, "num_classes": 0, "img_size": 48},
        None,
        {
            "decoder_pos_embed": (1, 10, 8),
            "decoder_blocks.0.norm1.weight": (8,),
            "mask_token": (1, 1, 8),
        },
    ),
}


def drawn(model: nn.Module) -> nn.Module:
    """Give every weight a number that does something."""
    generator = torch.Generator().manual_seed(0)
    for name, parameter in model.named_parameters():
        ones = name.endswith("weight") and parameter.ndim == 1  # of a norm
        parameter.data.normal_(float(ones), 0.15, generator=generator)
    return model.eval()


def noise(size: tuple[int, int]) -> Tensor:
    return torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(1))


def written(
    layout: Layout | None, theirs: nn.Module, more: dict[str, tuple[int, ...]]
) -> dict[str, Any]:
    """The weights under the authors' names, beside what else their files hold."""
    state = dict(theirs.state_dict())
    state = state if layout is None else write_as(layout, state)
    return {**state, **{name: torch.rand(shape) for name, shape in more.items()}}


@pytest.mark.parametrize("case", FILES)
@pytest.mark.parametrize("wrapping", ["model", "module", None])
@torch.no_grad()
def test_authors_files(timm: ModuleType, tmp_path, case: str, wrapping: str | None) -> None:
    name, changes, layout, more = FILES[case]
    theirs = drawn(timm.create_model(name, **changes))
    file = written(layout, theirs, more)
    torch.save({wrapping: file} if wrapping else file, tmp_path / "x.pth")
    structure = ("num_classes", "img_size", "global_pool", "fc_norm", "class_token")
    given = {key: value for key, value in changes.items() if key not in structure}
    found = load_model(tmp_path / "x.pth", model=name, changes=given)
    assert found.report.complete
    assert set(found.report.ignored) == set(more)
    images = noise(found.model.config.image)
    torch.testing.assert_close(found.model.eval()(images), theirs(images), atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_the_tower_of_pictures_is_found_in_a_clip(timm: ModuleType, tmp_path) -> None:
    name, changes, layout, more = FILES["eva02 clip"]
    theirs = drawn(timm.create_model(name, **changes))
    file = {f"visual.{key}": value for key, value in written(layout, theirs, more).items()}
    file |= {
        "logit_scale": torch.ones(()),
        "text.transformer.resblocks.0.ln_1.weight": torch.ones(8),
    }
    torch.save(file, tmp_path / "EVA02_CLIP_B_psz16_s8B.pt")
    found = load_model(tmp_path / "EVA02_CLIP_B_psz16_s8B.pt", model=name, changes=SMALL)
    assert found.report.complete
    images = noise((48, 48))
    torch.testing.assert_close(found.model.eval()(images), theirs(images), atol=1e-5, rtol=1e-5)
