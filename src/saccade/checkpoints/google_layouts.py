"""Names and shapes in Google's npz files: vision transformers, hybrids, Mixers and BiT networks.

Sources: github.com/google-research/vision_transformer (`vit_jax`), its successor
github.com/google-research/big_vision, and github.com/google-research/big_transfer. In `vit_jax`
the numbers in the names count all parts of a block, in big_vision those of a kind.
Ours are timm's names.
"""

from saccade.checkpoints.flax import (
    ALONG_CHANNELS,
    FROM_HEADS,
    KV,
    QKV,
    SQUEEZED,
    TO_HEADS,
)
from saccade.checkpoints.mapping import KERNEL, SAME, TRANSPOSE, Change, Layout, Reshape, Rule

_POSITIONS = (  # in the order of their age
    "Transformer/posembed_input/pos_embedding",
    "Transformer/pos_embedding",
    "pos_embedding",
)


def _dense(theirs: str, ours: str, kernel: Change = TRANSPOSE) -> tuple[Rule, ...]:
    return (
        Rule(f"{theirs}/kernel", f"{ours}.weight", kernel),
        Rule(f"{theirs}/bias", f"{ours}.bias"),
    )


def _norm(theirs: str, ours: str, change: Change = SAME) -> tuple[Rule, ...]:
    return (
        Rule(f"{theirs}/scale", f"{ours}.weight", change),
        Rule(f"{theirs}/bias", f"{ours}.bias", change),
    )


def _out(theirs: str, ours: str) -> tuple[Rule, ...]:
    return _dense(f"{theirs}/out", ours, FROM_HEADS)


def _together(theirs: str, parts: tuple[str, ...], ours: str, change: Change) -> tuple[Rule, ...]:
    return tuple(
        Rule(tuple(f"{theirs}/{part}/{end}" for part in parts), f"{ours}.{own}", change)
        for end, own in (("kernel", "weight"), ("bias", "bias"))
    )


def _block(attention: str, second_norm: str, perceptron: str) -> tuple[Rule, ...]:
    theirs, ours = "Transformer/encoderblock_{i}", "blocks.{i}"
    return (
        *_norm(f"{theirs}/LayerNorm_0", f"{ours}.norm1"),
        *_together(f"{theirs}/{attention}", ("query", "key", "value"), f"{ours}.attn.qkv", QKV),
        *_out(f"{theirs}/{attention}", f"{ours}.attn.proj"),
        *_norm(f"{theirs}/{second_norm}", f"{ours}.norm2"),
        *_dense(f"{theirs}/{perceptron}/Dense_0", f"{ours}.mlp.fc1"),
        *_dense(f"{theirs}/{perceptron}/Dense_1", f"{ours}.mlp.fc2"),
    )


_POOL = "MAPHead_0"  # pools by attention of one learned query
_AROUND = (
    Rule("cls", "cls_token"),
    *_dense("embedding", "patch_embed.proj", KERNEL),
    *_norm("Transformer/encoder_norm", "norm"),
    Rule(f"{_POOL}/probe", "attn_pool.latent"),
    *_together(f"{_POOL}/MultiHeadDotProductAttention_0", ("query",), "attn_pool.q", TO_HEADS),
    *_together(f"{_POOL}/MultiHeadDotProductAttention_0", ("key", "value"), "attn_pool.kv", KV),
    *_out(f"{_POOL}/MultiHeadDotProductAttention_0", "attn_pool.proj"),
    *_norm(f"{_POOL}/LayerNorm_0", "attn_pool.norm"),
    *_dense(f"{_POOL}/MlpBlock_0/Dense_0", "attn_pool.mlp.fc1"),
    *_dense(f"{_POOL}/MlpBlock_0/Dense_1", "attn_pool.mlp.fc2"),
    *_dense("pre_logits", "pre_logits.fc"),
    *_dense("head", "head"),
)
_UNIT, _OUR_UNIT = "block{i+1}/unit{j+1}", "patch_embed.backbone.stages.{i}.blocks.{j}"


def _convolved(theirs: str, ours: str, numbered: str) -> tuple[Rule, ...]:
    """A standardised convolution, which has no bias, and its group norm."""
    return (
        Rule(f"{theirs}/conv{numbered}/kernel", f"{ours}.weight", KERNEL),
        *_norm(f"{theirs}/gn{numbered}", ours.replace("conv", "norm"), ALONG_CHANNELS),
    )


def _root(ours: str) -> tuple[Rule, ...]:
    return (
        Rule("conv_root/kernel", f"{ours}.conv.weight", KERNEL),
        *_norm("gn_root", f"{ours}.norm", ALONG_CHANNELS),
    )


_BACKBONE = (
    *_root("patch_embed.backbone.stem"),
    *_convolved(_UNIT, f"{_OUR_UNIT}.conv1", "1"),
    *_convolved(_UNIT, f"{_OUR_UNIT}.conv2", "2"),
    *_convolved(_UNIT, f"{_OUR_UNIT}.conv3", "3"),
    *_convolved(_UNIT, f"{_OUR_UNIT}.downsample.conv", "_proj"),
)


