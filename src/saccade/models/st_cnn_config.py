"""What makes a small convolutional network for digits, with a spatial transformer before it or not.

Source: Jaderberg, Simonyan, Zisserman, Kavukcuoglu, "Spatial Transformer Networks", NeurIPS 2015,
arXiv:1506.02025, section 4.1 and appendix A.4.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from saccade.errors import ConfigError
from saccade.layers.patches import pair
from saccade.layers.tokens import TokenLayout

Before = Literal["none", "attention", "affine", "projective", "thin_plate"]
Outside = Literal["zeros", "border", "reflection"]
_PAIRS = ("filters", "kernel_sizes", "loc_filters", "loc_kernel_sizes")


@dataclass(frozen=True, kw_only=True, slots=True)
class STCNNConfig:
    """Everything that makes a CNN or an ST-CNN; saved beside its weights.

    Two stages of a convolution without padding, 2x2 max pooling and ReLU, then linear layers. The
    localisation network of the spatial transformer has the same form.

    Args:
        img_size: side in pixels, or (height, width).
        in_chans: channels of the image.
        num_classes: outputs of the last layer; 0 leaves it out.
        warp: family of the spatial transformer before the first convolution; "none" for a plain
            CNN, "thin_plate" has 4 x 4 control points.
        pool: side of the fields over which its output is averaged, so that it is smaller.
        filters: of the two convolutions.
        kernel_sizes: their sides in positions.
        hidden: units of a linear layer before the last one; 0 has none.
        drop_rate: dropout of the last map's channels, and of the hidden units, 0-1.
        ceil_mode: pool the last row and column of an odd map, too; otherwise they are left out.
        loc_pool: side of the fields over which the image is averaged for the localisation.
        loc_filters: of the localisation's two convolutions.
        loc_kernel_sizes: their sides in positions.
        loc_hidden: units of the localisation's hidden layer.
        padding_mode: what is outside of the image: "zeros", "border" or "reflection". Pixels are
            normalised, so zero is grey and not black.
        align_corners: as in `SpatialTransformer`.
    """

    img_size: int | tuple[int, int] = 28
    in_chans: int = 1
    num_classes: int = 10
    warp: Before = "none"
    pool: int = 1
    filters: tuple[int, int] = (64, 64)
    kernel_sizes: tuple[int, int] = (9, 7)
    hidden: int = 0
    drop_rate: float = 0.0
    ceil_mode: bool = True
    loc_pool: int = 2
    loc_filters: tuple[int, int] = (20, 20)
    loc_kernel_sizes: tuple[int, int] = (5, 5)
    loc_hidden: int = 20
    padding_mode: Outside = "border"
    align_corners: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "img_size", pair(self.img_size))
        for name in _PAIRS:
            object.__setattr__(self, name, tuple(getattr(self, name)))
            if len(getattr(self, name)) != 2 or min(getattr(self, name)) < 1:
                raise ConfigError(f"{name} as two numbers above 0", str(getattr(self, name)))
        self._check_numbers()
        for name, allowed in (("warp", Before), ("padding_mode", Outside)):
            if getattr(self, name) not in get_args(allowed):
                words = ", ".join(get_args(allowed))
                raise ConfigError(f"{name} as one of {words}", repr(getattr(self, name)))
        self._check_room()

    @property
    def image(self) -> tuple[int, int]:
        """Image size in pixels (height, width)."""
        return pair(self.img_size)

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of the last map."""
        height, width = self._last(self.pool if self.warp != "none" else 1, self.kernel_sizes)
        return height, width

    @property
    def loc_grid(self) -> tuple[int, int]:
        """Rows and columns of the localisation's last map."""
        height, width = self._last(self.loc_pool, self.loc_kernel_sizes)
        return height, width

    @property
    def layout(self) -> TokenLayout:
        """The positions of the last map; there are no other tokens."""
        (height, width), (rows, columns) = self.image, self.grid
        return TokenLayout((), (rows, columns), (height // rows, width // columns))

    def _last(self, pool: int, kernels: tuple[int, int]) -> tuple[int, int]:
        """Size of the map after averaging, and two convolutions with max pooling."""
        sides = []
        for side in self.image:
            left = side // pool
            for kernel in kernels:
                left = (left - kernel + 1 + self.ceil_mode) // 2
            sides.append(left)
        return sides[0], sides[1]

    def _check_numbers(self) -> None:
        for name in ("in_chans", "pool", "loc_pool", "loc_hidden"):
            if getattr(self, name) < 1:
                raise ConfigError(f"a positive {name}", str(getattr(self, name)), f"{name}=1")
        for name in ("num_classes", "hidden"):
            if getattr(self, name) < 0:
                raise ConfigError(f"{name} of at least 0", str(getattr(self, name)), f"{name}=0")
        if not 0 <= self.drop_rate < 1:
            raise ConfigError("drop_rate from 0 to below 1", str(self.drop_rate), "drop_rate=0.5")

    def _check_room(self) -> None:
        found = {"kernel_sizes": self.grid}
        if self.warp != "none":
            found["loc_kernel_sizes"] = self.loc_grid
        for name, grid in found.items():
            if min(grid) < 1:
                raise ConfigError(
                    f"images that leave a position after convolutions of {getattr(self, name)}",
                    "x".join(str(side) for side in self.image),
                    f"img_size=28, or smaller {name}",
                )
