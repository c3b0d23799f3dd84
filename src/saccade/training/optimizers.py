"""AdamW with weight decay on the matrices only.

Source: Loshchilov, Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, arXiv:1711.05101;
what is not decayed follows Touvron et al., arXiv:2012.12877, and its code.
Differs: the distillation token is not decayed either.
"""

from typing import Any

import torch
from torch import Tensor, nn

_SPECIAL = ("pos_embed", "cls_token", "dist_token", "reg_token")


def decays(name: str, parameter: Tensor) -> bool:
    """Tell whether a parameter is decayed: biases, norms, positions, special tokens are not."""
    special = any(part.startswith(_SPECIAL) for part in name.split("."))
    return parameter.dim() > 1 and not special


def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Sort the trainable parameters into a decayed and an undecayed group."""
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    groups = [
        {"params": [p for n, p in named if decays(n, p)], "weight_decay": weight_decay},
        {"params": [p for n, p in named if not decays(n, p)], "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]


def make_optimizer(model: nn.Module, *, lr: float, weight_decay: float) -> torch.optim.AdamW:
    """Make AdamW, fused into one kernel where the device has it.

    Args:
        model: already on its device; parameters that need no gradient are left alone.
        lr: learning rate; the loop sets it anew before each step.
        weight_decay: of the matrices.
    """
    fused = {parameter.device.type for parameter in model.parameters()} <= {"cpu", "cuda"}
    return torch.optim.AdamW(parameter_groups(model, weight_decay), lr=lr, fused=fused)
