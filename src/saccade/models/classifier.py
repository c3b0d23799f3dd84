"""What every image classifier here can be asked."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn

from saccade.errors import ConfigError
from saccade.layers.canvas import Canvas, Fit
from saccade.layers.positions import ResizeRule
from saccade.layers.tokens import TokenLayout
from saccade.models.recompute import Block, recomputed
from saccade.shapes import expect, expect_dtype

OutputFormat = Literal["NCHW", "NLC"]
Intermediates = list[Tensor] | list[tuple[Tensor, Tensor]]


class Classifier(nn.Module, ABC):
    """An image classifier: three verbs, a head, and what its tokens are.

    Axes: b batch, c channels, h height, w width, n tokens, d features.
    """

    name: str = ""  # in the catalogue
    config: Any  # the frozen dataclass that it was built from
    head: nn.Module  # the last layer; a property where its weights are called otherwise
    grad_checkpointing: bool = False

    @property
    @abstractmethod
    def layout(self) -> TokenLayout:
        """The order of the tokens and where each lies."""

    @property
    def canvas(self) -> Canvas | None:
        """What of an image is cut into patches, and seen; None where there are no patches."""
        found: Canvas | None = getattr(self.config, "canvas", None)
        return found

    def cut(self, images: Tensor) -> Tensor:
        """Check images (b c h w), and give what of them is cut into patches.

        Raises:
            ShapeError: they have another size or number of channels than the config, or are not
                floating point numbers.
        """
        height, width = self.config.image
        expect(images, "b c h w", "the images", c=self.config.in_chans, h=height, w=width)
        expect_dtype(images, "floats", "the images")
        return images if self.canvas is None else self.canvas.cut(images)

    @property
    def steps(self) -> int:
        """How many tensors `walk` yields: one for each of `blocks` unless the family says else."""
        return len(list(self.get_submodule("blocks").children()))

    @abstractmethod
    def walk(self, images: Tensor) -> Iterator[Tensor]:
        """Yield what each block gives, or each stage of a network of stages, before the last norm.

        Args:
            images: (b c h w).

        Yields:
            Tokens (b n d), special ones first, or maps (b c h w).
        """

    def finish(self, x: Tensor) -> Tensor:
        """Apply the last norm to what `walk` yields; unchanged where the norm does not fit it."""
        return x

    def end(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into the last step of `walk`, normed, holding no other step."""
        x = images
        for step in self.walk(images):
            x = step
        return self.finish(x)

    def tokens(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into normed tokens (b n d); a map's positions row by row."""
        x = self.end(images)
        return x if x.dim() == 3 else x.flatten(2).mT

    @abstractmethod
    def features(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into one vector each (b d), as the head sees it."""

    @abstractmethod
    def patch_kernel(self) -> Tensor:
        """The kernel of the first projection (d c p p)."""

    def position_table(self) -> Tensor | None:
        """The positions of the patches (n d) without prefix tokens; None if no table holds them."""
        return None

    def set_input_size(
        self,
        img_size: int | tuple[int, int],
        *,
        rule: ResizeRule = "timm",
        img_fit: Fit | None = None,
    ) -> None:
        """Take images of another size from now on.

        Args:
            img_size: side in pixels, or (height, width).
            rule: whose convention resizes the positions, where there are some.
            img_fit: what becomes of images that the patch does not divide, "error", "pad" or
                "crop", where there are patches; as before when None.

        Raises:
            ConfigError: the model cannot take such images; the nearest sizes are named.
        """
        self.config = resized(self.config, img_size, img_fit)

    @abstractmethod
    def reset_classifier(self, num_classes: int) -> None:
        """Start a fresh head for another number of classes; 0 leaves the head out."""

    def forward(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into logits (b classes)."""
        return self.head(self.features(images))

    def set_grad_checkpointing(self, enable: bool = True) -> None:
        """Keep only the input of each block while training, and compute the rest again backward.

        Args:
            enable: whether to do so from now on.
        """
        self.grad_checkpointing = enable

    def run(self, block: Block, x: Tensor) -> Tensor:
        """Apply a block, to be computed again in the backward pass if that was asked for."""
        if self.grad_checkpointing and self.training and torch.is_grad_enabled():
            return recomputed(block, x)
        return block(x)

    def forward_intermediates(
        self,
        images: Tensor,
        *,
        indices: int | Sequence[int] | None = None,
        norm: bool = False,
        stop_early: bool = False,
        output_fmt: OutputFormat = "NCHW",
        return_prefix_tokens: bool = False,
        intermediates_only: bool = False,
    ) -> tuple[Tensor, Intermediates] | Intermediates:
        """Give what chosen blocks or stages compute, as timm's method of this name does.

        Args:
            images: (b c h w).
            indices: the last so many steps, or which ones, negative ones from the end; all when
                None. They come in the order of the network.
            norm: apply the last norm to each, where it fits.
            stop_early: compute nothing after the last step that is wanted.
            output_fmt: patches as maps "NCHW" (b d h w) or as tokens "NLC" (b n d).
            return_prefix_tokens: give pairs of patches and special tokens (b n d), where there
                are special tokens.
            intermediates_only: leave out the end.

        Returns:
            The normed end of the network, tokens (b n d) with special ones first or a map
            (b d h w), and the list; or the list alone.

        Raises:
            ConfigError: there is no such step or format.
        """
        if output_fmt not in get_args(OutputFormat):
            raise ConfigError("output_fmt NCHW or NLC", repr(output_fmt), 'output_fmt="NLC"')
        wanted = chosen_steps(self.steps, indices)
        found, end = [], images
        for step, x in enumerate(self.walk(images)):
            end = x
            if step in wanted:
                found.append(self.finish(x) if norm else x)
            if stop_early and step == max(wanted):
                break
        parts = [self._shown(x, output_fmt) for x in found]
        listed: Intermediates = [patches for patches, _ in parts]
        if return_prefix_tokens and self.layout.prefix:
            listed = [(patches, special) for patches, special in parts if special is not None]
        return listed if intermediates_only else (self.finish(end), listed)

    def _shown(self, x: Tensor, output_fmt: OutputFormat) -> tuple[Tensor, Tensor | None]:
        """Split tokens into patches, in a format, and special tokens; a map has none."""
        if x.dim() == 4:
            return (x if output_fmt == "NCHW" else x.flatten(2).mT), None
        prefix = len(self.layout.prefix)
        special, patches = x[:, :prefix], x[:, prefix:]
        if output_fmt == "NCHW":
            patches = patches.mT.reshape(len(x), -1, *self.layout.grid)
        return patches, special


def resized(config: Any, img_size: int | tuple[int, int], img_fit: Fit | None) -> Any:  # noqa: ANN401
    """Give the config of a model for images of another size.

    Args:
        config: a frozen dataclass with a field `img_size`.
        img_size: side in pixels, or (height, width).
        img_fit: what becomes of images that the patch does not divide; as before when None.

    Raises:
        ConfigError: the model cannot take such images, or has no patches that they must fit.
    """
    if img_fit is None:
        return dataclasses.replace(config, img_size=img_size)
    if not hasattr(config, "img_fit"):
        kind = type(config).__name__.removesuffix("Config")
        raise ConfigError(
            "no img_fit for a network without patches, which takes images as they are",
            f"img_fit={img_fit!r} for {kind}",
            "leaving it out",
        )
    return dataclasses.replace(config, img_size=img_size, img_fit=img_fit)


def chosen_steps(steps: int, indices: int | Sequence[int] | None) -> set[int]:
    """Read which steps of a network are wanted.

    Args:
        steps: how many there are.
        indices: the last so many, or which ones, negative ones from the end; all when None.

    Raises:
        ConfigError: none is wanted, or there is no such step.
    """
    if indices is None:
        return set(range(steps))
    if isinstance(indices, int):
        if not 0 < indices <= steps:
            raise ConfigError(f"the last 1 to {steps} steps", str(indices), f"indices={steps}")
        return set(range(steps - indices, steps))
    for index in indices:
        if not -steps <= index < steps:
            last = f"indices=({steps - 1},)"
            raise ConfigError(f"steps from {-steps} to {steps - 1}", str(index), last)
    if not indices:
        raise ConfigError("at least one step", "none", "indices=1")
    return {index % steps for index in indices}