def _transformer(
    name: str, block: tuple[str, str, str], positions: tuple[str, ...], *, stem_only: bool
) -> Layout:
    stem = _root("patch_embed.backbone") if stem_only else _BACKBONE
    tables = tuple(Rule(theirs, "pos_embed") for theirs in positions)
    return Layout(name, (*_AROUND, *tables, *stem, *_block(*block)))


_OLD = ("MultiHeadDotProductAttention_1", "LayerNorm_2", "MlpBlock_3")
_NEW = ("MultiHeadDotProductAttention_0", "LayerNorm_1", "MlpBlock_0")
VIT_JAX = _transformer("Google's vit_jax", _OLD, _POSITIONS, stem_only=False)
VIT_JAX_STEM = _transformer("Google's vit_jax", _OLD, _POSITIONS, stem_only=True)
BIG_VISION = _transformer("Google's big_vision", _NEW, _POSITIONS[::-1], stem_only=False)
BIG_VISION_STEM = _transformer("Google's big_vision", _NEW, _POSITIONS[::-1], stem_only=True)


def _mixing(theirs: tuple[str, str], ours: tuple[str, str]) -> tuple[Rule, ...]:
    return tuple(
        rule
        for part, own in zip(theirs, ours, strict=True)
        for number in (0, 1)
        for rule in _dense(f"{part}/Dense_{number}", f"{own}.fc{number + 1}")
    )


_OUR_MIXING = ("blocks.{i}.mlp_tokens", "blocks.{i}.mlp_channels")
MIXER = Layout(
    "Google's Mixer",
    (
        *_dense("stem", "stem.proj", KERNEL),
        *_dense("embedding", "stem.proj", KERNEL),
        *_norm("MixerBlock_{i}/LayerNorm_0", "blocks.{i}.norm1"),
        *_norm("MixerBlock_{i}/LayerNorm_1", "blocks.{i}.norm2"),
        *_mixing(("MixerBlock_{i}/token_mixing", "MixerBlock_{i}/channel_mixing"), _OUR_MIXING),
        *_norm("pre_head_layer_norm", "norm"),
        *_dense("head", "head"),
    ),
)


def _phases(theirs: str, ours: str) -> tuple[Rule, ...]:
    return tuple(
        Rule(f"{theirs}/{part}{number}", f"{ours}.fc{number}.{own}", SQUEEZED)
        for number in (1, 2)
        for part, own in (("kernel", "weight"), ("bias", "bias"))
    )


_OLD_MIXER = "Mixer/encoderblock_{i}"
MIXER_OLD = Layout(
    "Google's first Mixer",
    (
        *_dense("embedding", "stem.proj", KERNEL),
        *_norm(f"{_OLD_MIXER}/LayerNorm_0", "blocks.{i}.norm1"),
        *_norm(f"{_OLD_MIXER}/LayerNorm_1", "blocks.{i}.norm2"),
        *_norm(f"{_OLD_MIXER}/LayerNorm_2", "blocks.{i}.norm2"),
        *_phases(f"{_OLD_MIXER}/token_mixing_phase_0", _OUR_MIXING[0]),
        *_phases(f"{_OLD_MIXER}/channel_mixing_phase_0", _OUR_MIXING[1]),
        *_norm("Mixer/encoder_norm", "norm"),
        *_dense("head", "head"),
    ),
)


def _affine(theirs: str, ours: str) -> tuple[Rule, ...]:
    return (
        Rule(f"{theirs}/group_norm/gamma", f"{ours}.weight", Reshape((-1,), (-1,))),
        Rule(f"{theirs}/group_norm/beta", f"{ours}.bias", Reshape((-1,), (-1,))),
    )


_SHARED = "standardized_conv2d/kernel"
_BIT_UNIT, _OUR_BIT_UNIT = "resnet/block{i+1}/unit{j+1}", "stages.{i}.blocks.{j}"
BIT = Layout(
    "Google's BiT",
    (
        Rule(f"resnet/root_block/{_SHARED}", "stem.conv.weight", KERNEL),
        *(
            rule
            for letter, number in (("a", 1), ("b", 2), ("c", 3))
            for rule in (
                Rule(
                    f"{_BIT_UNIT}/{letter}/{_SHARED}",
                    f"{_OUR_BIT_UNIT}.conv{number}.weight",
                    KERNEL,
                ),
                *_affine(f"{_BIT_UNIT}/{letter}", f"{_OUR_BIT_UNIT}.norm{number}"),
            )
        ),
        Rule(f"{_BIT_UNIT}/a/proj/{_SHARED}", f"{_OUR_BIT_UNIT}.downsample.conv.weight", KERNEL),
        *_affine("resnet", "norm"),
        Rule("resnet/head/conv2d/kernel", "head.fc.weight", KERNEL),
        Rule("resnet/head/conv2d/bias", "head.fc.bias"),
    ),
)
