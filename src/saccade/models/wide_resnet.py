"""Wide residual network for small pictures, plain or with attention-augmented convolutions.

Source: Zagoruyko, Komodakis, "Wide Residual Networks", BMVC 2016, arXiv:1605.07146, table 1; with
attention: Bello et al., "Attention Augmented Convolutional Networks", ICCV 2019, arXiv:1904.09925,
section 4.1. Names of the weights as in the authors' code, pytorch/resnet.py of
github.com/szagoruyko/wide-residual-networks, where convolutions have no ".weight" at the end.
Axes: b batch, c channels, h height, w width, n positions of the last map, d features.
Differs: norms start at 1, not at random; the last map is averaged whatever its size.
"""

import dataclasses
from collections.abc import Iterator

from torch import Tensor, nn

from saccade.attention.augmented_conv import AugmentedConv, attention_channels
from saccade.errors import ConfigError
from saccade.layers.canvas import Fit
from saccade.layers.patches import pair
from saccade.layers.positions import ResizeRule
from saccade.layers.tokens import TokenLayout
from saccade.models.classifier import Classifier, resized
from saccade.shapes import expect, expect_dtype


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class WideResNetConfig:
    """Everything that makes a wide residual network; saved beside its weights.

    Args:
        img_size: side in pixels, or (height, width). Pictures of any size work; with attention,
            tables of relative positions are made for this one and stretched for others.
        in_chans: channels of the image.
        num_classes: outputs of the last layer; 0 leaves it out.
        depth: convolutions, 4 more than a multiple of 6.
        widen_factor: by how much the three groups are wider than 16, 32 and 64 channels.
        drop_rate: dropout between the two convolutions of a block, 0-1; 0.3 in the paper's.
        augmented: let the first convolution of each block have attention beside it.
        heads: of that attention.
        kappa: share of its keys in the channels, 0-1.
        upsilon: share of its values in the channels, 0-1.
        min_head: least key channels of a head.
    """

    img_size: int | tuple[int, int] = 32
    in_chans: int = 3
    num_classes: int = 100
    depth: int = 28
    widen_factor: int = 10
    drop_rate: float = 0.0
    augmented: bool = False
    heads: int = 8
    kappa: float = 0.2
    upsilon: float = 0.1
    min_head: int = 20

    def __post_init__(self) -> None:
        object.__setattr__(self, "img_size", pair(self.img_size))
        if self.depth < 10 or self.depth % 6 != 4:
            near = max(self.depth - 4 + 3, 6) // 6 * 6 + 4
            raise ConfigError(
                "a depth of 4 more than a multiple of 6, such as 28",
                str(self.depth),
                f"depth={near}",
            )
        for name in ("in_chans", "widen_factor", "heads", "min_head"):
            if getattr(self, name) < 1:
                raise ConfigError(f"a positive {name}", str(getattr(self, name)), f"{name}=8")
        for name in ("drop_rate", "kappa", "upsilon"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"{name} from 0 to 1", str(getattr(self, name)), f"{name}=0.1")
        if self.num_classes < 0:
            raise ConfigError("num_classes of at least 0", str(self.num_classes), "num_classes=10")

    @property
    def image(self) -> tuple[int, int]:
        """Image size in pixels (height, width)."""
        return pair(self.img_size)

    @property
    def blocks(self) -> int:
        """Blocks in each of the three groups."""
        return (self.depth - 4) // 6

    def channels(self, group: int) -> int:
        """Channels of a group, counted from 0."""
        return 16 * 2**group * self.widen_factor

    def size(self, group: int) -> tuple[int, int]:
        """Rows and columns of the map in a group, counted from 0."""
        height, width = self.image
        return -(-height // 2**group), -(-width // 2**group)


class WideBlock(nn.Module):
    """Norm, ReLU, convolution, norm, ReLU, dropout, convolution; added to what came in.

    Args:
        channels: of what comes in.
        group: number of the group, from 0.
        config: of the network.
        stride: of the first convolution.
    """

    def __init__(self, channels: int, group: int, config: WideResNetConfig, stride: int) -> None:
        super().__init__()
        width = config.channels(group)
        self.bn0 = nn.BatchNorm2d(channels)
        self.conv0 = _first(channels, group, config, stride)
        self.bn1 = nn.BatchNorm2d(width)
        self.drop = nn.Dropout(config.drop_rate)
        self.conv1 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.convdim = (
            nn.Conv2d(channels, width, 1, stride, bias=False) if channels != width else None
        )
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Map (b c h w) to (b c' h' w')."""
        ready = self.relu(self.bn0(x))
        mixed = self.conv1(self.drop(self.relu(self.bn1(self.conv0(ready)))))
        return mixed + (x if self.convdim is None else self.convdim(ready))


class WideResNet(Classifier):
    """A convolution, three groups of blocks, norm, ReLU, the mean, a linear layer.

    Args:
        config: its sizes, and whether there is attention.
    """

    def __init__(self, config: WideResNetConfig) -> None:
        super().__init__()
        self.config = config
        channels = 16
        self.conv0 = nn.Conv2d(config.in_chans, channels, 3, 1, 1, bias=False)
        for group in range(3):
            blocks = nn.Sequential()
            for number in range(config.blocks):
                stride = 2 if group and not number else 1
                blocks.add_module(f"block{number}", WideBlock(channels, group, config, stride))
                channels = config.channels(group)
            self.add_module(f"group{group}", blocks)
        self.bn = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU()
        self.fc = self._fresh_head()
        self.reset_parameters()

    @property
    def head(self) -> nn.Module:  # type: ignore[override]
        """The last layer."""
        return self.fc

    @property
    def layout(self) -> TokenLayout:
        """The positions of the last map; there are no other tokens."""
        rows, columns = self.config.size(2)
        height, width = self.config.image
        return TokenLayout((), (rows, columns), (-(-height // rows), -(-width // columns)))

    @property
    def steps(self) -> int:
        """The groups."""
        return 3

    def walk(self, images: Tensor) -> Iterator[Tensor]:
        """Yield the map (b c h w) that each group gives, before the last norm.

        Raises:
            ShapeError: the images have another number of channels than the config, or are not
                floating point numbers.
        """
        expect(images, "b c h w", "the images", c=self.config.in_chans)
        expect_dtype(images, "floats", "the images")
        x = self.conv0(images)
        for group in range(3):
            for block in self.get_submodule(f"group{group}").children():
                x = self.run(block, x)
            yield x

    def finish(self, x: Tensor) -> Tensor:
        """Apply the last norm and ReLU to the map (b d h w) of the last group, and to no other."""
        return self.relu(self.bn(x)) if x.shape[1] == self.bn.num_features else x

    def maps(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into the last map (b d h' w'), of a quarter of the size."""
        return self.end(images)

    def features(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into one vector each (b d), the mean of the last map."""
        return self.maps(images).mean(dim=(2, 3))

    def patch_kernel(self) -> Tensor:
        """The kernel of the first convolution (d c 3 3)."""
        return self.conv0.weight

    def set_input_size(
        self,
        img_size: int | tuple[int, int],
        *,
        rule: ResizeRule = "timm",
        img_fit: Fit | None = None,
    ) -> None:
        """Take images of another size from now on, stretching the tables of attention.

        Args:
            img_size: side in pixels, or (height, width).
            rule: not used; tables of distances are stretched linearly.
            img_fit: none; there are no patches that such images would have to fit.
        """
        self.config = resized(self.config, img_size, img_fit)
        for group in range(3):
            for part in self.get_submodule(f"group{group}").modules():
                if isinstance(part, AugmentedConv):
                    part.set_size(self.config.size(group))

    def reset_classifier(self, num_classes: int) -> None:
        """Start a fresh last layer for another number of classes; 0 leaves it out."""
        self.config = dataclasses.replace(self.config, num_classes=num_classes)
        self.fc = self._fresh_head().to(self.conv0.weight)
        _draw(self.fc)

    def reset_parameters(self) -> None:
        """Draw all weights anew: kernels by He's rule, biases 0, attention by its own rule."""
        for module in self.modules():
            _draw(module)
        for module in self.modules():
            if isinstance(module, AugmentedConv):
                module.reset_parameters()
                if module.conv is not None:
                    _draw(module.conv)

    def _fresh_head(self) -> nn.Module:
        config = self.config
        width = config.channels(2)
        return nn.Linear(width, config.num_classes) if config.num_classes else nn.Identity()


def _first(channels: int, group: int, config: WideResNetConfig, stride: int) -> nn.Module:
    width = config.channels(group)
    if not config.augmented:
        return nn.Conv2d(channels, width, 3, stride, 1, bias=False)
    keys, values = attention_channels(
        width, config.kappa, config.upsilon, config.heads, config.min_head
    )
    return AugmentedConv(
        channels,
        out_channels=width,
        stride=stride,
        heads=config.heads,
        key_channels=keys,
        value_channels=max(values, config.heads),
        size=config.size(group),
    )


def _draw(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.kaiming_normal_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d):
        module.reset_parameters()
