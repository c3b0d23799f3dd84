"""Names of weights in timm's two families of residual networks.

Ours are those of timm's and torchvision's `resnet`: `layer1.0.se.fc1.weight`, `fc.weight`. Networks
that were released for Caffe and later ported to torch, which timm calls `legacy_se...`, have names
of their own: `layer0.conv1`, `layer1.0.se_module.fc1`, `last_linear`.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

_Names = tuple[tuple[str, str], ...]
# How names begin: legacy, ours. A stem of three convolutions is one sequence in ours.
_STEM: _Names = (
    ("layer0.conv1.", "conv1."),
    ("layer0.bn1.", "bn1."),
    ("last_linear.", "fc."),
)
_DEEP_STEM: _Names = (
    ("layer0.conv1.", "conv1.0."),
    ("layer0.bn1.", "conv1.1."),
    ("layer0.conv2.", "conv1.3."),
    ("layer0.bn2.", "conv1.4."),
    ("layer0.conv3.", "conv1.6."),
    ("layer0.bn3.", "bn1."),
    ("last_linear.", "fc."),
)
_GATE = (".se_module.", ".se.")


def from_legacy(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Give weights of a legacy network our names; other weights stay as they are.

    Files from before torch 0.4.1 do not count the batches of their norms; they are given a zero.

    Args:
        state: weights by name.
    """
    if "layer0.conv1.weight" not in state:
        return dict(state)
    names = _DEEP_STEM if "layer0.conv2.weight" in state else _STEM
    found = {_renamed(name, names).replace(*_GATE): value for name, value in state.items()}
    for name in [name for name in found if name.endswith(".running_var")]:
        count = name.removesuffix("running_var") + "num_batches_tracked"
        found.setdefault(count, torch.tensor(0))
    return found


def to_legacy(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Give weights of one of our networks the names of the legacy one.

    Args:
        state: weights by name.
    """
    names = _DEEP_STEM if "conv1.0.weight" in state else _STEM
    back = tuple((ours, legacy) for legacy, ours in names)
    gate, own = _GATE
    return {_renamed(name, back).replace(own, gate): value for name, value in state.items()}


def _renamed(name: str, names: _Names) -> str:
    for start, other in names:
        if name.startswith(start):
            return other + name.removeprefix(start)
    return name
