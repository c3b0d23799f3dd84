"""Networks within other networks: what training, or a model of pictures and texts, puts around one.

A network is known by its first layer, such as `patch_embed.proj.weight`; what stands before that
name, such as `module.backbone.`, is taken off. What lies outside is left out where it is known to
be of no use to the network, and else stays, so that loading tells of it.
"""

import re
from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

_FIRST = (
    "cls_token",
    "patch_embed.proj.weight",
    "patch_embed.backbone.stem.conv.weight",
    "patch_embed.backbone.conv.weight",
    "patch_embed1.proj.weight",
    *(
        f"{name}embeddings.patch_embeddings.projection.weight"  # of transformers
        for name in ("", "vit.", "deit.", "beit.", "dinov2.", "dinov2_with_registers.", "swin.")
    ),
    "class_token",
    "conv_proj.weight",
    "features.0.0.weight",
    "stem.conv.weight",
    "stem.proj.weight",
    "conv1.weight",
    "conv1.0.weight",
    "layer0.conv1.weight",
    "conv_in.weight",
)
# The better copy of two stands first: averaged weights, then the network that is kept in the end.
_BETTER = ("ema", "teacher", "target")
_WORSE = ("student", "momentum")
_WORD = re.compile(
    r"(?:module|_orig_mod|_fsdp_wrapped_module|model|net|network|backbone|encoder|trunk|visual|"
    r"vision_model|vision_encoder|image_encoder|vit|feature_extractor|base_encoder|base_model|"
    r"momentum_encoder|target_encoder|student|teacher|ema|ema_model|model_ema|online_encoder)\."
)
# Of no use to a network that classifies pictures.
_OUTSIDE = re.compile(
    r"(?:.*\.)?(?:(?:dino|ibot)_(?:head|loss)|projector|projection_head|predictor|prototypes|"
    r"criterion|loss|loss_fn|queue\w*|center|n_averaged|text|text_encoder|text_model|"
    r"logit_scale|logit_bias|decoder|optimizer|teacher|student|momentum_encoder)(?:\..*)?"
    r"|(?:.*\.)?head\.(?:mlp|last_layer|\d+)\..*"
    r"|(?:.*\.)?\w*metrics?\..*"
)
_HEAD = re.compile(r"(?:head|fc|classifier|linear)\.(weight|bias)")
_TOWER = "visual.trunk."  # a network of timm's in a model of open_clip
_PROJECTION = "visual.head.proj.weight"  # its last layer


def unwrap(state: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """Take a network out of what is around it.

    Args:
        state: by name.

    Returns:
        The network, and the names of what was left out. Weights that nothing is around stay whole.
    """
    prefix = _prefix(state)
    if not prefix:
        return dict(state), ()
    inner = {
        name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)
    }
    left: list[str] = []
    rivals = tuple(found for found in _prefixes(state) if found != prefix)
    for name in (name for name in state if not name.startswith(prefix)):
        if prefix.endswith(_TOWER) and name.endswith(_PROJECTION):
            inner["head.weight"] = state[name]
            inner["head.bias"] = torch.zeros(len(state[name]), dtype=state[name].dtype)
        elif name.startswith(rivals) or _OUTSIDE.fullmatch(name):
            left.append(name)
        elif _HEAD.fullmatch(_WORD.sub("", name)):
            _take_head(inner, name, state[name], left)
        else:
            inner[name] = state[name]
    return inner, tuple(left)


def _take_head(inner: dict[str, Tensor], name: str, value: Tensor, left: list[str]) -> None:
    """Give a network the head that stands beside it, unless it has one."""
    ours = "fc" if "conv1.weight" in inner else "head"
    target = f"{ours}.{name.rpartition('.')[2]}"
    if target in inner:
        left.append(name)
    else:
        inner[target] = value


def _prefix(names: Iterable[str]) -> str:
    """What stands before the names of the network; nothing where it is not wrapped."""
    found = _prefixes(names)
    return "" if not found or "" in found else min(found, key=_rank)


def _prefixes(names: Iterable[str]) -> list[str]:
    """What stands before the first layer of each network in a file."""
    known = list(names)
    found: list[str] = []
    for name in known:
        for first in _FIRST:
            prefix = name.removesuffix(first)
            if prefix == name or prefix in found or (prefix and not prefix.endswith(".")):
                continue
            plain = not _WORD.sub("", prefix)
            if plain or all(other.startswith(prefix) for other in known):
                found.append(prefix)
    return found


def _rank(prefix: str) -> tuple[int, int]:
    """How good a copy of the network is, the best first; then the one that is wrapped least."""
    good = 0 if any(word in prefix for word in _BETTER) else 1
    return 2 if any(word in prefix for word in _WORSE) else good, len(prefix)
