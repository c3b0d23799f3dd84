"""Optimizers, which parameters they decay, and which of them learn slowly or not at all.

Source: AdamW by Loshchilov, Hutter, "Decoupled Weight Decay Regularization", ICLR 2019,
arXiv:1711.05101; SGD as in Dosovitskiy et al., arXiv:2010.11929, section 4.1, with momentum that
looks not ahead; what is not decayed follows Touvron et al., arXiv:2012.12877, and its code; rates
that fall from layer to layer follow Bao et al., "BEiT", arXiv:2106.08254, and its code.
Differs: the distillation token is not decayed either.
"""

import re
from typing import Any, Literal, cast

import torch
from torch import Tensor, nn

from saccade.attention.spatial_transformer import localisation_groups
from saccade.training.lamb import Lamb

_SPECIAL = ("pos_embed", "cls_token", "dist_token", "reg_token", "mask_token")
_BLOCK = re.compile(
    r"(?:model\.|module\.)*"
    r"(blocks\.\d+|(?:stages|layers)\.\d+\.blocks\.\d+|(?:layer|block)\d+\.\d+)\."
)
_HEADS = ("head", "head_dist")


def decays(name: str, parameter: Tensor) -> bool:
    """Tell whether a parameter is decayed: biases, norms, positions, special tokens are not."""
    return parameter.dim() > 1 and not _is_special(name)


def layer_ids(model: nn.Module) -> dict[str, int]:
    """Number the layers: 0 what stands before the blocks, then the blocks, last what follows them.

    What stands between two blocks, such as the smaller map of the next stage, belongs to the next
    one, and a norm called "norm" to the last one. Positions and tokens are in layer 0. A model
    without blocks is one layer.

    Args:
        model: whose blocks are called as in timm's families, itself or below "model".

    Returns:
        The layer of each parameter, by name.
    """
    names = [name for name, _ in model.named_parameters()]
    blocks = list(dict.fromkeys(m[1] for m in map(_BLOCK.match, names) if m))
    found: dict[str, int] = {}
    done = 0
    for name in names:
        match = _BLOCK.match(name)
        done = blocks.index(match[1]) + 1 if match else done
        found[name] = _layer(name, inside=match is not None, done=done, count=len(blocks))
    return found


def _layer(name: str, *, inside: bool, done: int, count: int) -> int:
    """Give the layer of a parameter, after `done` of `count` blocks began."""
    if count == 0 or _is_special(name):
        return 0
    if inside or (done == count and re.match(r"(?:model\.|module\.)*norm\.", name)):
        return done
    return done + 1 if done else 0


def _is_special(name: str) -> bool:
    return any(part.startswith(_SPECIAL) for part in name.split("."))


def parameter_groups(
    model: nn.Module,
    weight_decay: float,
    *,
    layer_decay: float = 1.0,
    localisation_factor: float = 1.0,
) -> list[dict[str, Any]]:
    """Sort the trainable parameters into groups of one weight decay and one rate.

    Args:
        model: whose parameters to sort.
        weight_decay: of the matrices.
        layer_decay: factor of the rate from each layer to the one before it, above 0 to 1.
        localisation_factor: rate of the localisation networks of spatial transformers over that of
            everything else, above 0.

    Returns:
        Groups as torch's optimizers take them; where a factor is not 1, each with an "lr_scale" by
        which its rate is to be multiplied.
    """
    layers = layer_ids(model) if layer_decay != 1 else {}
    last = max(layers.values(), default=0)
    slow = _localising(model) if localisation_factor != 1 else set()
    groups: dict[tuple[int, bool, bool], dict[str, Any]] = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        layer, decayed = layers.get(name, 0), decays(name, parameter)
        key = layer, id(parameter) in slow, not decayed
        if key not in groups:
            groups[key] = {"params": [], "weight_decay": weight_decay if decayed else 0.0}
            if layers or slow:
                scale = layer_decay ** (last - layer) if layers else 1.0
                groups[key]["lr_scale"] = scale * (localisation_factor if key[1] else 1.0)
        groups[key]["params"].append(parameter)
    return [groups[key] for key in sorted(groups)]


def _localising(model: nn.Module) -> set[int]:
    """Identify the parameters of the localisation networks."""
    _, second = localisation_groups(model, 1.0)
    return {id(parameter) for parameter in cast("list[Tensor]", second["params"])}


def make_optimizer(
    model: nn.Module,
    *,
    opt: Literal["adamw", "sgd", "lamb"] = "adamw",
    lr: float,
    weight_decay: float,
    momentum: float = 0.9,
    layer_decay: float = 1.0,
    localisation_factor: float = 1.0,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float | None = None,
) -> torch.optim.Optimizer:
    """Make an optimizer; AdamW and SGD are fused into one kernel where the device has it.

    Args:
        model: already on its device; parameters that need no gradient are left alone.
        opt: "adamw", "sgd" with momentum, or "lamb".
        lr: learning rate; the loop sets it anew before each step.
        weight_decay: of the matrices.
        momentum: of SGD.
        layer_decay: factor of the rate from each layer to the one before it, above 0 to 1.
        localisation_factor: rate of the localisation networks of spatial transformers over that of
            everything else, above 0.
        betas: of AdamW and LAMB.
        eps: of AdamW and LAMB; 1e-8 and 1e-6 when None.
    """
    groups = parameter_groups(
        model, weight_decay, layer_decay=layer_decay, localisation_factor=localisation_factor
    )
    fused = {parameter.device.type for parameter in model.parameters()} <= {"cpu", "cuda"}
    if opt == "sgd":
        return torch.optim.SGD(groups, lr=lr, momentum=momentum, fused=fused)
    if opt == "lamb":
        return Lamb(groups, lr=lr, betas=betas, eps=1e-6 if eps is None else eps)
    small = 1e-8 if eps is None else eps
    return torch.optim.AdamW(groups, lr=lr, betas=betas, eps=small, fused=fused)


def freeze(model: nn.Module, part: Literal["none", "backbone"]) -> None:
    """Let only the head of a model learn, or everything.

    Args:
        model: with its last layer in `head`, and in `head_dist` where there are two.
        part: what is not to learn.
    """
    heads = [getattr(model, name) for name in _HEADS if hasattr(model, name)]
    learning = {id(value) for head in heads for value in head.parameters()}
    for value in model.parameters():
        value.requires_grad_(part == "none" or id(value) in learning)


def rest(model: nn.Module) -> None:
    """Put every module that learns nothing into evaluation mode; frozen norms stay as they are.

    To be called after `model.train()`.
    """
    for module in model.modules():
        if not any(value.requires_grad for value in module.parameters()):
            module.eval()
