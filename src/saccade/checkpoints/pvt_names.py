"""Names of weights in the authors' files of PVT v2.

Source: github.com/whai362/PVT, `classification/pvt_v2.py`. The authors count the parts of each kind
from 1; ours are timm's, where a stage holds all its parts. PVT v1 has the authors' names in ours.
"""

from saccade.checkpoints.mapping import Layout, Rule

_BLOCK, _OURS = "block{i+1}.{j}", "stages.{i}.blocks.{j}"

V2 = Layout(
    "PVT v2",
    (
        Rule("patch_embed1.{x}", "patch_embed.{x}"),
        Rule("patch_embed{i+1}.{x}", "stages.{i}.downsample.{x}"),
        Rule(f"{_BLOCK}.mlp.dwconv.dwconv.{{p}}", f"{_OURS}.mlp.dwconv.{{p}}"),
        Rule(f"{_BLOCK}.{{x}}", f"{_OURS}.{{x}}"),
        Rule("norm{i+1}.{p}", "stages.{i}.norm.{p}"),
        Rule("head.{p}", "head.{p}"),
    ),
)
