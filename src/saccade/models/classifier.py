"""What every image classifier here can be asked."""

from abc import ABC, abstractmethod
from typing import Any

from torch import Tensor, nn

from saccade.layers.positions import ResizeRule
from saccade.layers.tokens import TokenLayout


class Classifier(nn.Module, ABC):
    """An image classifier: three verbs, a head, and what its tokens are.

    Axes: b batch, c channels, h height, w width, n tokens, d features.
    """

    name: str = ""  # in the catalogue
    config: Any  # the frozen dataclass that it was built from
    head: nn.Module  # the last layer; a property where its weights are called otherwise

    @property
    @abstractmethod
    def layout(self) -> TokenLayout:
        """The order of the tokens and where each lies."""

    @abstractmethod
    def tokens(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into tokens (b n d)."""

    @abstractmethod
    def features(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into one vector each (b d), as the head sees it."""

    @abstractmethod
    def patch_kernel(self) -> Tensor:
        """The kernel of the first projection (d c p p)."""

    @abstractmethod
    def position_table(self) -> Tensor | None:
        """The positions of the patches (n d) without prefix tokens; None if there are none."""

    @abstractmethod
    def set_input_size(self, img_size: int | tuple[int, int], *, rule: ResizeRule = "timm") -> None:
        """Take images of another size from now on.

        Args:
            img_size: side in pixels, or (height, width).
            rule: whose convention resizes the positions.
        """

    @abstractmethod
    def reset_classifier(self, num_classes: int) -> None:
        """Start a fresh head for another number of classes; 0 leaves the head out."""

    def forward(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into logits (b classes)."""
        return self.head(self.features(images))
