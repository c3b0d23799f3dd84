"""Names of weights in torchvision's vision transformers; its residual networks have ours.

Source: github.com/pytorch/vision, `torchvision.models.vision_transformer`. Files from before
torchvision 0.14 call the two dense layers of a block `mlp.linear_1` and `mlp.linear_2`.
"""

from saccade.checkpoints.mapping import Layout, Rule

_BLOCK, _OURS = "encoder.layers.encoder_layer_{i}", "blocks.{i}"

VIT = Layout(
    "torchvision",
    (
        Rule("class_token", "cls_token"),
        Rule("encoder.pos_embedding", "pos_embed"),
        Rule("conv_proj.{p}", "patch_embed.proj.{p}"),
        Rule(f"{_BLOCK}.ln_{{k}}.{{p}}", f"{_OURS}.norm{{k}}.{{p}}"),
        Rule(f"{_BLOCK}.self_attention.in_proj_{{p}}", f"{_OURS}.attn.qkv.{{p}}"),
        Rule(f"{_BLOCK}.self_attention.out_proj.{{p}}", f"{_OURS}.attn.proj.{{p}}"),
        Rule(f"{_BLOCK}.mlp.0.{{p}}", f"{_OURS}.mlp.fc1.{{p}}"),
        Rule(f"{_BLOCK}.mlp.3.{{p}}", f"{_OURS}.mlp.fc2.{{p}}"),
        Rule(f"{_BLOCK}.mlp.linear_{{k}}.{{p}}", f"{_OURS}.mlp.fc{{k}}.{{p}}"),
        Rule("encoder.ln.{p}", "norm.{p}"),
        Rule("heads.pre_logits.{p}", "pre_logits.fc.{p}"),
        Rule("heads.head.{p}", "head.{p}"),
    ),
)
