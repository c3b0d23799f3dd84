"""Standardised kernels, and padding as TensorFlow does it."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from saccade.layers.standardized import (
    EPSILONS,
    SameMaxPool,
    StandardizedConv,
    group_norm,
    pad_same,
    same_padding,
    standardize,
)

RULES = ("timm", "google", "bit")


def test_by_hand() -> None:
    # Mean 2, variance (1 + 1 + 9 + 9) / 4 = 5 of the population.
    kernel = torch.tensor([1.0, 3.0, -1.0, 5.0], dtype=torch.float64).reshape(1, 2, 2, 1)
    wanted = torch.tensor([-1.0, 1.0, -3.0, 3.0], dtype=torch.float64).reshape(1, 2, 2, 1)
    roots = {
        "timm": math.sqrt(5 + 1e-8),
        "google": math.sqrt(5) + 1e-5,
        "bit": math.sqrt(5 + 1e-10),
    }
    for rule, root in roots.items():
        found = standardize(kernel, EPSILONS[rule])
        torch.testing.assert_close(found, wanted / root, atol=1e-15, rtol=0)


def test_small_kernels_tell_the_conventions_apart() -> None:
    # Deviation 1e-4: √(1e-8 + 1e-8) = 1.414e-4, 1e-4 + 1e-5 = 1.1e-4, √(1e-8 + 1e-10) = 1.005e-4.
    kernel = torch.tensor([1e-4, -1e-4], dtype=torch.float64).reshape(1, 2, 1, 1)
    found = [float(standardize(kernel, EPSILONS[rule])[0, 0]) for rule in RULES]
    assert found == pytest.approx([1 / math.sqrt(2), 1 / 1.1, 1 / math.sqrt(1.01)], rel=1e-9)


@pytest.mark.parametrize("rule", RULES)
def test_each_output_has_mean_0_and_variance_1(normal, rule: str) -> None:
    kernel = 3 * normal(4, 5, 3, 3) + 7
    rows = standardize(kernel, EPSILONS[rule]).flatten(1)
    torch.testing.assert_close(rows.mean(1), torch.zeros(4), atol=1e-6, rtol=0)
    torch.testing.assert_close(rows.var(1, correction=0), torch.ones(4), atol=1e-5, rtol=0)


def test_scale_and_shift_of_a_kernel_do_not_matter(normal) -> None:
    conv, x = StandardizedConv(3, 4, 3), normal(2, 3, 5, 6)
    before = conv(x)
    conv.weight.data = 50 * conv.weight.data + normal(4, 1, 1, 1)
    torch.testing.assert_close(conv(x), before, atol=1e-4, rtol=1e-4)


def test_padding_of_tensorflow() -> None:
    assert same_padding(224, 7, 2) == (2, 3)
    assert same_padding(112, 3, 2) == (0, 1)
    assert same_padding(113, 3, 2) == (1, 1)
    assert same_padding(9, 1, 2) == (0, 0)
    for side in range(1, 30):
        for kernel_size, stride in ((7, 2), (3, 2), (3, 1), (1, 2), (5, 3)):
            padded = side + sum(same_padding(side, kernel_size, stride))
            assert (max(padded, kernel_size) - kernel_size) // stride + 1 == -(-side // stride)


def test_padding_goes_after() -> None:
    x = torch.ones(1, 1, 4, 5)
    padded = pad_same(x, 3, 2, value=7.0)  # one row after four, one column around five
    assert padded.shape == (1, 1, 5, 7)
    assert bool((padded[0, 0, :4, 1:6] == 1).all())
    assert bool((padded[0, 0, 4] == 7).all())
    assert padded[0, 0, 0].tolist() == [7, 1, 1, 1, 1, 1, 7]
    assert pad_same(x, 1, 2) is x


@pytest.mark.parametrize("size", [(8, 11), (7, 4)])
@pytest.mark.parametrize("kernel_size", [1, 3, 7])
@torch.no_grad()
def test_the_two_paddings(normal, size: tuple[int, int], kernel_size: int) -> None:
    x = normal(2, 3, *size, dtype=torch.float64)
    for stride in (1, 2):
        plain = StandardizedConv(3, 4, kernel_size, stride).double()
        same = StandardizedConv(3, 4, kernel_size, stride, same=True).double()
        same.load_state_dict(plain.state_dict())
        kernel = standardize(plain.weight)
        wanted = F.conv2d(x, kernel, stride=stride, padding=kernel_size // 2)
        torch.testing.assert_close(plain(x), wanted)
        wanted = F.conv2d(pad_same(x, kernel_size, stride), kernel, stride=stride)
        torch.testing.assert_close(same(x), wanted)
        assert same(x).shape == plain(x).shape == (2, 4, *(-(-side // stride) for side in size))


def test_pooling_of_negative_numbers() -> None:
    x = torch.tensor([[-4.0, -3.0], [-2.0, -1.0]])[None, None]
    assert SameMaxPool()(x).tolist() == [[[[-1.0]]]]  # a border of zeros would win
    torch.testing.assert_close(SameMaxPool()(-torch.ones(1, 2, 5, 6)), -torch.ones(1, 2, 3, 3))


def test_group_norm_has_the_epsilon_of_the_rule(normal) -> None:
    assert [group_norm(64, rule).eps for rule in RULES] == [1e-5, 1e-6, 1e-5]
    norm, x = group_norm(64), normal(2, 64, 3, 5)
    found = norm(x).reshape(2, 32, -1)
    torch.testing.assert_close(found.mean(2), torch.zeros(2, 32), atol=1e-6, rtol=0)
    torch.testing.assert_close(found.var(2, correction=0), torch.ones(2, 32), atol=1e-4, rtol=0)


def test_the_start_and_the_gradient(normal) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        conv = StandardizedConv(16, 64, 3)
    assert float(conv.weight.detach().std()) == pytest.approx((2 / (9 * 64)) ** 0.5, rel=0.03)
    assert conv.bias is None
    conv = StandardizedConv(2, 3, 3).double()
    x = normal(1, 2, 4, 4, dtype=torch.float64).requires_grad_()
    nn.init.normal_(conv.weight, generator=torch.Generator().manual_seed(0))
    for rule in RULES:
        conv.epsilons = EPSILONS[rule]
        weight = conv.weight.detach().clone().requires_grad_()

        def run(kernel: torch.Tensor, pixels: torch.Tensor) -> torch.Tensor:
            return F.conv2d(pixels, standardize(kernel, conv.epsilons))

        assert torch.autograd.gradcheck(run, (weight, x))
