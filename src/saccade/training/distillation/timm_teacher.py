"""A teacher of timm's, such as the RegNetY that taught DeiT."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from statistics import fmean
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from saccade.checkpoints.native import read
from saccade.checkpoints.peer import imported
from saccade.checkpoints.timm_config import pixels_of
from saccade.data.transforms import Preprocessing
from saccade.errors import CheckpointError, ConfigError
from saccade.training.randomness import own_randomness

PREFIX = "timm:"


@dataclass(frozen=True, kw_only=True, slots=True)
class FromTimm:
    """A network of timm with its weights.

    Args:
        name: that it has there.
        network: the network.
        preprocessing: its own.
        classes: names of its outputs; empty where timm has none.
    """

    name: str
    network: nn.Module
    preprocessing: Preprocessing
    classes: tuple[str, ...]


def timm_teacher(source: str) -> FromTimm:
    """Make a network of timm with pretrained weights.

    Args:
        source: "timm:NAME" with the weights that timm knows for it, or "timm:NAME@FILE".

    Raises:
        MissingExtra: timm is not installed.
        ConfigError: timm has no network of that name.
        CheckpointError: its weights cannot be had, or do not fit.
    """
    name, _, file = source.removeprefix(PREFIX).partition("@")
    timm = imported("timm")
    _check_name(timm, name)
    state = read(file).state if file else None
    sizes = {} if state is None else _sizes(timm.get_pretrained_cfg(name), state)
    with own_randomness(0, torch.device("cpu")):  # it draws weights before it reads others
        if state is None:
            network = _pretrained(timm, name)
        else:
            network = _filled(timm.create_model(name, **sizes), state, source)
    return FromTimm(
        name=name,
        network=network,
        preprocessing=_prepared(timm.data.resolve_model_data_config(network), sizes),
        classes=_classes(timm, network),
    )


def _check_name(timm: ModuleType, name: str) -> None:
    plain = name.split(".")[0]
    if name.startswith("hf-hub:") or timm.is_model(plain):
        return
    near = get_close_matches(plain, timm.list_models(), n=3)
    raise ConfigError(
        "timm: and the name of a network of timm", repr(name), " or ".join(near) or "regnety_160"
    )


def _pretrained(timm: ModuleType, name: str) -> Any:  # noqa: ANN401 - a network of timm
    try:
        return timm.create_model(name, pretrained=True)
    except Exception as error:  # a network, a cache or a file: timm lets all of them through
        why = " ".join(str(error).split())[:100] or type(error).__name__
        raise CheckpointError(
            f"pretrained weights of timm for {name}", why, f"{PREFIX}{name}@FILE with a weight file"
        ) from error


def _sizes(entry: object, state: Mapping[str, Tensor]) -> dict[str, int]:
    """Read off the weights of a file how many classes and channels they are for."""
    layers = (("num_classes", "classifier", 0), ("in_chans", "first_conv", 1))
    found = {option: _size(state, getattr(entry, name, None), i) for option, name, i in layers}
    return {option: size for option, size in found.items() if size is not None}


def _filled(network: Any, state: Mapping[str, Tensor], source: str) -> Any:  # noqa: ANN401
    try:
        network.load_state_dict(state, strict=True)
    except RuntimeError as error:
        name, _, file = source.removeprefix(PREFIX).partition("@")
        raise CheckpointError(
            f"weights of timm's {name} in {file}",
            " ".join(str(error).split())[:200],
            "the name of the network that they are of",
        ) from error
    return network


def _prepared(told: Mapping[str, Any], sizes: Mapping[str, int]) -> Preprocessing:
    """Take over timm's preprocessing; a grey network has the mean of its three channels."""
    values: dict[str, Any] = {**pixels_of(told), "in_chans": int(told["input_size"][0])}
    if sizes.get("in_chans", 3) == 1:
        values["in_chans"] = 1
        values |= {key: [fmean(values[key])] for key in ("mean", "std")}
    return Preprocessing.from_dict(values)


def _size(state: Mapping[str, Tensor], layer: object, axis: int) -> int | None:
    """Read a size off the weights of a layer; None where the file has no such layer."""
    weight = state.get(f"{layer}.weight")
    return None if weight is None or weight.dim() <= axis else int(weight.shape[axis])


def _classes(timm: ModuleType, network: nn.Module) -> tuple[str, ...]:
    """Name ImageNet's classes, by the folder and by what they are; other outputs have no names."""
    subset = timm.data.infer_imagenet_subset(network)
    if subset is None:
        return ()
    about = timm.data.ImageNetInfo(subset)
    return tuple(
        f"{about.index_to_label_name(i)}, {about.index_to_description(i)}"
        for i in range(about.num_classes())
    )
