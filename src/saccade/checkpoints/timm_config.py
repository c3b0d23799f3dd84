"""timm's config.json: the name of a model and how its pictures are prepared, read and written."""

from collections.abc import Mapping
from typing import Any

from saccade.checkpoints.source import About
from saccade.checkpoints.timm_args import timm_fields
from saccade.models import options_of
from saccade.models.catalog import CATALOG

_CROPS = {"center": "center", "squash": "squash", "border": "pad"}


def about_timm(config: Mapping[str, Any]) -> About:
    """Read what a config.json of timm says.

    Args:
        config: the JSON; `architecture` names the model, with its tag or without.

    Raises:
        CheckpointError: the model was built with a keyword that no network here understands.
    """
    name = str(config["architecture"]).split(".")[0]
    pixels = config.get("pretrained_cfg") or {}
    fields: dict[str, object] = {}
    if name in CATALOG.names():
        known = options_of(name)
        pool = config.get("global_pool")
        told = {**(config.get("model_args") or {}), **({"global_pool": pool} if pool else {})}
        fields = timm_fields(name, told)
        size = pixels.get("input_size")
        if size is not None and "img_size" in known:
            fields.setdefault("img_size", tuple(int(side) for side in size[1:]))
        classes = config.get("num_classes", pixels.get("num_classes"))
        if classes is not None:
            fields["num_classes"] = int(classes)
    return About(
        model=name,
        config=fields,
        classes=_labels(config.get("label_names") or pixels.get("label_names")),
        preprocessing=pixels_of(pixels),
    )


def pixels_of(values: Mapping[str, Any]) -> dict[str, object]:
    """Turn timm's `pretrained_cfg` into our preprocessing; what is missing stays open."""
    found: dict[str, object] = {}
    if values.get("input_size"):
        found["img_size"] = [int(side) for side in values["input_size"][1:]]
    for name in ("crop_pct", "interpolation"):
        if values.get(name) in (None, "random"):
            continue
        found[name] = values[name]
    for name in ("mean", "std"):
        if values.get(name) is not None:
            found[name] = [float(value) for value in values[name]]
    if values.get("crop_mode") in _CROPS:
        found["crop_mode"] = _CROPS[values["crop_mode"]]
    return found


def timm_config(
    model: str,
    config: Mapping[str, Any],
    classes: tuple[str, ...],
    pixels: Mapping[str, Any],
) -> dict[str, object]:
    """Write a config.json that timm can load a folder by.

    Args:
        model: name in the catalogue.
        config: fields of the model's config.
        classes: their names.
        pixels: our preprocessing.
    """
    height, width = config["img_size"]
    crops = {ours: theirs for theirs, ours in _CROPS.items()}
    told: dict[str, object] = {
        "architecture": model,
        "num_classes": config["num_classes"],
        "global_pool": config.get("global_pool"),
        "model_args": {"img_size": [height, width], "in_chans": config["in_chans"]},
        "pretrained_cfg": {
            "custom_load": False,
            "input_size": [config["in_chans"], height, width],
            "num_classes": config["num_classes"],
            "crop_mode": crops.get(str(pixels.get("crop_mode")), "center"),
            **{key: pixels[key] for key in ("interpolation", "crop_pct") if key in pixels},
            **{key: list(pixels[key]) for key in ("mean", "std") if key in pixels},
        },
    }
    if told["global_pool"] is None:
        del told["global_pool"]
    if classes:
        told["label_names"] = list(classes)
    return told


def _labels(names: object) -> tuple[str, ...]:
    return tuple(str(name) for name in names) if isinstance(names, list) else ()
