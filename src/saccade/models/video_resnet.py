"""Residual networks for video, with or without non-local blocks.

Source: Wang et al., "Non-local Neural Networks", CVPR 2018, arXiv:1711.07971, table 1 and section
4 (C2D and I3D); kernels, strides and places as in the authors' code,
github.com/facebookresearch/video-nonlocal-net, lib/models/resnet_video.py. The names of the
weights are those of torchvision's and timm's ResNet, with `non_local` after a block.
Axes: b batch, c channels, t time (frames), h height, w width.
Differs: the first pooling pads by one pixel, as in every 2-D ResNet and as the map sizes of the
paper's table say; the authors' code does not pad (`pool_padding=0`). Its groups of 4 frames in res3
while norms are frozen, a measure against lack of memory, are left out: the fused attention here
never holds the whole map.
"""

import dataclasses
from collections.abc import Mapping

from torch import Tensor, nn

from saccade.attention.non_local import NonLocal
from saccade.errors import ConfigError
from saccade.models.video_config import VideoResNetConfig
from saccade.shapes import expect, expect_dtype

EXPANSION = 4


class VideoBottleneck(nn.Module):
    """A bottleneck on clips, perhaps with a non-local block behind it.

    Args:
        channels: of the input.
        width: of the 1x3x3 convolution; the output has four times as many channels.
        stride: of that convolution, in pixels; time is never strided.
        time: frames that the first convolution covers, 1 or 3.
        non_local: what follows the block.
    """

    def __init__(
        self,
        channels: int,
        width: int,
        *,
        stride: int = 1,
        time: int = 1,
        non_local: NonLocal | None = None,
    ) -> None:
        super().__init__()
        out = EXPANSION * width
        self.conv1 = _conv(channels, width, (time, 1, 1))
        self.bn1 = nn.BatchNorm3d(width)
        self.conv2 = _conv(width, width, (1, 3, 3), stride)
        self.bn2 = nn.BatchNorm3d(width)
        self.conv3 = _conv(width, out, (1, 1, 1))
        self.bn3 = nn.BatchNorm3d(out)
        self.relu = nn.ReLU()
        self.downsample: nn.Module | None = None
        if stride != 1 or channels != out:
            self.downsample = nn.Sequential(
                _conv(channels, out, (1, 1, 1), stride), nn.BatchNorm3d(out)
            )
        self.non_local = non_local

    def forward(self, x: Tensor) -> Tensor:
        """Map (b c t h w) to (b 4·width t h' w')."""
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.relu(self.bn2(self.conv2(x)))
        x = self.relu(self.bn3(self.conv3(x)) + shortcut)
        return x if self.non_local is None else self.non_local(x)


