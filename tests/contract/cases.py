"""The smallest honest arguments for every mechanism; the contract runs over these."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from saccade.attention import MECHANISMS
from tests.contract.cases_gates import GATES, GLIMPSES, WARPS
from tests.contract.cases_global import GLOBAL
from tests.contract.cases_grids import GRIDS
from tests.contract.cases_local import LOCAL
from tests.contract.cases_readers import LEARNED, PLAIN


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


class Parameterless(Case):
    """A mechanism without parameters: only its inputs can get a gradient."""

    def draw(self, dtype: torch.dtype = torch.float32) -> dict[str, Tensor]:
        """Seeded inputs by argument name."""
        return {name: x.requires_grad_() for name, x in super().draw(dtype).items()}


class NearIdentity(Case):
    """A warp that stays near its start; what looks outside of the map gets no gradient."""

    def make(self, dtype: torch.dtype = torch.float32) -> nn.Module:
        """The mechanism with small weights."""
        module = super().make(dtype)
        for parameter in module.parameters():
            parameter.data.mul_(0.2)
        list(module.parameters())[-1].data.add_(module.start().to(dtype))
        return module


CASES = (
    *(Case(**case) for case in GATES),
    *(Case(**case) for case in GRIDS),
    *(Case(**case) for case in GLOBAL),
    *(Case(**case) for case in LOCAL),
    *(NearIdentity(**case) for case in WARPS),
    *(Parameterless(**case) for case in (*GLIMPSES, *PLAIN)),
    *(Case(**case) for case in LEARNED),
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
    *(
        Case(
            mechanism="local_self",
            sizes={"channels": 4, "heads": 2, "kernel_size": 3},
            options=options,
            inputs={"x": (2, 4, 3, 5)},
            map={"b": 2, "heads": 2, "i": 15, "j": 9},
            features=1,
        )
        for options in (
            {},
            {"boundary": "mask", "positions": "per_head", "stride": 2},
            {"boundary": "reflect", "positions": "none"},
        )
    ),
)
