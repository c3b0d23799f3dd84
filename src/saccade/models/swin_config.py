"""What makes a Swin transformer: its sizes and choices, under timm's keywords."""

from dataclasses import dataclass
from typing import Literal, cast, get_args

from saccade.errors import ConfigError
from saccade.layers.canvas import Canvas, Fit, canvas_of
from saccade.layers.patches import grid_of, pair
from saccade.layers.tokens import TokenLayout
from saccade.layers.windows import Filling, Size

Windows = Literal["timm", "torchvision", "hf"]
_BOUNDARIES: dict[str, Filling] = {"timm": "late", "torchvision": "whole", "hf": "zero"}
_RATES = ("drop_rate", "proj_drop_rate", "attn_drop_rate", "drop_path_rate")


@dataclass(frozen=True, kw_only=True, slots=True)
class SwinConfig:
    """Everything that makes a Swin transformer; saved beside its weights.

    Args:
        img_size: side in pixels, or (height, width); a multiple of the patch unless
            `img_fit` says otherwise.
        patch_size: side of a patch in pixels, or (height, width).
        img_fit: what becomes of images that the patch does not divide: an "error", or "pad" or
            "crop" them; see `canvas_of`.
        in_chans: channels of the image.
        num_classes: outputs of the head; 0 leaves the head out.
        embed_dim: features of the first stage; each further stage has twice as many.
        depths: blocks of each stage; each stage but the first halves the map.
        num_heads: attention heads of each stage.
        window_size: side of a window in positions, its (rows, columns), or one of either for each
            stage. Two numbers are (rows, columns).
        ref_img_size: the size of the images that `window_size` is for, when windows shall grow
            with the image; windows have their size whatever the image when None.
        windows: what becomes of maps that are no multiple of their windows. "timm" shrinks
            windows to the map, along each side, and fills up with zeros after the shift;
            "torchvision" never shrinks them and fills up before the shift; "hf", as the authors,
            shrinks both sides to the smaller one of the map, leaves out the shift then, and fills
            up before the shift. All agree where windows fit.
        mlp_ratio: hidden units of the perceptron over the features.
        qkv_bias: give the attention's input projections a bias.
        norm_eps: added to the variance in the norms.
        drop_rate: dropout before the head, 0-1.
        proj_drop_rate: dropout after the dense layers but the qkv projection, 0-1.
        attn_drop_rate: dropout of the attention weights, 0-1.
        drop_path_rate: stochastic depth of the last block; it grows linearly from 0 at the first.
    """

    img_size: int | Size = 224
    patch_size: int | Size = 4
    img_fit: Fit = "error"
    in_chans: int = 3
    num_classes: int = 1000
    embed_dim: int = 96
    depths: tuple[int, ...] = (2, 2, 6, 2)
    num_heads: tuple[int, ...] = (3, 6, 12, 24)
    window_size: int | Size | tuple[int | Size, ...] = 7
    ref_img_size: int | Size | None = None
    windows: Windows = "timm"
    mlp_ratio: float = 4.0
    qkv_bias: bool = True
    norm_eps: float = 1e-5
    drop_rate: float = 0.0
    proj_drop_rate: float = 0.0
    attn_drop_rate: float = 0.0
    drop_path_rate: float = 0.1

    def __post_init__(self) -> None:
        for name in ("img_size", "patch_size"):
            object.__setattr__(self, name, pair(getattr(self, name)))
        for name in ("depths", "num_heads"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if self.ref_img_size is not None:
            object.__setattr__(self, "ref_img_size", pair(self.ref_img_size))
            grid_of(pair(self.ref_img_size), pair(self.patch_size))
        self._check_stages()
        self._check_numbers()
        object.__setattr__(self, "window_size", _by_stage(self.window_size, len(self.depths)))
        canvas_of(self.image, pair(self.patch_size), self.img_fit)

    def _check_stages(self) -> None:
        if not self.depths or min(self.depths) < 1 or len(self.num_heads) != len(self.depths):
            raise ConfigError(
                "depths of at least 1, and as many num_heads",
                f"{self.depths} and {self.num_heads}",
                "depths=(2, 2, 6, 2), num_heads=(3, 6, 12, 24)",
            )
        for stage, heads in enumerate(self.num_heads):
            if heads < 1 or self.width(stage) % heads:
                raise ConfigError(
                    f"num_heads that divide the {self.width(stage)} features of stage {stage}",
                    str(heads),
                    f"num_heads={tuple(2**number for number in range(len(self.depths)))}",
                )

    def _check_numbers(self) -> None:
        for name in ("in_chans", "embed_dim", "mlp_ratio", "norm_eps"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"a positive {name}", str(getattr(self, name)), f"{name}=1")
        if self.num_classes < 0:
            raise ConfigError("num_classes of at least 0", str(self.num_classes), "num_classes=10")
        for name in _RATES:
            if not 0.0 <= getattr(self, name) < 1.0:
                raise ConfigError(f"{name} in [0, 1)", str(getattr(self, name)), f"{name}=0.1")
        if self.windows not in get_args(Windows):
            raise ConfigError(
                f"windows out of {', '.join(get_args(Windows))}",
                repr(self.windows),
                "windows='timm'",
            )

    @property
    def image(self) -> Size:
        """Image size in pixels (height, width)."""
        return pair(self.img_size)

    @property
    def canvas(self) -> Canvas:
        """What of an image is cut into patches."""
        return canvas_of(self.image, pair(self.patch_size), self.img_fit)

    @property
    def boundary(self) -> Filling:
        """How the attention fills up windows that stick out of a map."""
        return _BOUNDARIES[self.windows]

    @property
    def layout(self) -> TokenLayout:
        """The positions of the last stage; there are no other tokens."""
        last = len(self.depths) - 1
        height, width = pair(self.patch_size)
        return TokenLayout((), self.grid(last), (height * 2**last, width * 2**last))

    def width(self, stage: int) -> int:
        """Features of a stage, counted from 0."""
        return self.embed_dim * 2**stage

    def grid(self, stage: int) -> Size:
        """Rows and columns of the map of a stage, counted from 0; halves are rounded up."""
        rows, columns = grid_of(self.canvas.size, pair(self.patch_size))
        return -(-rows // 2**stage), -(-columns // 2**stage)

    def cut(self, stage: int, block: int) -> tuple[Size, Size]:
        """Give the window and the shift of a block of a stage, both counted from 0."""
        grid, window = self.grid(stage), self._window(stage)
        shift = (window[0] // 2, window[1] // 2) if block % 2 else (0, 0)
        if self.windows == "torchvision":
            return window, shift
        small = tuple(side <= part for side, part in zip(grid, window, strict=True))
        if self.windows == "hf" and any(small):
            side = min(*grid, *window)
            return (side, side), (0, 0)
        window = (min(grid[0], window[0]), min(grid[1], window[1]))
        return window, (0 if small[0] else shift[0], 0 if small[1] else shift[1])

    def drop_path(self, stage: int, block: int) -> float:
        """Stochastic depth of a block of a stage, both counted from 0."""
        index = sum(self.depths[:stage]) + block
        return self.drop_path_rate * index / max(sum(self.depths) - 1, 1)

    def _window(self, stage: int) -> Size:
        """The window of a stage for images of this size, whatever the map."""
        window = cast("tuple[Size, ...]", self.window_size)[stage]
        if self.ref_img_size is None:
            return window
        old = grid_of(pair(self.ref_img_size), pair(self.patch_size))
        new = self.grid(0)
        return max(1, window[0] * new[0] // old[0]), max(1, window[1] * new[1] // old[1])


def _by_stage(window_size: int | Size | tuple[int | Size, ...], stages: int) -> tuple[Size, ...]:
    """Give one window (rows, columns) for each stage."""
    if isinstance(window_size, int):
        windows: list[Size] = [(window_size, window_size)] * stages
    elif len(window_size) == 2 and all(isinstance(side, int) for side in window_size):
        windows = [pair(cast("Size", window_size))] * stages
    else:
        windows = [pair(side) for side in window_size]
    if len(windows) != stages or min(min(window) for window in windows) < 1:
        raise ConfigError(
            f"one positive window_size, or {stages} of them", str(window_size), "window_size=7"
        )
    return tuple(windows)
