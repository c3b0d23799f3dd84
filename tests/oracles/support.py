"""What the oracles share: random weights, the maps that taps show, and one comparison."""

import copy
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from saccade.attention.reading import whole
from saccade.attention.tap import Tap

Weights = Mapping[str, Tensor]
Slow = Callable[[Weights, Tensor], tuple[Tensor, list[Tensor]]]


def randomised(module: nn.Module, seed: int = 0, std: float = 0.4) -> nn.Module:
    """Give every parameter and every running mean a seeded number, in float64, in eval mode."""
    generator = torch.Generator().manual_seed(seed)
    module = module.double().eval()
    for tensor in module.parameters():
        tensor.data.normal_(std=std, generator=generator)
    for name, buffer in module.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_(std=std, generator=generator)
        if name.endswith("running_var"):
            buffer.uniform_(0.5, 1.5, generator=generator)
    return module


def draw(*shape: int, seed: int = 7) -> Tensor:
    """Seeded numbers in float64."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def heard(module: nn.Module, x: Tensor) -> tuple[Tensor, list[Tensor]]:
    """The output and every map, as somebody who listens gets them."""
    maps: list[Tensor] = []
    taps = [part for part in module.modules() if isinstance(part, Tap)]
    for tap in taps:
        tap.listeners.append(lambda tap, weights, place: maps.append(whole(weights)))
    output = module(x)
    for tap in taps:
        tap.listeners.clear()
    return output, maps


def close(got: Tensor, wanted: Tensor, tolerance: float) -> None:
    """Equal shapes, and numbers equal by the largest of them or by one."""
    assert got.shape == wanted.shape
    size = max(1.0, wanted.abs().max().item()) if wanted.numel() else 1.0
    torch.testing.assert_close(
        got.double(), wanted.double(), rtol=0, atol=tolerance * size, check_dtype=False
    )


def compare(
    module: nn.Module, slow: Slow, x: Tensor, *, single: float = 1e-5, slope: float = 1e-10
) -> None:
    """Outputs, maps and gradients of a module against those of a second definition.

    The definition gets the parameters and buffers by name and the map, all in float64. `single` is
    how far float32 may be off, and `slope` how far gradients may.
    """
    weights = {name: value.detach().clone() for name, value in module.state_dict().items()}
    for name, _ in module.named_parameters():
        weights[name].requires_grad_()
    ours, theirs = x.clone().requires_grad_(), x.clone().requires_grad_()
    wanted, maps = slow(weights, theirs)
    got = module(ours)
    close(got, wanted, 1e-12)
    aloud, shown = heard(module, x)
    close(aloud, wanted, 1e-12)
    assert len(shown) == len(maps)
    for one, other in zip(shown, maps, strict=True):
        close(one, other, 1e-12)
    _compare_gradients(module, weights, (ours, theirs), (got, wanted), slope)
    close(copy.deepcopy(module).float()(x.float()), wanted, single)


def _compare_gradients(
    module: nn.Module,
    weights: Weights,
    inputs: tuple[Tensor, Tensor],
    out: tuple[Tensor, Tensor],
    slope: float,
) -> None:
    pull = draw(*out[1].shape, seed=9)
    names = [name for name, _ in module.named_parameters()]
    ours = [inputs[0], *module.parameters()]
    theirs = [inputs[1], *(weights[name] for name in names)]
    got = torch.autograd.grad(out[0], ours, pull, allow_unused=True)
    wanted = torch.autograd.grad(out[1], theirs, pull, allow_unused=True)
    for one, other in zip(got, wanted, strict=True):
        if other is not None and one is not None:
            close(one, other, slope)
        else:
            assert one is None or not one.any()
            assert other is None or not other.any()


def conv(weights: Weights, name: str, x: Tensor) -> Tensor:
    """A 1x1 convolution as a matrix product over the channels of a map (b c …)."""
    matrix = weights[f"{name}.weight"].flatten(1)
    mixed = torch.einsum("oc,bc...->bo...", matrix, x)
    if f"{name}.bias" not in weights:
        return mixed
    return mixed + weights[f"{name}.bias"].view(-1, *[1] * (x.dim() - 2))


def _fold(position: int, size: int) -> int:
    while size > 1 and not 0 <= position < size:
        position = -position if position < 0 else 2 * (size - 1) - position
    return position if size > 1 else 0


def windows(
    x: Tensor, side: int, *, stride: int = 1, dilation: int = 1, boundary: str = "zero"
) -> tuple[Tensor, Tensor]:
    """All windows as copies (b c j h' w') and which of their places are inside (j h' w')."""
    reach = side // 2 * dilation
    if boundary == "reflect":
        rows, columns = (
            torch.tensor([_fold(p, n) for p in range(-reach, n + reach)]) for n in x.shape[-2:]
        )
        padded = x[:, :, rows][..., columns]
        inside = torch.ones_like(padded[:1, :1])
    else:
        padded = F.pad(x, (reach,) * 4)
        inside = F.pad(torch.ones_like(x[:1, :1]), (reach,) * 4)
    shape = [-(-n // stride) for n in x.shape[-2:]]
    copies = F.unfold(padded, side, dilation=dilation, stride=stride)
    marks = F.unfold(inside, side, dilation=dilation, stride=stride)
    return copies.view(len(x), x.shape[1], side**2, *shape), marks.view(side**2, *shape) > 0.5
