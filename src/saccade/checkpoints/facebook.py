"""Names of weights in files of Facebook Research that differ from timm's: DeiT III and DINOv2.

Sources: github.com/facebookresearch/deit and dinov2. DeiT, DINO and MAE have timm's names, which
are ours; what wraps them (`model`, `teacher`, `module.backbone.`) is taken off when they are read.
"""

from saccade.checkpoints.huggingface_layouts import FoldedClass
from saccade.checkpoints.mapping import Layout, Rule

_REST = Rule("{x}", "{x}")

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
