"""Pictures that the tests of saliency look at."""

import numpy as np
import pytest
import torch
from torch import Tensor

PHOTOGRAPHS = ("china", "flower", "odd", "narrow", "tiny", "noise", "constant", "black")


def photograph(name: str) -> np.ndarray:
    """Red, green and blue, uint8 (h w 3): scikit-learn's photographs, whole and cut, and others."""
    if name == "noise":
        return np.random.default_rng(0).integers(0, 256, (61, 83, 3), dtype=np.uint8)
    if name in ("constant", "black"):
        return np.full((50, 60, 3), 77 * (name == "constant"), np.uint8)
    load = pytest.importorskip("sklearn.datasets").load_sample_image  # takes seconds
    whole = load("flower.jpg" if name in ("flower", "narrow") else "china.jpg")
    cuts = {"odd": (slice(5, 206), slice(3, 320)), "narrow": (slice(0, 300), slice(100, 133))}
    cuts["tiny"] = (slice(0, 7), slice(0, 9))
    return np.ascontiguousarray(whole[cuts.get(name, ...)])


def pixels(picture: np.ndarray) -> Tensor:
    """The same in 0-1 (1 3 h w)."""
    return torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float() / 255


def opencv(name: str, picture: np.ndarray) -> np.ndarray:
    """OpenCV's map (h w) by the name of its class."""
    cv2 = pytest.importorskip("cv2")
    method = getattr(cv2.saliency, name + "_create")()
    return method.computeSaliency(np.ascontiguousarray(picture[..., ::-1]))[1]
