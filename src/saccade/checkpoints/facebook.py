"""Names of weights in files of Facebook Research that differ from timm's: DeiT III, DINOv2 and v3.

Sources: github.com/facebookresearch/deit, dinov2 and dinov3. DeiT, DINO, MAE and MoCo v3 have
timm's names, which are ours; what wraps them (`model`, `teacher`, `module.backbone.`) is taken off
when they are read.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from saccade.checkpoints.huggingface_layouts import FoldedClass
from saccade.checkpoints.mapping import Layout, Rule, Sizes
from saccade.errors import CheckpointError

_REST = Rule("{x}", "{x}")


@dataclass(frozen=True, slots=True)
class MaskedBias:
    """One bias for queries, keys and values, of which a mask takes the keys' away.

    Ours are the biases of queries and values alone. Keys turn with their place, so a bias of theirs
    would count; it is none in the authors' files, and refused where it is.
    """

    def read(self, parts: Sequence[Tensor], sizes: Sizes) -> list[Tensor]:
        """Turn a bias (3d), and its mask where there is one, into those of queries and values.

        Raises:
            CheckpointError: the keys have a bias.
        """
        bias = parts[0] if len(parts) == 1 else torch.where(parts[1] == 0, 0.0, parts[0])
        queries, keys, values = bias.chunk(3)
        if not keys.is_meta and bool(keys.any()):
            raise CheckpointError(
                "keys without a bias, as DINOv3 has them", "a bias of keys", "another file"
            )
        return [queries, values]

    def write(self, parts: Sequence[Tensor], sizes: Sizes) -> list[Tensor]:
        """Put zeros between the two, and a mask of ones and zeros beside them."""
        zeros, ones = torch.zeros_like(parts[0]), torch.ones_like(parts[0])
        bias = torch.cat([parts[0], zeros, parts[1]])
        return [bias, torch.cat([ones, zeros, ones])]


DEIT3 = Layout("DeiT III", (Rule("blocks.{i}.gamma_{k}", "blocks.{i}.ls{k}.gamma"), _REST))

# A gated perceptron has timm's names in ours. Blocks of the large networks may be counted within
# chunks, blocks.CHUNK.BLOCK, where BLOCK counts them all; such names are read and never written.
_BLOCKS = (
    Rule("blocks.{i}.mlp.w12.{p}", "blocks.{i}.mlp.fc1.{p}"),
    Rule("blocks.{i}.mlp.w3.{p}", "blocks.{i}.mlp.fc2.{p}"),
    Rule("blocks.{j}.{i}.mlp.w12.{p}", "blocks.{i}.mlp.fc1.{p}"),
    Rule("blocks.{j}.{i}.mlp.w3.{p}", "blocks.{i}.mlp.fc2.{p}"),
    Rule("blocks.{j}.{i}.{x}", "blocks.{i}.{x}"),
    _REST,
)
_UNGATED = tuple(rule for rule in _BLOCKS if ".w" not in str(rule.theirs))
_REGISTERS = (
    Rule(("cls_token", "pos_embed"), ("cls_token", "pos_embed"), FoldedClass()),
    Rule("register_tokens", "reg_token"),
)
_IGNORED = ("mask_token",)  # stands for patches that are not shown, in training only

DINOV2 = Layout("DINOv2", _UNGATED, _IGNORED)
DINOV2_GATED = Layout("DINOv2", _BLOCKS, _IGNORED)
DINOV2_REGISTERS = Layout("DINOv2 with registers", (*_REGISTERS, *_UNGATED), _IGNORED)
DINOV2_REGISTERS_GATED = Layout("DINOv2 with registers", (*_REGISTERS, *_BLOCKS), _IGNORED)

_QKV = "blocks.{i}.attn.qkv"
_BIASES = ("blocks.{i}.attn.q_bias", "blocks.{i}.attn.v_bias")
# Gates, values and what comes of both, as in EVA-02, whose network in ours is that of DINOv3.
_GATES = tuple(
    Rule(f"blocks.{{i}}.mlp.{theirs}.{{p}}", f"blocks.{{i}}.mlp.{ours}.{{p}}")
    for theirs, ours in (("w1", "fc1_g"), ("w2", "fc1_x"), ("w3", "fc2"))
)
_CENTRED = (
    Rule((f"{_QKV}.bias", f"{_QKV}.bias_mask"), _BIASES, MaskedBias()),
    Rule(f"{_QKV}.bias", _BIASES, MaskedBias()),
    Rule("storage_tokens", "reg_token"),
    Rule("blocks.{i}.ls{k}.gamma", "blocks.{i}.gamma_{k}"),
)
_NEEDLESS = (
    *_IGNORED,
    "rope_embed.periods",  # computed
    "local_cls_norm.{p}",  # of small cut-outs, in training only
    "projectors.{x}",  # what is compared with a teacher
)

DINOV3 = Layout("DINOv3", (*_CENTRED, _REST), _NEEDLESS)
DINOV3_GATED = Layout("DINOv3", (*_CENTRED, *_GATES, _REST), _NEEDLESS)
