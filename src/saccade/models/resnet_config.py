"""What makes a residual network: its sizes, its stem, and where attention sits in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, get_args

from saccade.attention.create import ROLES, Role
from saccade.errors import ConfigError
from saccade.layers.patches import pair

STEMS = ("conv7", "deep", "conv3", "attention", "local_relation")


@dataclass(frozen=True, kw_only=True, slots=True)
class ResNetConfig:
    """Everything that makes a residual network; saved beside its weights.

    Args:
        img_size: side in pixels, or (height, width). Any size works; it is what pictures are cut
            to, and what tables of positions are made for.
        in_chans: channels of the image.
        num_classes: outputs of the last layer; 0 leaves it out.
        block: "basic" (two 3x3) or "bottleneck" (1x1, 3x3, 1x1).
        layers: blocks of each stage.
        widths: channels inside of the blocks of each stage.
        outputs: channels of each stage's output; widths, times 4 in bottlenecks, when None.
        cardinality: groups of the 3x3 convolutions of bottlenecks.
        base_width: channels of one group, where widths[0] is 64.
        stem: "conv7" and max-pool, "deep" (three 3x3) and max-pool, "conv3" alone for small
            pictures, "attention" (stand-alone self-attention) or "local_relation".
        stem_chs: channels of the stem; "deep" has twice as many, "conv3" those of stage 1.
        down_kernel_size: of the convolution beside the first block of a stage.
        caffe: as the models released for Caffe: a bottleneck without groups has its stride at the
            first 1x1, and the first pooling rounds up instead of padding. Basic blocks get a ReLU
            more, as in timm's legacy networks of 18 and 34 layers.
        reduce_first: how many times narrower the first 1x1 of a bottleneck is.
        drop_rate: dropout before the last layer while training, 0-1.
        attention: name of a mechanism, or None.
        attention_role: "conv", "branch", "after" or "before"; the mechanism's own when None.
        attention_stages: stages that have it, counted from 1.
        attention_blocks: pairs (stage, block) that have it, block counted from 0; by the role when
            None: every block for "conv" and "branch", the last of a stage for "after", its first
            for "before".
        attention_conv: which 3x3 of a basic block it replaces, 1 or 2; bottlenecks have one.
        attention_options: keyword arguments of the mechanism.

    Raises:
        ConfigError: an option is unknown, or two of them do not go together.
    """

    img_size: int | tuple[int, int] = 224
    in_chans: int = 3
    num_classes: int = 1000
    block: str = "bottleneck"
    layers: tuple[int, ...] = (3, 4, 6, 3)
    widths: tuple[int, ...] = (64, 128, 256, 512)
    outputs: tuple[int, ...] | None = None
    cardinality: int = 1
    base_width: int = 64
    stem: str = "conv7"
    stem_chs: int = 64
    down_kernel_size: int = 1
    caffe: bool = False
    reduce_first: int = 1
    drop_rate: float = 0.0
    attention: str | None = None
    attention_role: str | None = None
    attention_stages: tuple[int, ...] = (4,)
    attention_blocks: tuple[tuple[int, int], ...] | None = None
    attention_conv: int = 2
    attention_options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "img_size", pair(self.img_size))
        for name in ("layers", "widths", "outputs", "attention_stages"):
            value = getattr(self, name)
            object.__setattr__(self, name, None if value is None else tuple(value))
        if self.attention_blocks is not None:
            blocks = tuple((int(s), int(b)) for s, b in self.attention_blocks)
            object.__setattr__(self, "attention_blocks", blocks)
        options = {
            key: tuple(value) if isinstance(value, list) else value
            for key, value in self.attention_options.items()
        }
        object.__setattr__(self, "attention_options", options)
        self._check_sizes()
        if self.attention is not None:
            self._check_attention()

    @property
    def image(self) -> tuple[int, int]:
        """Image size in pixels (height, width)."""
        return pair(self.img_size)

    @property
    def role(self) -> str | None:
        """Where the mechanism stands in a block."""
        if self.attention is None:
            return None
        return self.attention_role or ROLES[self.attention]

    @property
    def stem_stride(self) -> int:
        """How many pixels a side one position of the first stage covers."""
        return 1 if self.stem == "conv3" else 4

    @property
    def stem_output(self) -> int:
        """Channels of the stem's output."""
        if self.stem == "conv3":
            return self.widths[0]
        return self.stem_chs * (2 if self.stem == "deep" else 1)

    def output(self, stage: int) -> int:
        """Channels of the output of a stage, counted from 1."""
        if self.outputs is not None:
            return self.outputs[stage - 1]
        return self.widths[stage - 1] * (4 if self.block == "bottleneck" else 1)

    def inner(self, width: int) -> int:
        """Channels of the 3x3 in a bottleneck of some width: `cardinality` groups."""
        return width * self.base_width // 64 * self.cardinality

    def size(self, stage: int) -> tuple[int, int]:
        """Rows and columns of the map of a stage, counted from 1."""
        height, width = (self._side(side, stage) for side in self.image)
        return height, width

    def _side(self, pixels: int, stage: int) -> int:
        if self.caffe and self.stem_stride > 1:
            half = -(-pixels // 2)
            return -(-max(-(-(half - 1) // 2), 1) // 2 ** (stage - 1))
        return -(-pixels // (self.stem_stride * 2 ** (stage - 1)))

    def attends(self, stage: int, block: int) -> bool:
        """Whether a block has the mechanism; stages count from 1, blocks from 0."""
        if self.attention is None:
            return False
        if self.attention_blocks is not None:
            return (stage, block) in self.attention_blocks
        edge = {"after": self.layers[stage - 1] - 1, "before": 0}.get(self.role or "", block)
        return stage in self.attention_stages and block == edge

    def _check_sizes(self) -> None:
        if self.block not in ("basic", "bottleneck"):
            raise ConfigError("block basic or bottleneck", repr(self.block), "block='bottleneck'")
        if self.stem not in STEMS:
            raise ConfigError(f"stem out of {', '.join(STEMS)}", repr(self.stem), "stem='conv7'")
        lengths = {len(self.layers), len(self.widths), len(self.outputs or self.widths)}
        if len(lengths) > 1 or min(self.layers, default=0) < 1:
            raise ConfigError(
                "as many layers as widths, each at least 1",
                f"{self.layers} and {self.widths}",
                "layers=(3, 4, 6, 3)",
            )
        if self.block == "basic" and (self.cardinality > 1 or self.reduce_first > 1):
            raise ConfigError("bottlenecks for groups", "basic blocks", "block='bottleneck'")
        self._check_numbers()
        self._check_groups()

    def _check_numbers(self) -> None:
        numbers = ("in_chans", "cardinality", "base_width", "down_kernel_size", "reduce_first")
        for name in (*numbers, "stem_chs"):
            if getattr(self, name) < 1:
                raise ConfigError(f"a positive {name}", str(getattr(self, name)), f"{name}=1")
        if min(self.image) < 1 or min(*self.widths, *(self.outputs or (1,))) < 1:
            got = f"img_size={self.img_size}, widths={self.widths}, outputs={self.outputs}"
            raise ConfigError("positive img_size, widths and outputs", got, "img_size=224")
        if self.num_classes < 0:
            raise ConfigError("num_classes of at least 0", str(self.num_classes), "num_classes=10")
        if not 0.0 <= self.drop_rate < 1.0:
            raise ConfigError("drop_rate in [0, 1)", str(self.drop_rate), "drop_rate=0.2")

    def _check_groups(self) -> None:
        for width in self.widths if self.block == "bottleneck" else ():
            inner = self.inner(width)
            if inner < 1 or inner // self.reduce_first % self.cardinality:
                raise ConfigError(
                    f"widths that give each of {self.cardinality} groups a channel",
                    f"width {width} with base_width={self.base_width}",
                    f"widths of {64 * self.reduce_first} and more",
                )

    def _check_attention(self) -> None:
        if self.attention not in ROLES:
            near = get_close_matches(str(self.attention), ROLES, n=2, cutoff=0.5) or list(ROLES)[:3]
            raise ConfigError(
                "an attention that can sit in a residual block",
                repr(self.attention),
                " or ".join(near),
            )
        if self.role not in get_args(Role):
            raise ConfigError(
                f"attention_role out of {', '.join(get_args(Role))}",
                repr(self.role),
                f"attention_role={ROLES[str(self.attention)]!r}",
            )
        places = self.attention_blocks
        if places is None:
            places = tuple((stage, 0) for stage in self.attention_stages)
        for stage, block in places:
            if not (1 <= stage <= len(self.layers) and 0 <= block < self.layers[stage - 1]):
                raise ConfigError(
                    f"attention in the stages 1 to {len(self.layers)} and the blocks they have",
                    f"stage {stage}, block {block}",
                    f"attention_stages=({len(self.layers)},)",
                )
        if self.attention_conv not in (1, 2):
            raise ConfigError("attention_conv 1 or 2", str(self.attention_conv), "2")
