"""Glimpse: sharp where one looks and coarser around it, like a retina; nothing else is read.

Source: Mnih, Heess, Graves, Kavukcuoglu, "Recurrent Models of Visual Attention", NeurIPS 2014,
arXiv:1406.6247, section 3.1 (the glimpse sensor).
Axes: b batch, c channels, h height, w width, s scales; a location is (x, y) in -1…1, (-1, -1) the
upper left corner of the image and (1, 1) the lower right one; a box is (x0, y0, x1, y1).
Cost: size²·factor^(2·(scales - 1)) numbers are read per channel at the coarsest scale, whatever the
size of the image.
Differs: the paper leaves the rounding open. A location lies in pixel floor((l + 1) / 2 · n) of an
axis with n pixels, and a patch with side a starts floor(a / 2) pixels before it.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.attention.tap import Attended, Tap
from saccade.errors import ConfigError, ShapeError
from saccade.shapes import expect, expect_dtype


def take_glimpse(
    images: Tensor, locations: Tensor, *, size: int, scales: int = 1, factor: int = 2
) -> Attended:
    """Cut concentric patches out of each image and average each of them down to one size.

    Patch number s has the side size·factor^s in pixels; what lies outside of the image is zero. The
    patches move pixel by pixel, so the output has no derivative by the locations.

    Args:
        images: (b c h w).
        locations: where to look, (x, y) in -1…1 of the image (b xy).
        size: side of every patch in the output.
        scales: number of patches.
        factor: how much larger the next patch is than the one before.

    Returns:
        The patches (b s c size size), finest first, and their boxes in -1…1 of the image (b s box);
        the part of a box beyond ±1 is outside.
    """
    return Retina(images, size=size, scales=scales, factor=factor).look(locations)


class Retina:
    """Images that are looked at again and again: what is outside of them is laid around them once.

    Args:
        images: (b c h w).
        size: side of every patch in the output.
        scales: number of patches.
        factor: how much larger the next patch is than the one before.
    """

    def __init__(self, images: Tensor, *, size: int, scales: int = 1, factor: int = 2) -> None:
        self.size, self.factor = size, factor
        self.sides = [size * factor**scale for scale in range(scales)]
        self.extent = tuple(images.shape[:1:-1])
        self.padded = F.pad(images, (self.sides[-1],) * 4)

    def look(self, locations: Tensor) -> Attended:
        """Take a glimpse of each image, as `take_glimpse` does.

        Args:
            locations: where to look, (x, y) in -1…1 of the image (b xy).
        """
        precision = torch.promote_types(locations.dtype, torch.float32)
        extent = torch.tensor(self.extent, dtype=precision, device=locations.device)
        places = ((locations.detach().to(precision) + 1) / 2 * extent).floor()
        patches, boxes = [], []
        for side in self.sides:
            corner = torch.minimum((places - side // 2).clamp_min(-side), extent)
            patch = self._crop(corner, side)
            patches.append(F.avg_pool2d(patch, side // self.size) if side > self.size else patch)
            boxes.append(torch.cat([corner, corner + side], dim=1) / extent.repeat(2) * 2 - 1)
        return Attended(torch.stack(patches, dim=1), torch.stack(boxes, dim=1))

    def _crop(self, corner: Tensor, side: int) -> Tensor:
        """Cut a patch (b c side side) with its upper left pixel (b xy) out of each image.

        Where the corner is not a number, the patch is the one beyond the upper left corner: zeros.
        """
        corner = corner.nan_to_num(nan=-side).long() + self.sides[-1]
        every = self.padded.unfold(2, side, 1).unfold(3, side, 1)  # a view: nothing is copied
        column, row = corner.unbind(1)
        return every[torch.arange(len(every), device=corner.device), :, row, column]


class Glimpse(nn.Module):
    """The glimpse sensor; it has no parameters.

    `glimpse(images, locations).flatten(1)` is the vector that the paper's glimpse network reads.

    Args:
        channels: channels c of the images; any number when None.
        size: side of every patch in the output, in pixels.
        scales: number of patches, the coarsest with side size·factor^(scales - 1).
        factor: how much larger the next patch is than the one before, a whole number.

    Raises:
        ConfigError: a size is not a positive whole number.
    """

    def __init__(
        self, channels: int | None = None, *, size: int = 8, scales: int = 1, factor: int = 2
    ) -> None:
        super().__init__()
        for name, value in (("size", size), ("scales", scales), ("factor", factor)):
            if not isinstance(value, int) or value < 1:
                raise ConfigError(f"{name} as a positive whole number", str(value), f"{name}=2")
        self.channels = channels
        self.size, self.scales, self.factor = size, scales, factor
        self.tap = Tap("b s box")

    def forward(self, images: Tensor, locations: Tensor) -> Tensor:
        """Look at one place of each image; gives the patches (b s c size size), finest first.

        Args:
            images: (b c h w).
            locations: (x, y) in -1…1 of the image (b xy); no gradient reaches them.

        Raises:
            ShapeError: a rank, a size or a number type is wrong.
        """
        sizes = {} if self.channels is None else {"c": self.channels}
        expect(images, "b c h w", "the images", **sizes)
        expect_dtype(images, "floats", "the images")
        expect(locations, "b xy", "the locations", b=images.shape[0], xy=2)
        expect_dtype(locations, "floats", "the locations")
        if min(images.shape[2:]) < 1:
            raise ShapeError("images with pixels", str(tuple(images.shape)), "h and w above 0")
        patches, boxes = take_glimpse(
            images, locations, size=self.size, scales=self.scales, factor=self.factor
        )
        self.tap(boxes)
        return patches

    def extra_repr(self) -> str:
        """Show the sizes."""
        return f"size={self.size}, scales={self.scales}, factor={self.factor}"
