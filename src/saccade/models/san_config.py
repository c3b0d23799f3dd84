"""What makes a SAN: its sizes, its windows, and how its positions are compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from saccade.attention.vector import RELATIONS, Kind
from saccade.errors import ConfigError
from saccade.layers.neighbours import Boundary
from saccade.layers.patches import pair

DEFAULT_RELATIONS: Mapping[str, str] = MappingProxyType(
    {"pairwise": "subtraction", "patchwise": "concatenation"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SANConfig:
    """Everything that makes a SAN; saved beside its weights.

    Args:
        img_size: side in pixels, or (height, width); any size works, so this is only what
            pictures are cut to.
        in_chans: channels of the image.
        num_classes: outputs of the last layer; 0 leaves it out.
        depths: blocks of each of the five stages.
        kernel_sizes: side of the windows in positions, for each stage.
        width: channels of the first stage; the others have 4, 8, 16 and 32 times as many. A
            multiple of four times `share`.
        kind: "pairwise" compares two positions at a time, "patchwise" a window as a whole.
        relation: how they are compared; "subtraction" or, patchwise, "concatenation" when None.
            Also pairwise "summation", "concatenation", "hadamard" and "dot_product", patchwise
            "star_product" and "clique_product".
        share: channels of the values that share a weight.
        boundary: what stands beyond the border of a map: "reflect", "zero" or "mask".
        positions: compare places, too; only in the pairwise kind.
    """

    img_size: int | tuple[int, int] = 224
    in_chans: int = 3
    num_classes: int = 1000
    depths: tuple[int, ...] = (2, 1, 2, 4, 1)
    kernel_sizes: tuple[int, ...] = (3, 7, 7, 7, 7)
    width: int = 64
    kind: Kind = "pairwise"
    relation: str | None = None
    share: int = 8
    boundary: Boundary = "reflect"
    positions: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "img_size", pair(self.img_size))
        for name in ("depths", "kernel_sizes"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        lengths = (len(self.depths), len(self.kernel_sizes))
        if lengths != (5, 5) or min(self.depths) < 1:
            raise ConfigError(
                "depths and kernel_sizes of five stages, each at least 1",
                f"{self.depths} and {self.kernel_sizes}",
                "depths=(2, 1, 2, 4, 1), kernel_sizes=(3, 7, 7, 7, 7)",
            )
        for name in ("in_chans", "width"):
            if getattr(self, name) < 1:
                raise ConfigError(f"a positive {name}", str(getattr(self, name)), f"{name}=1")
        if self.num_classes < 0:
            raise ConfigError("num_classes of at least 0", str(self.num_classes), "num_classes=10")
        if self.kind not in RELATIONS:
            raise ConfigError("kind pairwise or patchwise", repr(self.kind), "kind='pairwise'")
        if self.share < 1 or self.width % (4 * self.share):
            step = 4 * max(self.share, 1)
            raise ConfigError(
                f"a width that {step} (four times share) divides", str(self.width), f"width={step}"
            )

    @property
    def image(self) -> tuple[int, int]:
        """Image size in pixels (height, width)."""
        return pair(self.img_size)

    def channels(self, stage: int) -> int:
        """Channels of a stage, counted from 0."""
        return self.width * (1, 4, 8, 16, 32)[stage]
