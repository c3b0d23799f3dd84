"""The preprocessor_config.json of transformers: how a picture becomes the input of a model."""

import math
from collections.abc import Mapping
from typing import Any

_FILTERS = {0: "nearest", 2: "bilinear", 3: "bicubic"}
# The images of these configs have mean and std in a file beside them; what they are where it lacks.
_DEFAULT = {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}
_SQUASHED = 384  # from this side on, the processor with a crop_pct cuts nothing off


def pixels_of_processor(values: Mapping[str, Any] | None) -> dict[str, object]:
    """Turn a preprocessor_config.json into our preprocessing; empty where there is none.

    Args:
        values: the JSON.
    """
    if values is None:
        return {}
    size = values.get("size", 224)
    crop = values.get("crop_size") if values.get("do_center_crop") else None
    found: dict[str, object] = {
        "mean": list(values.get("image_mean", _DEFAULT["mean"])),
        "std": list(values.get("image_std", _DEFAULT["std"])),
        "interpolation": _FILTERS.get(int(values.get("resample", 2)), "bicubic"),
    }
    if values.get("do_normalize") is False:
        found |= {"mean": [0.0] * 3, "std": [1.0] * 3}
    if crop is None:
        return {**found, **_uncropped(size, values.get("crop_pct"))}
    cut, whole = side_lengths(crop), side_lengths(size)
    found |= {"img_size": list(cut), "crop_mode": "center"}
    found["crop_pct"] = min(1.0, min(cut) / min(whole))
    return found


def _uncropped(size: object, share: float | None) -> dict[str, object]:
    """Read a size without a crop_size.

    Args:
        size: in pixels.
        share: crop_pct of the processor of ConvNeXt, which ResNet has too.
    """
    sides = side_lengths(size)
    if share is not None and min(sides) < _SQUASHED:
        return {"img_size": list(sides), "crop_pct": float(share), "crop_mode": "center"}
    centred = share is None and "shortest_edge" in _keys(size)
    mode = "center" if centred else "squash"
    return {"img_size": list(sides), "crop_pct": 1.0, "crop_mode": mode}


def preprocessor_config(pixels: Mapping[str, Any]) -> dict[str, object]:
    """Write a preprocessor_config.json from our preprocessing."""
    codes = {name: code for code, name in _FILTERS.items()}
    height, width = pixels["img_size"]
    squashed = pixels.get("crop_mode") == "squash"
    share = float(pixels.get("crop_pct", 1.0))
    told: dict[str, object] = {
        "image_processor_type": "ViTImageProcessor",
        "do_resize": True,
        "do_rescale": True,
        "do_normalize": True,
        "rescale_factor": 1 / 255,
        "resample": codes[str(pixels.get("interpolation", "bicubic"))],
        "image_mean": list(pixels["mean"]),
        "image_std": list(pixels["std"]),
        "size": {"height": height, "width": width},
    }
    if not squashed:
        told |= {
            "image_processor_type": "BitImageProcessor",
            "size": {"shortest_edge": math.floor(min(height, width) / share)},
            "do_center_crop": True,
            "crop_size": {"height": height, "width": width},
        }
    return told


def side_lengths(size: object) -> tuple[int, int]:
    """Read (height, width) from a number, a list, or the words that transformers has for sizes.

    Args:
        size: in pixels.
    """
    if isinstance(size, Mapping):
        if "height" in size:
            return int(size["height"]), int(size["width"])
        side = next(iter(size.values()))
        return int(side), int(side)
    if isinstance(size, list | tuple):
        return int(size[0]), int(size[-1])
    return int(str(size)), int(str(size))


def _keys(size: object) -> set[str]:
    return set(size) if isinstance(size, Mapping) else set()
