"""Names of weights in PyTorch's "Spatial Transformer Networks Tutorial".

Source: docs.pytorch.org, intermediate/spatial_transformer_tutorial. Pooling and ReLU count among
the layers there, so the convolutions are 0 and 3, the linear layers 0 and 2.
"""

from saccade.checkpoints.mapping import Layout, Rule

SPATIAL_TRANSFORMER = Layout(
    "pytorch_tutorials",
    (
        Rule("localization.0.{p}", "transformer.localisation.blocks.0.conv.{p}"),
        Rule("localization.3.{p}", "transformer.localisation.blocks.1.conv.{p}"),
        Rule("fc_loc.0.{p}", "transformer.localisation.fc1.{p}"),
        Rule("fc_loc.2.{p}", "transformer.localisation.fc2.{p}"),
        Rule("conv1.{p}", "blocks.0.conv.{p}"),
        Rule("conv2.{p}", "blocks.1.conv.{p}"),
        Rule("fc1.{p}", "hidden.{p}"),
        Rule("fc2.{p}", "head.{p}"),
    ),
)
