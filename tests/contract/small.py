"""Each classifier of the catalogue made small: the same kind of network on a grid of 2x3."""

import pytest

from saccade.models import build, list_models
from saccade.models.catalog import CATALOG
from saccade.models.classifier import Classifier

CLASSIFIERS = [name for name in list_models() if CATALOG[name].task == "classify"]


def _vit(changes: dict[str, object]) -> dict[str, object]:
    patch = int(str(changes["patch_size"]))
    heads = int(str(changes["num_heads"]))
    return {"depth": 2, "embed_dim": 8 * heads, "img_size": (2 * patch, 3 * patch)}


def _resnet(changes: dict[str, object]) -> dict[str, object]:
    if changes.get("stem") == "conv3":
        return {"layers": (1, 1, 1), "img_size": (8, 12)}
    small: dict[str, object] = {
        "layers": (1, 1, 1, 1),
        "widths": (32, 32, 32, 32) if "cardinality" in changes else (16, 16, 32, 32),
        "img_size": (64, 96),
    }
    if "outputs" in changes:
        small["outputs"] = (16, 32, 32, 64)
    if "attention_blocks" in changes:
        small["attention_blocks"] = ((2, 0), (3, 0))
    return small


def _san(changes: dict[str, object]) -> dict[str, object]:
    return {
        "depths": (1, 1, 1, 1, 1),
        "kernel_sizes": (3, 3, 3, 3, 3),
        "width": 32,
        "img_size": (64, 96),
    }


def _wide_resnet(changes: dict[str, object]) -> dict[str, object]:
    return {"depth": 10, "widen_factor": 1, "img_size": (8, 12)}


def _bit(changes: dict[str, object]) -> dict[str, object]:
    return {
        "layers": (1, 1, 1, 1),
        "channels": (128, 128, 128, 128),
        "width_factor": 1,
        "stem_chs": 32,
        "img_size": (64, 96),
    }


def _hybrid(changes: dict[str, object]) -> dict[str, object]:
    stages = len(tuple(changes["stem"]))  # type: ignore[arg-type]
    side = 16 if stages == 3 else 32
    return {
        "depth": 2,
        "embed_dim": 8 * int(str(changes["num_heads"])),
        "stem": (1,) * stages,
        "stem_width": 32,
        "img_size": (2 * side, 3 * side),
    }


def _mixer(changes: dict[str, object]) -> dict[str, object]:
    patch = int(str(changes["patch_size"]))
    return {
        "num_blocks": 2,
        "embed_dim": 16,
        "img_size": (2 * patch, 3 * patch),
        "zero_head": False,
    }


def _pvt(changes: dict[str, object]) -> dict[str, object]:
    return {
        "depths": (1, 1, 1, 1),
        "embed_dims": (8, 16, 30, 32),
        "mlp_ratios": (2.0, 2.0, 2.0, 2.0),
        "img_size": (64, 96),
    }


def _swin(changes: dict[str, object]) -> dict[str, object]:
    return {
        "depths": (1, 2, 1, 1),
        "embed_dim": 8,
        "num_heads": (1, 2, 2, 4),
        "window_size": 4,
        "img_size": (64, 96),
    }


def _ram(changes: dict[str, object]) -> dict[str, object]:
    return {"hidden_size": 16, "img_size": (16, 24), "runs": 1}


def _st_cnn(changes: dict[str, object]) -> dict[str, object]:
    sizes: dict[str, object] = {"filters": (4, 16), "hidden": 16, "kernel_sizes": (3, 3)}
    return {**sizes, "loc_kernel_sizes": (3, 3), "img_size": (14, 18)}


FAMILIES = {
    "ViTConfig": _vit,
    "DistilledDeiTConfig": _vit,
    "BeitConfig": _vit,
    "EvaConfig": _vit,
    "HybridConfig": _hybrid,
    "BiTConfig": _bit,
    "MixerConfig": _mixer,
    "PVTConfig": _pvt,
    "PVTv2Config": _pvt,
    "SwinConfig": _swin,
    "ResNetConfig": _resnet,
    "SANConfig": _san,
    "WideResNetConfig": _wide_resnet,
    "RAMConfig": _ram,
    "STCNNConfig": _st_cnn,
}


_SIZES = {
    *("img_size", "patch_size", "embed_dim", "num_heads", "mlp_ratio", "width", "mlp_ratios"),
    *("num_classes", "norm_eps", "init_values", "drop_path_rate"),
}


def _kind(name: str) -> str:
    """What a small variant is, but for sizes and other numbers."""
    entry = CATALOG[name]
    changes = dict(entry.changes)
    own = {**changes, **FAMILIES[entry.config](changes)}
    scaled = changes.get("init_values") is not None
    rest = sorted((key, repr(value)) for key, value in own.items() if key not in _SIZES)
    return f"{entry.config} {scaled} {rest}"


def _parameters(name: str) -> int:
    return CATALOG[name].parameters


# The smallest model of each kind.
KINDS = set(
    {_kind(name): name for name in sorted(CLASSIFIERS, key=_parameters, reverse=True)}.values()
)
# All models, of which a plain run takes one of each kind.
MODELS = [
    pytest.param(name, marks=() if name in KINDS else pytest.mark.slow) for name in CLASSIFIERS
]


def small(name: str, **changes: object) -> Classifier:
    """Make a small variant of a model: five classes, one or two blocks a stage, eval mode."""
    entry = CATALOG[name]
    fewer = FAMILIES[entry.config](dict(entry.changes))
    return build(name, **{**fewer, "num_classes": 5, **changes}).eval()
