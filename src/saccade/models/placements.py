"""Which mechanism sits where in the residual networks of the papers: the rules, as data.

| network | where | source |
|---|---|---|
| SE-ResNet, SE-ResNeXt, SENet | on the branch of every block, before the sum | arXiv:1709.01507 |
| non-local, 5 blocks | after blocks 1, 3 of res3 and 1, 3, 5 of res4 | arXiv:1711.07971, 4.1 |
| non-local, 10 blocks | after every block of res3 and res4 | arXiv:1711.07971, table 2c |
| non-local, 101 layers | after blocks 1, 3 of res3 and 6, 13, 20 of res4 | the authors' code |
| stand-alone self-attention | for the 3x3 of every block | arXiv:1906.05909 |
| local relation | for the 3x3 of every block | arXiv:1904.11491 |
| attention augmentation | for the 3x3 of every block of the last three stages | arXiv:1904.09925 |

Stages count from 1 (res2 of the papers is stage 1), blocks from 0.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from saccade.attention.augmented_conv import attention_channels
from saccade.models.resnet_config import ResNetConfig

Blocks = tuple[tuple[int, int], ...]
# Non-local blocks; res3 and res4 are the stages 2 and 3.
NON_LOCAL: Mapping[str, Blocks] = MappingProxyType(
    {
        "resnet50_5": ((2, 1), (2, 3), (3, 1), (3, 3), (3, 5)),
        "resnet50_10": tuple((2, b) for b in range(4)) + tuple((3, b) for b in range(6)),
        "resnet101_5": ((2, 1), (2, 3), (3, 6), (3, 13), (3, 20)),
    }
)
LARGE = 28  # positions a side from which augmented convolutions pool what attention sees


def options_at(config: ResNetConfig, stage: int, channels: int) -> dict[str, Any]:
    """Complete the options of a network's mechanism by what depends on the stage.

    Attention-augmented convolutions take their channels from the ratios `kappa` and `upsilon`, and
    their tables from the size of the map; on maps of 28x28 and more attention works on a pooled
    map.

    Args:
        config: of the network.
        stage: counted from 1.
        channels: of the layer's output.
    """
    options = dict(config.attention_options)
    if config.attention != "augmented_conv":
        return options
    ratios = {key: options.pop(key) for key in ("kappa", "upsilon", "min_head") if key in options}
    heads = options.setdefault("heads", 8)
    keys, values = attention_channels(channels, heads=heads, **ratios)
    size = config.size(stage)
    pool = options.setdefault("pool", min(size) >= LARGE)
    if pool:
        size = (-(-size[0] // 2), -(-size[1] // 2))
    return {"key_channels": keys, "value_channels": max(values, heads), "size": size, **options}
