"""Names of weights in other libraries' Swin transformers: the authors', torchvision, transformers.

Sources: github.com/microsoft/Swin-Transformer, `models/swin_transformer.py`; github.com/pytorch/
vision, `torchvision.models.swin_transformer`; github.com/huggingface/transformers, `models/swin`.
Ours are timm's, where a stage begins with the merging of patches that all others put at the end of
the stage before. Which positions are merged in which order is the same everywhere.
"""

from saccade.checkpoints.mapping import STACK, Layout, Rule

_OURS = "layers.{i}.blocks.{j}"
_TABLE = "relative_position_bias_table"
_STAGES = 8  # torchvision counts stages and mergings together, so its rules are made one by one


def _block(theirs: str, ours: str, first: str, second: str) -> tuple[Rule, ...]:
    """Norms, table and perceptron of blocks whose attention is called as in ours.

    Args:
        theirs: template of a block.
        ours: template of the same block here.
        first: what they call the first dense layer of the perceptron.
        second: and the second one.
    """
    return (
        Rule(f"{theirs}.norm{{k}}.{{p}}", f"{ours}.norm{{k}}.{{p}}"),
        Rule(f"{theirs}.attn.{_TABLE}", f"{ours}.attn.{_TABLE}"),
        Rule(f"{theirs}.attn.qkv.{{p}}", f"{ours}.attn.qkv.{{p}}"),
        Rule(f"{theirs}.attn.proj.{{p}}", f"{ours}.attn.proj.{{p}}"),
        Rule(f"{theirs}.mlp.{first}.{{p}}", f"{ours}.mlp.fc1.{{p}}"),
        Rule(f"{theirs}.mlp.{second}.{{p}}", f"{ours}.mlp.fc2.{{p}}"),
    )


AUTHORS = Layout(
    "Swin-Transformer",
    (
        Rule("patch_embed.{a}.{p}", "patch_embed.{a}.{p}"),
        *_block(_OURS, _OURS, "fc1", "fc2"),
        Rule("layers.{i}.downsample.{a}.{p}", "layers.{i+1}.downsample.{a}.{p}"),
        Rule("norm.{p}", "norm.{p}"),
        Rule("head.{p}", "head.fc.{p}"),
    ),
    # Which pairs of positions may read each other, and which row of the table is theirs: computed.
    (f"{_OURS}.attn_mask", f"{_OURS}.attn.relative_position_index"),
)


def _torchvision_stage(stage: int) -> tuple[Rule, ...]:
    theirs = f"features.{2 * stage + 1}.{{j}}"
    merging = Rule(f"features.{2 * stage}.{{a}}.{{p}}", f"layers.{stage}.downsample.{{a}}.{{p}}")
    blocks = _block(theirs, f"layers.{stage}.blocks.{{j}}", "0", "3")
    return (merging, *blocks) if stage else blocks


TORCHVISION = Layout(
    "torchvision: Swin",
    (
        Rule("features.0.0.{p}", "patch_embed.proj.{p}"),
        Rule("features.0.2.{p}", "patch_embed.norm.{p}"),
        *(rule for stage in range(_STAGES) for rule in _torchvision_stage(stage)),
        Rule("norm.{p}", "norm.{p}"),
        Rule("head.{p}", "head.fc.{p}"),
    ),
    ("features.{i}.{j}.attn.relative_position_index",),  # computed
)

_THEIRS = "[swin.]encoder.layers.{i}.blocks.{j}"
_AROUND = (
    Rule("[swin.]embeddings.patch_embeddings.projection.{p}", "patch_embed.proj.{p}"),
    Rule("[swin.]embeddings.norm.{p}", "patch_embed.norm.{p}"),
    Rule("[swin.]encoder.layers.{i}.downsample.{a}.{p}", "layers.{i+1}.downsample.{a}.{p}"),
    Rule("[swin.]layernorm.{p}", "norm.{p}"),
    Rule("classifier.{p}", "head.fc.{p}"),
    Rule(f"{_THEIRS}.layernorm_before.{{p}}", f"{_OURS}.norm1.{{p}}"),
    Rule(f"{_THEIRS}.layernorm_after.{{p}}", f"{_OURS}.norm2.{{p}}"),
)
_IN_FILES = (
    Rule(
        tuple(f"{_THEIRS}.attention.self.{part}.{{p}}" for part in ("query", "key", "value")),
        f"{_OURS}.attn.qkv.{{p}}",
        STACK,
    ),
    Rule(f"{_THEIRS}.attention.self.{_TABLE}", f"{_OURS}.attn.{_TABLE}"),
    Rule(f"{_THEIRS}.attention.output.dense.{{p}}", f"{_OURS}.attn.proj.{{p}}"),
    Rule(f"{_THEIRS}.intermediate.dense.{{p}}", f"{_OURS}.mlp.fc1.{{p}}"),
    Rule(f"{_THEIRS}.output.dense.{{p}}", f"{_OURS}.mlp.fc2.{{p}}"),
)
_IN_MEMORY = (
    Rule(
        tuple(f"{_THEIRS}.attention.{letter}_proj.{{p}}" for letter in "qkv"),
        f"{_OURS}.attn.qkv.{{p}}",
        STACK,
    ),
    Rule(f"{_THEIRS}.attention.relative_position_bias.{_TABLE}", f"{_OURS}.attn.{_TABLE}"),
    Rule(f"{_THEIRS}.attention.o_proj.{{p}}", f"{_OURS}.attn.proj.{{p}}"),
    Rule(f"{_THEIRS}.mlp.fc1.{{p}}", f"{_OURS}.mlp.fc1.{{p}}"),
    Rule(f"{_THEIRS}.mlp.fc2.{{p}}", f"{_OURS}.mlp.fc2.{{p}}"),
)
_IGNORED = (
    f"{_THEIRS}.attention.self.relative_position_index",  # computed
    f"{_THEIRS}.attention.relative_position_bias.relative_position_index",
    "[swin.]embeddings.mask_token",  # stands for patches that are not shown, in training only
    "decoder.{i}.{p}",  # what paints such patches
)

# Both are read by either; they differ in what is written.
TRANSFORMERS = Layout("transformers: Swin", (*_AROUND, *_IN_FILES, *_IN_MEMORY), _IGNORED)
TRANSFORMERS_5 = Layout(
    "transformers 5 in memory: Swin", (*_AROUND, *_IN_MEMORY, *_IN_FILES), _IGNORED
)
