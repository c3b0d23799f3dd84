"""What the tokens of a model are: special ones first, then the patches of a grid, row by row."""

from dataclasses import dataclass

from saccade.errors import ShapeError


@dataclass(frozen=True, slots=True)
class TokenLayout:
    """The order of tokens in a sequence, and where each lies on the image.

    Any module that has an attribute `layout` of this type can be recorded and shown.

    Args:
        prefix: names of the tokens before the patches, such as ("cls",).
        grid: patches as (rows, columns).
        patch: pixels of one patch as (height, width).
    """

    prefix: tuple[str, ...]
    grid: tuple[int, int]
    patch: tuple[int, int]

    @property
    def tokens(self) -> int:
        """How many tokens a sequence has."""
        return len(self.prefix) + self.grid[0] * self.grid[1]

    @property
    def img_size(self) -> tuple[int, int]:
        """The size in pixels (height, width) of the image that the grid covers."""
        return self.grid[0] * self.patch[0], self.grid[1] * self.patch[1]

    def token_at(self, x: float, y: float) -> int:
        """Give the token whose patch covers the point (x, y), in pixels of the model's image.

        Raises:
            ShapeError: the point lies outside the image.
        """
        height, width = self.img_size
        if not (0 <= y < height and 0 <= x < width):
            raise ShapeError(
                f"a point inside the model's {width}x{height} image",
                f"({x:g}, {y:g})",
                "a point of the picture that the crop kept",
            )
        row, column = int(y // self.patch[0]), int(x // self.patch[1])
        return len(self.prefix) + row * self.grid[1] + column

    def to_dict(self) -> dict[str, list[str] | list[int]]:
        """The layout as plain JSON."""
        return {"prefix": list(self.prefix), "grid": list(self.grid), "patch": list(self.patch)}
