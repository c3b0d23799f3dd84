"""What makes a video ResNet: its sizes, its kernels over time, and where it looks everywhere."""

from dataclasses import dataclass
from typing import Literal, get_args

from saccade.attention.non_local import Pool, Similarity
from saccade.errors import ConfigError

TimeKernels = Literal["c2d", "i3d"]
_CHOICES = {
    "kernels": get_args(TimeKernels),
    "similarity": get_args(Similarity),
    "pool": get_args(Pool),
    "non_local": (0, 1, 5, 10),
    "pool_padding": (0, 1),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class VideoResNetConfig:
    """Everything that makes a video ResNet; saved beside its weights.

    Args:
        in_chans: channels of a frame.
        num_classes: outputs of the last layer; 400 actions in Kinetics.
        depths: blocks of each of the four stages; (3, 4, 6, 3) is ResNet-50.
        width: channels of the stem.
        kernels: "c2d" looks at single frames and only pools over time; "i3d" covers 5 frames in
            the stem and 3 in the first convolution of all blocks of the first stage, of every
            other block of the second and third, and of every other but the first of the last.
        non_local: 0; 1, before the last block of the third stage; 5, two in the second stage and
            three in the third, evenly; 10, after every block of both. The numbers are those of
            ResNet-50; deeper networks have 1, 5, and more than 10.
        similarity: of the non-local blocks.
        pool: whether keys and values are pooled 1x2x2 "after" their projections, as in the
            paper, "before" them, as in the authors' code, or not ("none").
        scale: divide the dot products by the root of the features, as in the authors' code.
        pool_padding: pixels around the map in the first pooling, 0 or 1.
        drop_rate: dropout before the last layer, 0-1.
    """

    in_chans: int = 3
    num_classes: int = 400
    depths: tuple[int, ...] = (3, 4, 6, 3)
    width: int = 64
    kernels: TimeKernels = "c2d"
    non_local: int = 0
    similarity: Similarity = "embedded_gaussian"
    pool: Pool = "after"
    scale: bool = False
    pool_padding: int = 1
    drop_rate: float = 0.5

    def __post_init__(self) -> None:
        object.__setattr__(self, "depths", tuple(self.depths))
        if len(self.depths) != 4 or min(self.depths) < 1:
            raise ConfigError(
                "depths of four stages, each at least 1", str(self.depths), "depths=(3, 4, 6, 3)"
            )
        for name in ("in_chans", "num_classes", "width"):
            if getattr(self, name) < 1:
                raise ConfigError(f"a positive {name}", str(getattr(self, name)), f"{name}=1")
        if not 0.0 <= self.drop_rate < 1.0:
            raise ConfigError("drop_rate in [0, 1)", str(self.drop_rate), "drop_rate=0.5")
        for name, choices in _CHOICES.items():
            value = getattr(self, name)
            if value not in choices:
                listed = ", ".join(str(choice) for choice in choices)
                raise ConfigError(f"{name} out of {listed}", repr(value), repr(choices[0]))

    @property
    def stem_time(self) -> int:
        """Frames that the first convolution covers."""
        return 5 if self.kernels == "i3d" else 1

    def times(self, stage: int) -> tuple[int, ...]:
        """Frames that the first convolution of each block covers.

        Args:
            stage: 0 to 3.
        """
        depth = self.depths[stage]
        if self.kernels == "c2d":
            return (1,) * depth
        if stage == 0:
            return (3,) * depth
        return tuple(3 if index % 2 == (stage == 3) else 1 for index in range(depth))

    def non_local_places(self, stage: int) -> tuple[int, ...]:
        """Blocks that a non-local block follows, counted from 0.

        Args:
            stage: 0 to 3; only 1 and 2 have any.
        """
        depth = self.depths[stage]
        if self.non_local == 0 or stage not in (1, 2):
            return ()
        if self.non_local == 1:
            return (max(depth - 2, 0),) if stage == 2 else ()
        if self.non_local == 10:
            return tuple(range(depth))
        step = max(depth // (2 if stage == 1 else 3), 1)
        return tuple(range(step - 1, depth, step))
