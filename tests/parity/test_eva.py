"""Our BEiT, EVA, EVA-02 and DINOv3 beside those of timm."""

from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from saccade.inspection import record
from saccade.models import build
from saccade.models.beit import Beit, BeitConfig
from saccade.models.catalog import CATALOG
from saccade.models.entries import beit, eva
from saccade.models.eva import Eva
from saccade.models.eva_config import EvaConfig

pytestmark = pytest.mark.parity
SMALL: dict[str, Any] = {"patch_size": 8, "embed_dim": 48, "depth": 3, "num_heads": 3}
SMALL |= {"num_classes": 7}
CLOSE = {"atol": 1e-5, "rtol": 1e-5}
TABLES = {"use_abs_pos_emb": False, "use_rel_pos_bias": True}
BEITS: dict[str, dict[str, Any]] = {
    "first": {**TABLES, "init_values": 0.1},
    "pretraining": {"use_abs_pos_emb": False, "use_shared_rel_pos_bias": True, "qkv_bias": False},
    "everything": {"use_rel_pos_bias": True, "use_shared_rel_pos_bias": True},
    "token": {**TABLES, "global_pool": "token"},
}
TURNED = {"swiglu_mlp": True, "use_rot_pos_emb": True, "ref_feat_shape": (4, 4)}
CENTRED = {"rope_type": "dinov3", "rope_temperature": 100.0, "rope_rotate_half": True}
CENTRED |= {"use_abs_pos_emb": False, "use_rot_pos_emb": True, "num_reg_tokens": 4}
CENTRED |= {"init_values": 0.2, "fc_norm": False, "norm_eps": 1e-5}
EVAS: dict[str, dict[str, Any]] = {
    "first": {},
    "packed": {**TURNED, "mlp_ratio": 8 / 3},
    "split": {**TURNED, "mlp_ratio": 8 / 3, "qkv_fused": False, "scale_mlp": True},
    "normed": {**TURNED, "qkv_fused": False, "scale_attn_inner": True, "qk_norm": True},
    "dinov3": {**CENTRED, "qkv_bias": False},
    "dinov3 token": {**CENTRED, "global_pool": "token"},
    "dinov3 plus": {**CENTRED, "swiglu_mlp": True, "swiglu_align_to": 40, "qk_norm": True},
}
CASES = [(Beit, key, value) for key, value in BEITS.items()]
CASES += [(Eva, key, value) for key, value in EVAS.items()]
each_kind = pytest.mark.parametrize(
    ("kind", "options"),
    [(kind, options) for kind, _, options in CASES],
    ids=[f"{kind.__name__} {key}" for kind, key, _ in CASES],
)


def drawn(model: nn.Module) -> nn.Module:
    """Give every weight a number that does something."""
    generator = torch.Generator().manual_seed(0)
    for name, parameter in model.named_parameters():
        ones = name.endswith("weight") and parameter.ndim == 1  # of a norm
        parameter.data.normal_(float(ones), 0.15, generator=generator)
    return model.eval()


def noise(height: int, width: int) -> Tensor:
    return torch.randn(2, 3, height, width, generator=torch.Generator().manual_seed(1))


def pair(timm: ModuleType, kind: type, options: dict[str, Any], size: Any) -> tuple[Any, Any]:
    """Their network with drawn weights, and ours with the same."""
    told = {**SMALL, **options, "img_size": size}
    config = BeitConfig if kind is Beit else EvaConfig
    if kind is Beit:
        off = {"use_abs_pos_emb": True, "use_rel_pos_bias": False, "init_values": None}
        told = {**off, **told}
    ours = kind(config(**told)).eval()
    if "fc_norm" in told:
        told["use_fc_norm"] = told.pop("fc_norm")
    eps = told.pop("norm_eps", 1e-6)
    told["norm_layer"] = lambda width, **given: nn.LayerNorm(width, eps=eps, **given)
    theirs = drawn(getattr(timm.models, kind.__name__)(**told))
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


@pytest.mark.parametrize("name", [*beit.ENTRIES, *eva.ENTRIES])
def test_names_shapes_and_preprocessing(timm: ModuleType, name: str) -> None:
    with torch.device("meta"):
        ours, theirs = build(name), timm.create_model(name)
    first, second = ({k: v.shape for k, v in m.state_dict().items()} for m in (ours, theirs))
    assert first == second
    wanted, pixels = theirs.pretrained_cfg, CATALOG[name].preprocessing
    assert pixels["img_size"] == wanted["input_size"][1:]
    assert pixels.get("crop_mode", "center") == wanted["crop_mode"]
    for key in ("crop_pct", "interpolation", "mean", "std"):
        assert pixels[key] == wanted[key]


@each_kind
@torch.no_grad()
def test_timm(timm: ModuleType, kind: type, options: dict[str, Any]) -> None:
    ours, theirs = pair(timm, kind, options, (24, 40))
    images = noise(24, 40)
    wanted = theirs(images)
    torch.testing.assert_close(ours(images), wanted, **CLOSE)
    torch.testing.assert_close(ours.tokens(images), theirs.forward_features(images), **CLOSE)
    with record(ours) as trace:
        torch.testing.assert_close(ours(images), wanted, **CLOSE)
    assert len(trace.layers) == 3
    for layer in trace.layers:
        whole = torch.ones(2, 3, ours.layout.tokens)
        torch.testing.assert_close(layer.weights.sum(-1), whole, **CLOSE)


@each_kind
@pytest.mark.filterwarnings("ignore:torch.searchsorted", "ignore:Using a non-tuple sequence")
@torch.no_grad()
def test_other_sizes(timm: ModuleType, kind: type, options: dict[str, Any]) -> None:
    ours, theirs = pair(timm, kind, options, 32)
    for size in ((48, 24), (32, 56), (72, 72)):
        for both in (ours, theirs):
            both.set_input_size(size)
        torch.testing.assert_close(ours(noise(*size)), theirs(noise(*size)), **CLOSE)


@each_kind
@pytest.mark.parametrize(
    "asked",
    [{}, {"indices": [0, -1], "norm": True}, {"indices": 2, "return_prefix_tokens": True}],
    ids=str,
)
@torch.no_grad()
def test_intermediates(
    timm: ModuleType, kind: type, options: dict[str, Any], asked: dict[str, Any]
) -> None:
    ours, theirs = pair(timm, kind, options, (24, 32))
    for output in ("NCHW", "NLC"):
        given = {**asked, "output_fmt": output}
        found = ours.forward_intermediates(noise(24, 32), **given)
        wanted = theirs.forward_intermediates(noise(24, 32), **given)
        torch.testing.assert_close(found, wanted, **CLOSE)