class VideoResNet(nn.Module):
    """A stem, four stages with a pooling over time after the first, the mean, a linear layer.

    Args:
        config: its sizes and choices.
    """

    name: str = ""  # in the catalogue

    def __init__(self, config: VideoResNetConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.conv1 = _conv(config.in_chans, width, (config.stem_time, 7, 7), 2)
        self.bn1 = nn.BatchNorm3d(width)
        self.relu = nn.ReLU()
        pad = config.pool_padding
        self.maxpool = nn.MaxPool3d((1, 3, 3), stride=(1, 2, 2), padding=(0, pad, pad))
        # Rounded up, so that an odd frame counts and a clip may be one frame long.
        self.timepool = nn.MaxPool3d((2, 1, 1), stride=(2, 1, 1), ceil_mode=True)
        self.layer1 = self._stage(0, width)
        self.layer2 = self._stage(1, EXPANSION * width)
        self.layer3 = self._stage(2, 2 * EXPANSION * width)
        self.layer4 = self._stage(3, 4 * EXPANSION * width)
        self.drop = nn.Dropout(config.drop_rate)
        self.fc = nn.Linear(8 * EXPANSION * width, config.num_classes)
        self.reset_parameters()

    def maps(self, clips: Tensor) -> Tensor:
        """Turn clips (b c t h w) into the last stage's maps (b d t' h' w'); t' is half of t.

        Raises:
            ShapeError: the clips have another number of channels than the config, or are not
                floating point numbers.
        """
        expect(clips, "b c t h w", "the clips", c=self.config.in_chans)
        expect_dtype(clips, "floats", "the clips")
        x = self.maxpool(self.relu(self.bn1(self.conv1(clips))))
        x = self.timepool(self.layer1(x))
        return self.layer4(self.layer3(self.layer2(x)))

    def features(self, clips: Tensor) -> Tensor:
        """Turn clips (b c t h w) into one vector each (b d), the mean over time and place."""
        return self.maps(clips).mean(dim=(2, 3, 4))

    def forward(self, clips: Tensor) -> Tensor:
        """Turn clips (b c t h w) into logits (b classes)."""
        return self.fc(self.drop(self.features(clips)))

    def reset_classifier(self, num_classes: int) -> None:
        """Start a fresh last layer for another number of classes.

        Raises:
            ConfigError: there would be no class.
        """
        self.config = dataclasses.replace(self.config, num_classes=num_classes)
        self.fc = nn.Linear(self.fc.in_features, num_classes).to(self.fc.weight)
        self._reset_head()

    def reset_parameters(self) -> None:
        """Draw all weights anew: He's normal by outputs, norms 1 and 0, the head std 0.01.

        Non-local blocks start as the identity.
        """
        blocks = [module for module in self.modules() if isinstance(module, NonLocal)]
        within = {part for block in blocks for part in block.modules()}
        for module in self.modules():
            if module in within:
                continue
            if isinstance(module, nn.Conv3d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(module, nn.BatchNorm3d):
                module.reset_parameters()
        for block in blocks:
            block.reset_parameters()
        self._reset_head()

    def _reset_head(self) -> None:
        nn.init.normal_(self.fc.weight, std=0.01)
        nn.init.zeros_(self.fc.bias)

    def _stage(self, stage: int, channels: int) -> nn.Sequential:
        config = self.config
        width = config.width * 2**stage
        times, places = config.times(stage), config.non_local_places(stage)
        blocks = []
        for index, time in enumerate(times):
            block = VideoBottleneck(
                channels,
                width,
                stride=2 if stage and not index else 1,
                time=time,
                non_local=_non_local(EXPANSION * width, config) if index in places else None,
            )
            blocks.append(block)
            channels = EXPANSION * width
        return nn.Sequential(*blocks)


def inflate(state: Mapping[str, Tensor], into: nn.Module) -> dict[str, Tensor]:
    """Spread the weights of a 2-D network over time, for `into.load_state_dict`.

    A kernel of t frames gets the 2-D kernel t times over, divided by t, so that where a clip does
    not change the outputs do not either (section 3.4). Non-local blocks, which a 2-D network does
    not have, keep the weights that they have in `into`; other missing weights stay missing.

    Args:
        state: weights of the 2-D network by name; other names are kept as they are.
        into: the network that they are for.

    Raises:
        ConfigError: a kernel has other sizes in place than the one it is for.
    """
    own = into.state_dict()
    found = {name: value for name, value in own.items() if ".non_local." in name}
    for name, value in state.items():
        target = own.get(name)
        if target is not None and target.dim() == value.dim() + 1 == 5:
            found[name] = _over_time(name, value, target)
        else:
            found[name] = value
    return found


def _over_time(name: str, kernel: Tensor, target: Tensor) -> Tensor:
    out, channels, time, height, width = target.shape
    if kernel.shape != (out, channels, height, width):
        raise ConfigError(
            f"{name} of shape {(out, channels, height, width)}",
            str(tuple(kernel.shape)),
            "a 2-D network of the same depth and width",
        )
    return kernel[:, :, None].expand(-1, -1, time, -1, -1) / time


def _conv(channels: int, out: int, kernel: tuple[int, int, int], stride: int = 1) -> nn.Conv3d:
    time, height, width = (side // 2 for side in kernel)
    return nn.Conv3d(
        channels,
        out,
        kernel,
        stride=(1, stride, stride),
        padding=(time, height, width),
        bias=False,
    )


def _non_local(channels: int, config: VideoResNetConfig) -> NonLocal:
    return NonLocal(
        channels, similarity=config.similarity, dims=3, pool=config.pool, scale=config.scale
    )
