"""Each classifier of the catalogue made small: the same kind of network on a grid of 2x3."""

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


FAMILIES = {
    "ViTConfig": _vit,
    "ResNetConfig": _resnet,
    "SANConfig": _san,
    "WideResNetConfig": _wide_resnet,
}


def small(name: str, **changes: object) -> Classifier:
    """Make a small variant of a model: five classes, one or two blocks a stage, eval mode."""
    entry = CATALOG[name]
    fewer = FAMILIES[entry.config](dict(entry.changes))
    return build(name, **{**fewer, "num_classes": 5, **changes}).eval()
