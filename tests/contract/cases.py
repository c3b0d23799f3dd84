"""The smallest honest arguments for every mechanism; the contract runs over these."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from saccade.attention import MECHANISMS


@dataclass(frozen=True, kw_only=True)
class Case:
    """One way to call one mechanism.

    Args:
        mechanism: its name in `MECHANISMS`.
        sizes: what its constructor needs.
        inputs: argument name to shape; the first axis is the image.
        map: the sizes of the map's axes by name, in order.
        mask: shape of the mask whose last axis is the keys; None if there is no mask.
        sums_to_one: whether the rows of the map over its last axis do.
        features: which axis of the inputs holds the features; 1 for feature maps (b c h w).
        slack: how many roundings of half precision the output may be off.
        silent: parameters without influence on the output, such as what a softmax takes away.
    """

    mechanism: str
    sizes: Mapping[str, object]
    inputs: Mapping[str, tuple[int, ...]]
    map: Mapping[str, int]
    mask: tuple[int, ...] | None = None
    sums_to_one: bool = True
    features: int = -1
    slack: float = 8.0
    silent: tuple[str, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return "-".join([self.mechanism, *self.inputs, *map(str, self.options.values())])

    def make(self, dtype: torch.dtype = torch.float32) -> nn.Module:
        """The mechanism with seeded weights, none of which is zero."""
        generator = torch.Generator().manual_seed(1)
        module = MECHANISMS[self.mechanism](**self.sizes, **self.options)
        for parameter in module.parameters():
            parameter.data.normal_(std=0.5, generator=generator)
        return module.to(dtype).eval()

    def draw(self, dtype: torch.dtype = torch.float32) -> dict[str, Tensor]:
        """Seeded inputs by argument name."""
        generator = torch.Generator().manual_seed(2)
        return {
            name: torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)
            for name, shape in self.inputs.items()
        }


CASES = (
    Case(
        mechanism="multi_head",
        sizes={"width": 4, "heads": 2},
        inputs={"query": (2, 3, 4)},
        map={"b": 2, "heads": 2, "i": 3, "j": 3},
        mask=(2, 3, 3),
    ),
    Case(
        mechanism="multi_head",
        sizes={"width": 4, "heads": 2},
        options={"qkv_bias": False},
        inputs={"query": (2, 2, 4), "memory": (2, 3, 4)},
        map={"b": 2, "heads": 2, "i": 2, "j": 3},
        mask=(2, 3),
    ),
    Case(
        mechanism="additive",
        sizes={"query_size": 3, "memory_size": 4, "hidden": 5},
        inputs={"query": (2, 2, 3), "memory": (2, 3, 4)},
        map={"b": 2, "i": 2, "j": 3},
        mask=(2, 2, 3),
    ),
)
