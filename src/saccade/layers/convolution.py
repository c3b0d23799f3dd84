"""The convolution of residual networks: no bias, since a norm follows, and drawn by its fan-out.

Source of the rule: He et al., "Delving Deep into Rectifiers", ICCV 2015, arXiv:1502.01852, eq. 10
with the outputs in place of the inputs, as in the released code of residual networks.
"""

from torch import nn


class Convolution(nn.Conv2d):
    """A convolution (b c h w) to (b c' h' w') that keeps the size at stride 1.

    Args:
        channels: channels c of the input.
        out_channels: channels c' of the output.
        kernel_size: side of the kernel, odd.
        stride: distance of two positions of the output, in positions of the input.
        groups: of channels that are convolved apart.
    """

    def __init__(
        self,
        channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        *,
        groups: int = 1,
    ) -> None:
        super().__init__(
            channels,
            out_channels,
            kernel_size,
            stride,
            kernel_size // 2,
            groups=groups,
            bias=False,
        )

    def reset_parameters(self) -> None:
        """Draw the kernel as a normal of variance 2 / (c'·k²)."""
        nn.init.kaiming_normal_(self.weight, mode="fan_out", nonlinearity="relu")
