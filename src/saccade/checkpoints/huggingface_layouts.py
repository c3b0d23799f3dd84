"""Names of weights in transformers: ViT, DeiT, ViTMAE, DINOv2 with and without registers, BEiT.

Source: github.com/huggingface/transformers. Version 5 calls the parts of a model in memory
otherwise than all versions call them in files; both are read, and files are written.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from saccade.checkpoints.mapping import STACK, Layout, Rule, Sizes, Stack

_OURS = "blocks.{i}"
_QKV = ("query", "key", "value")


@dataclass(frozen=True, slots=True)
class FoldedClass:
    """A class token with a position of its own is one token that knows its place.

    Networks with registers give no position to the tokens before the patches, so the first row of
    the table goes into the class token. Written back, that row is zero.
    """

    def read(self, parts: Sequence[Tensor], sizes: Sizes) -> list[Tensor]:
        """Turn a class token and a table (1 1+n d) into both without that row."""
        token, table = parts
        return [token + table[:, :1], table[:, 1:]]

    def write(self, parts: Sequence[Tensor], sizes: Sizes) -> list[Tensor]:
        """Put a row of zeros before the table."""
        token, table = parts
        return [token, torch.cat([torch.zeros_like(token), table], dim=1)]


def _around(name: str) -> tuple[Rule, ...]:
    """What stands before and after the blocks."""
    return (
        Rule(f"[{name}.]embeddings.patch_embeddings.projection.{{p}}", "patch_embed.proj.{p}"),
        Rule(f"[{name}.]layernorm.{{p}}", "norm.{p}"),
        Rule("classifier.{p}", "head.{p}"),
    )


def _tokens(name: str) -> tuple[Rule, ...]:
    return (
        Rule(f"[{name}.]embeddings.cls_token", "cls_token"),
        Rule(f"[{name}.]embeddings.position_embeddings", "pos_embed"),
    )


def _in_files(block: str) -> tuple[Rule, ...]:
    """Attention as files have it."""
    theirs = f"{block}.attention"
    return (
        Rule(
            tuple(f"{theirs}.attention.{part}.{{p}}" for part in _QKV),
            f"{_OURS}.attn.qkv.{{p}}",
            STACK,
        ),
        Rule(f"{theirs}.output.dense.{{p}}", f"{_OURS}.attn.proj.{{p}}"),
    )


def _in_memory(block: str) -> tuple[Rule, ...]:
    """Attention as transformers 5 has it in memory."""
    theirs = f"{block}.attention"
    return (
        Rule(
            tuple(f"{theirs}.{letter}_proj.{{p}}" for letter in "qkv"),
            f"{_OURS}.attn.qkv.{{p}}",
            STACK,
        ),
        Rule(f"{theirs}.o_proj.{{p}}", f"{_OURS}.attn.proj.{{p}}"),
    )


def _vit(name: str, *, files: bool) -> tuple[Rule, ...]:
    """The blocks of a plain vision transformer."""
    block = f"[{name}.]encoder.layer.{{i}}" if files else f"[{name}.]layers.{{i}}"
    dense = (f"{block}.intermediate.dense", f"{block}.output.dense")
    dense = dense if files else (f"{block}.mlp.fc1", f"{block}.mlp.fc2")
    return (
        *(_in_files(block) if files else _in_memory(block)),
        Rule(f"{block}.layernorm_before.{{p}}", f"{_OURS}.norm1.{{p}}"),
        Rule(f"{block}.layernorm_after.{{p}}", f"{_OURS}.norm2.{{p}}"),
        Rule(f"{dense[0]}.{{p}}", f"{_OURS}.mlp.fc1.{{p}}"),
        Rule(f"{dense[1]}.{{p}}", f"{_OURS}.mlp.fc2.{{p}}"),
    )


def _dinov2(name: str, *, files: bool) -> tuple[Rule, ...]:
    """Blocks with scaled branches; a gated perceptron has its two input layers stacked in files."""
    block = f"[{name}.]encoder.layer.{{i}}"
    gate = tuple(f"{block}.mlp.{part}_proj.{{p}}" for part in ("gate", "up"))
    return (
        *(_in_files(block) if files else _in_memory(block)),
        Rule(f"{block}.norm{{k}}.{{p}}", f"{_OURS}.norm{{k}}.{{p}}"),
        Rule(f"{block}.layer_scale{{k}}.lambda1", f"{_OURS}.ls{{k}}.gamma"),
        Rule(f"{block}.mlp.fc{{k}}.{{p}}", f"{_OURS}.mlp.fc{{k}}.{{p}}"),
        Rule(f"{block}.mlp.weights_in.{{p}}", f"{_OURS}.mlp.fc1.{{p}}"),
        Rule(f"{block}.mlp.weights_out.{{p}}", f"{_OURS}.mlp.fc2.{{p}}"),
        Rule(gate, f"{_OURS}.mlp.fc1.{{p}}", Stack(2)),
        Rule(f"{block}.mlp.down_proj.{{p}}", f"{_OURS}.mlp.fc2.{{p}}"),
    )


def _beit(*, files: bool) -> tuple[Rule, ...]:
    """Blocks whose keys have no bias, with tables of relative positions."""
    block = "[beit.]encoder.layer.{i}" if files else "[beit.]layers.{i}"
    attention = f"{block}.attention.attention" if files else f"{block}.attention"
    first, third = ("query", "value") if files else ("q_proj", "v_proj")
    owner = attention if files else block
    shared = "encoder.relative_position_bias" if files else "shared_position_bias"
    table = "relative_position_bias_table"
    return (
        *_vit("beit", files=files),
        Rule(f"{attention}.{first}.bias", f"{_OURS}.attn.q_bias"),
        Rule(f"{attention}.{third}.bias", f"{_OURS}.attn.v_bias"),
        Rule(f"{owner}.relative_position_bias.{table}", f"{_OURS}.attn.{table}"),
        Rule(f"[beit.]{shared}.{table}", f"rel_pos_bias.{table}"),
        Rule(f"{block}.lambda_{{k}}", f"{_OURS}.gamma_{{k}}"),
        Rule("[beit.]pooler.layernorm.{p}", "fc_norm.{p}"),
    )


def _both(files: bool) -> str:
    return "transformers" if files else "transformers 5 in memory"


def _vits(*, files: bool) -> Layout:
    rules = (*_around("vit"), *_tokens("vit"), *_vit("vit", files=files))
    pooler = Rule("[vit.]pooler.dense.{p}", "pre_logits.fc.{p}")
    # The decoder of ViTMAE, and what it puts in place of patches that are not shown.
    ignored = ("decoder.{x}", "[vit.]embeddings.mask_token")
    return Layout(f"{_both(files)}: ViT", (*rules, pooler), ignored)


def _deits(*, files: bool) -> Layout:
    rules = (
        *_around("deit"),
        *_tokens("deit"),
        Rule("[deit.]embeddings.distillation_token", "dist_token"),
        Rule("cls_classifier.{p}", "head.{p}"),
        Rule("distillation_classifier.{p}", "head_dist.{p}"),
        *_vit("deit", files=files),
    )
    # The pooler of the bare model was never trained.
    return Layout(f"{_both(files)}: DeiT", rules, ("[deit.]pooler.{x}", "{x}.mask_token"))


def _distilled(layout: Layout) -> Layout:
    """The same table for a model with two heads, which has no plain classifier."""
    rules = tuple(rule for rule in layout.rules if rule.theirs != "classifier.{p}")
    return replace(layout, rules=rules)


def _single(layout: Layout) -> Layout:
    """The same table for a model that reads its class token alone: the other one is a register."""
    rules = tuple(
        replace(rule, ours="reg_token") if rule.ours == "dist_token" else rule
        for rule in layout.rules
        if rule.ours != "head_dist.{p}" and rule.theirs != "cls_classifier.{p}"
    )
    return replace(layout, rules=rules)


def _dinov2s(name: str, *, files: bool, gated: bool) -> Layout:
    blocks = _dinov2(name, files=files)
    if gated:  # its layers are called fc1 and fc2 in our names only
        blocks = tuple(rule for rule in blocks if not str(rule.theirs).endswith("mlp.fc{k}.{p}"))
    tokens = _tokens(name)
    if name.endswith("registers"):
        theirs, ours = (f"[{name}.]embeddings.", tuple(str(rule.ours) for rule in tokens))
        tokens = (
            Rule((f"{theirs}cls_token", f"{theirs}position_embeddings"), ours, FoldedClass()),
            Rule(f"{theirs}register_tokens", "reg_token"),
        )
    rules = (*_around(name), *tokens, *blocks)
    return Layout(f"{_both(files)}: DINOv2", rules, (f"[{name}.]embeddings.mask_token",))


VIT, VIT_5 = _vits(files=True), _vits(files=False)
DEIT, DEIT_5 = _deits(files=True), _deits(files=False)
DEIT_DISTILLED = _distilled(DEIT)
DEIT_SINGLE, DEIT_SINGLE_5 = _single(DEIT), _single(DEIT_5)
DINOV2, DINOV2_5 = (_dinov2s("dinov2", files=files, gated=False) for files in (True, False))
DINOV2_GATED = _dinov2s("dinov2", files=True, gated=True)
_REGISTERS = "dinov2_with_registers"
REGISTERS, REGISTERS_5 = (_dinov2s(_REGISTERS, files=files, gated=False) for files in (True, False))
REGISTERS_GATED = _dinov2s(_REGISTERS, files=True, gated=True)
_BEIT_IGNORED = (
    "{x}relative_position_index",
    "[beit.]embeddings.mask_token",
    "lm_head.{p}",  # guesses hidden patches
)
BEIT, BEIT_5 = (
    Layout(
        f"{_both(files)}: BEiT",
        (
            *_around("beit"),
            *_tokens("beit"),
            *_beit(files=files),
        ),
        _BEIT_IGNORED,
    )
    for files in (True, False)
)
