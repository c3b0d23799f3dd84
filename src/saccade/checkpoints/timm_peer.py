"""The same network in timm, built from our config."""

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from torch import nn

from saccade.checkpoints.native import read
from saccade.checkpoints.peer import Peer, imported, tanh_layer
from saccade.errors import CheckpointError, ConfigError, SaccadeError
from saccade.models.catalog import CATALOG
from saccade.models.classifier import Classifier

# Fields of our configs that change nothing at use, or that the weights tell.
_NEEDLESS = ("weight_init", "zero_head", "head_bias", "pos_embed", "sincos", "eps", "pool_padding")
_SINGLE_FILES = (".safetensors", ".pth", ".pt", ".bin", ".tar")


def timm_peer(ours: Classifier, path: Path) -> Peer:
    """Make the same network in timm.

    Args:
        ours: the network as saccade read it.
        path: the file or folder that it was read from.

    Raises:
        MissingExtra: timm is not installed.
        ConfigError: timm has no such network.
        CheckpointError: it does not take the weights.
    """
    timm = imported("timm")
    name, keywords = _timm_keywords(timm, ours)

    def create(**more: object) -> Any:  # noqa: ANN401 - a network of timm, with methods of its own
        try:
            return timm.create_model(name, **keywords, **more).eval()
        except TypeError as error:
            raise ConfigError(
                f"a network that timm can make like its {name}", str(error), "--against hf"
            ) from error

    model, how = _loaded_by_timm(create, ours, path)
    head = model.get_classifier() if ours.config.num_classes else None
    head = head[0] if isinstance(head, tuple) else head  # of several, the class token's is first
    return Peer(f"timm {timm.__version__}", how, model, head, model)


def _timm_keywords(timm: ModuleType, ours: Classifier) -> tuple[str, dict[str, object]]:
    """The name of a network of timm, and what differs from its own sizes."""
    path = CATALOG[ours.name].path if ours.name in CATALOG else ""
    alike = [name for name in CATALOG if CATALOG[name].path == path]
    known = [name for name in (ours.name, *alike) if timm.is_model(name)]
    if not known:
        raise ConfigError(
            f"a network that timm has, to compare {ours.name or type(ours).__name__} with",
            "one that it has not",
            "--against hf",
        )
    usual = type(ours.config)(**CATALOG[known[0]].changes)
    mine = {field.name: getattr(ours.config, field.name) for field in dataclasses.fields(usual)}
    changed = {key: value for key, value in mine.items() if value != getattr(usual, key)}
    changed |= {"num_classes": mine["num_classes"]}
    dropped = [key for key in changed if key in _NEEDLESS or key.endswith("drop_rate")]
    if not timm.get_pretrained_cfg(known[0]).fixed_input_size:
        dropped.append("img_size")
    keywords = _translated({k: v for k, v in changed.items() if k not in dropped})
    if mine.get("global_pool", "token") != "token" and "fc_norm" in mine:
        keywords["fc_norm"] = mine["fc_norm"]  # there, what is not told depends on the pool
    return known[0], keywords


def _translated(changed: Mapping[str, Any]) -> dict[str, object]:
    found = dict(changed)
    if found.pop("representation_size", None) is not None:
        raise tanh_layer("timm")
    if "act" in found:
        found["act_layer"] = found.pop("act")
    if "norm_eps" in found:
        found["norm_layer"] = partial(nn.LayerNorm, eps=found.pop("norm_eps"))
    return found


def _loaded_by_timm(create: Callable[..., Any], ours: Classifier, path: Path) -> tuple[Any, str]:
    """Let timm read the file; where it cannot, give it our weights."""
    try:
        if path.suffix == ".npz":
            model = create()
            model.load_pretrained(str(path))
            return model, "timm read the file"
        if path.suffix in _SINGLE_FILES:
            return _overlaid(create, ours, path), "timm read the names and shapes of the file"
    except (RuntimeError, ValueError, KeyError, AttributeError, TypeError, SaccadeError):
        pass  # a format or a name that timm does not know
    model = create()
    try:
        model.load_state_dict(ours.state_dict(), strict=True)
    except RuntimeError as error:
        raise CheckpointError(
            "weights that timm takes", " ".join(str(error).split())[:200], "--against hf"
        ) from error
    return model, "timm does not read such a file; it got the weights that saccade read"


def _overlaid(create: Callable[..., Any], ours: Classifier, path: Path) -> Any:  # noqa: ANN401
    config = ours.config
    told = {
        "state_dict": read(path).state,
        "num_classes": config.num_classes,
        "input_size": (config.in_chans, *config.image),
        "custom_load": False,
    }
    return create(pretrained=True, pretrained_cfg_overlay=told)
