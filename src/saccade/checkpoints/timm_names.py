"""Names of weights in timm's two families of residual networks.

Ours are those of timm's and torchvision's `resnet`: `layer1.0.se.fc1.weight`, `fc.weight`. Networks
that were released for Caffe and later ported to torch, which timm calls `legacy_se...`, have names
of their own: `layer0.conv1`, `layer1.0.se_module.fc1`, `last_linear`.
"""

from saccade.checkpoints.mapping import Layout, Rule

_REST = (
    Rule("last_linear.{x}", "fc.{x}"),
    Rule("layer{i}.{j}.se_module.{x}", "layer{i}.{j}.se.{x}"),
    Rule("{x}", "{x}"),
)
LEGACY = Layout(
    "timm's legacy networks",
    (
        Rule("layer0.conv1.{x}", "conv1.{x}"),
        Rule("layer0.bn1.{x}", "bn1.{x}"),
        *_REST,
    ),
)
# A stem of three convolutions is one sequence in ours.
LEGACY_DEEP = Layout(
    "timm's legacy networks",
    (
        Rule("layer0.conv1.{x}", "conv1.0.{x}"),
        Rule("layer0.bn1.{x}", "conv1.1.{x}"),
        Rule("layer0.conv2.{x}", "conv1.3.{x}"),
        Rule("layer0.bn2.{x}", "conv1.4.{x}"),
        Rule("layer0.conv3.{x}", "conv1.6.{x}"),
        Rule("layer0.bn3.{x}", "bn1.{x}"),
        *_REST,
    ),
)
