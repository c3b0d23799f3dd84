"""What the weights of PVT are called in transformers."""

import re
from collections.abc import Mapping

import torch
from torch import Tensor

_PARTS = {
    "layer_norm_1": "norm1",
    "layer_norm_2": "norm2",
    "mlp.dense1": "mlp.fc1",
    "mlp.dense2": "mlp.fc2",
    "attention.self.query": "attn.q",
    "attention.self.sequence_reduction": "attn.sr",
    "attention.self.layer_norm": "attn.norm",
    "attention.output.dense": "attn.proj",
    "projection": "proj",
    "layer_norm": "norm",
}


def from_transformers(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Call the weights as the authors of PVT do; keys and values become one matrix."""
    found: dict[str, Tensor] = {}
    for name, value in state.items():
        name = name.removeprefix("pvt.")
        if ".value." in name:
            continue
        if ".key." in name:
            value = torch.cat([value, state[f"pvt.{name.replace('.key.', '.value.')}"]])
        found[_renamed(name)] = value
    return found


def _renamed(name: str) -> str:
    if name.startswith("classifier."):
        return name.replace("classifier", "head")
    if name.startswith("encoder.layer_norm."):
        return name.removeprefix("encoder.layer_")
    if name.endswith("cls_token"):
        return "cls_token"
    kind, stage, rest = re.fullmatch(r"encoder\.(\w+)\.(\d+)\.(.*)", name).groups()
    if rest == "position_embeddings":
        return f"pos_embed{int(stage) + 1}"
    rest = rest.replace("attention.self.key", "attn.kv")
    for theirs, ours in _PARTS.items():
        rest = rest.replace(theirs, ours)
    home = "patch_embed" if kind == "patch_embeddings" else "block"
    return f"{home}{int(stage) + 1}.{rest}"
