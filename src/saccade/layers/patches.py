"""Cut an image into patch tokens and back.

Source: Dosovitskiy et al., arXiv:2010.11929, eq. 1. Patches are taken row by row; inside a patch
the pixels are flattened as (row, column, channel).
Axes: b batch, c channels, h height, w width, n patches, d features, p patch side.
"""

from einops import rearrange
from torch import Tensor, nn

from saccade.errors import ConfigError
from saccade.shapes import expect


def pair(side: int | tuple[int, int] | str) -> tuple[int, int]:
    """Read one side as a square, or keep (height, width); text such as "256x192" says either.

    Raises:
        ConfigError: it is neither.
    """
    if isinstance(side, int):
        return side, side
    if isinstance(side, str):
        parts = tuple(side.split("x"))
        side = parts * 2 if len(parts) == 1 else parts  # type: ignore[assignment]
    try:
        height, width = (int(part) for part in side)
    except (TypeError, ValueError) as error:
        raise ConfigError("a side or (height, width) in pixels", repr(side), "(96, 128)") from error
    return height, width


def split_patches(images: Tensor, patch: tuple[int, int]) -> Tensor:
    """Cut images into flat patches: (b c h w) to (b n p·p·c).

    Raises:
        ConfigError: the image cannot be cut into whole patches.
    """
    expect(images, "b c h w", "the images")
    grid_of((images.shape[2], images.shape[3]), patch)
    pattern = "b c (h ph) (w pw) -> b (h w) (ph pw c)"
    return rearrange(images, pattern, ph=patch[0], pw=patch[1])


def join_patches(tokens: Tensor, patch: tuple[int, int], grid: tuple[int, int]) -> Tensor:
    """Put flat patches back together: (b n p·p·c) to (b c h w)."""
    expect(tokens, "b n d", "the patches", n=grid[0] * grid[1])
    pattern = "b (h w) (ph pw c) -> b c (h ph) (w pw)"
    return rearrange(tokens, pattern, h=grid[0], ph=patch[0], pw=patch[1])


def grid_of(img_size: tuple[int, int], patch: tuple[int, int]) -> tuple[int, int]:
    """Give the grid (rows, columns) of whole patches that covers an image (height, width).

    Raises:
        ConfigError: a side is not divisible; the nearest valid sizes are named. Or the patch has
            no pixels.
    """
    for side, step in zip(img_size, patch, strict=True):
        if step < 1:
            raise ConfigError("a patch side of at least 1 pixel", str(step), "patch_size=16")
        if side < step or side % step:
            raise ConfigError(
                f"an image side divisible by the patch side {step}",
                f"{img_size[0]}x{img_size[1]}",
                " or ".join(_nearest(img_size, patch)),
            )
    return img_size[0] // patch[0], img_size[1] // patch[1]


def _nearest(img_size: tuple[int, int], patch: tuple[int, int]) -> list[str]:
    """Name the sizes just below and above that can be cut; sides that fit stay."""
    pairs = list(zip(img_size, patch, strict=True))
    down = [max(side // step, 1) * step for side, step in pairs]
    up = [-(-side // step) * step for side, step in pairs]
    found = []
    for height, width in (down, up):
        square = height == width and img_size[0] == img_size[1]
        found.append(f"{height}" if square else f"{height}x{width}")
    return list(dict.fromkeys(found))


class PatchEmbedding(nn.Module):
    """Project each patch linearly: (b c h w) to (b n d).

    Written as a strided convolution whose kernel is the projection matrix E of eq. 1; the bias is
    not in the equation but in all released code and checkpoints, except those of CLIP.
    """

    def __init__(
        self, in_chans: int, embed_dim: int, patch: tuple[int, int], *, bias: bool = True
    ) -> None:
        super().__init__()
        self.proj = nn.Conv2d(in_chans, embed_dim, kernel_size=patch, stride=patch, bias=bias)

    def forward(self, images: Tensor) -> Tensor:
        """Embed every patch."""
        return self.proj(images).flatten(2).transpose(1, 2)
