"""Readers of tokens on a feature map: its positions are the tokens, row by row."""

from torch import Tensor, nn

from saccade.attention.additive import AdditiveAttention
from saccade.attention.multi_head import MultiHeadAttention
from saccade.attention.place import Place
from saccade.shapes import expect, expect_dtype


class OnMap(nn.Module):
    """A map (b c h w) whose positions read each other through a reader of tokens.

    The reader knows no positions: exchanging two positions of the map exchanges their answers.

    Args:
        reader: multi-head or additive attention of the map's channels.
    """

    def __init__(self, reader: MultiHeadAttention | AdditiveAttention) -> None:
        super().__init__()
        self.reader = reader

    @classmethod
    def multi_head(
        cls, channels: int, *, heads: int | None = None, qkv_bias: bool = True
    ) -> "OnMap":
        """Make one of multi-head attention.

        Args:
            channels: channels of the map.
            heads: number of heads; the largest of 8, 4, 2, 1 that divides when None.
            qkv_bias: give the input projections biases.
        """
        usual = next(m for m in (8, 4, 2, 1) if channels % m == 0)
        return cls(MultiHeadAttention(channels, heads or usual, qkv_bias=qkv_bias))

    @classmethod
    def additive(cls, channels: int, *, hidden: int | None = None) -> "OnMap":
        """Make one of additive attention.

        Args:
            channels: channels of the map.
            hidden: units of the scoring network; a quarter of the channels when None.
        """
        units = max(channels // 4, 1) if hidden is None else hidden
        return cls(AdditiveAttention(channels, channels, units))

    def forward(self, x: Tensor) -> Tensor:
        """Let every position of a map (b c h w) read all of it.

        Raises:
            ShapeError: the rank, the channels or the type is wrong.
        """
        expect(x, "b c h w", "the feature map", c=self.channels)
        expect_dtype(x, "floats", "the feature map")
        grid = (x.shape[2], x.shape[3])
        tokens = x.flatten(2).mT
        place = Place(grid, grid) if self.reader.tap.listeners else None
        if isinstance(self.reader, AdditiveAttention):
            answer = self.reader(tokens, tokens, place=place)
        else:
            answer = self.reader(tokens, place=place)
        return answer.mT.reshape(x.shape)

    @property
    def channels(self) -> int:
        """The channels of the map."""
        reader = self.reader
        if isinstance(reader, AdditiveAttention):
            return reader.key.in_features
        return reader.proj.in_features
