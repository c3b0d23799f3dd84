"""The convolutional stem of hybrids."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.layers.standardized import EPSILONS, pad_same, standardize
from saccade.models.hybrid_stem import Backbone, Bottleneck, Root, make_backbone, reset_backbone

RULES = ("timm", "google")


def slowly(model: nn.Module, x: Tensor, layers: tuple[int, ...], rule: str) -> Tensor:
    """The authors' network, from the state dict."""
    state, epsilons = model.state_dict(), EPSILONS[rule]

    def conv(x: Tensor, name: str, stride: int = 1) -> Tensor:
        weight = standardize(state[f"{name}.weight"], epsilons)
        return F.conv2d(pad_same(x, weight.shape[2], stride), weight, stride=stride)

    def norm(x: Tensor, name: str) -> Tensor:
        parts = state[f"{name}.weight"], state[f"{name}.bias"]
        return F.group_norm(x, 32, *parts, eps=epsilons.norm)

    root = "stem." if layers else ""
    x = F.relu(norm(conv(x, f"{root}conv", 2), f"{root}norm"))
    x = F.max_pool2d(pad_same(x, 3, 2), 3, 2)  # a border of zeros is as good after a ReLU
    for stage, depth in enumerate(layers):
        for block in range(depth):
            name, stride = f"stages.{stage}.blocks.{block}", 2 if stage and not block else 1
            y = F.relu(norm(conv(x, f"{name}.conv1"), f"{name}.norm1"))
            y = F.relu(norm(conv(y, f"{name}.conv2", stride), f"{name}.norm2"))
            y = norm(conv(y, f"{name}.conv3"), f"{name}.norm3")
            if block == 0:
                short = f"{name}.downsample"
                x = norm(conv(x, f"{short}.conv", stride), f"{short}.norm")
            x = F.relu(x + y)
    return x


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("layers", [(), (1,), (2, 1)])
@pytest.mark.parametrize("size", [(16, 24), (13, 18)])
@torch.no_grad()
def test_slowly(drawn, normal, rule: str, layers: tuple[int, ...], size: tuple[int, int]) -> None:
    model = drawn(make_backbone(3, 32, layers, rule)).double()
    images = normal(2, 3, *size, dtype=torch.float64)
    found = model(images)
    torch.testing.assert_close(found, slowly(model, images, layers, rule), atol=1e-10, rtol=0)
    shrink = 4 * 2 ** max(len(layers) - 1, 0)
    assert found.shape == (2, model.channels, *(-(-side // shrink) for side in size))


def test_kinds_and_channels() -> None:
    assert isinstance(make_backbone(3, 32, (), "timm"), Root)
    with torch.device("meta"):
        assert [make_backbone(3, 64, (1,) * n, "timm").channels for n in range(5)] == [
            64, 256, 512, 1024, 2048,
        ]  # fmt: skip
        assert make_backbone(1, 64, (1, 1), "timm").kernel.shape == (64, 1, 7, 7)


def test_the_start() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Backbone(3, 64, (2, 1), "timm")
        for parameter in model.parameters():
            parameter.data.fill_(7.0)
        reset_backbone(model, "trunc")
        fan_out = model.get_parameter("stages.0.blocks.1.conv2.weight").detach().clone()
        norms = [part.norm3.weight for part in model.modules() if isinstance(part, Bottleneck)]
        assert all(bool((weight == 1).all()) for weight in norms)
        reset_backbone(model, "jax")
    lecun = model.get_parameter("stages.0.blocks.1.conv1.weight").detach()
    assert float(fan_out.std()) == pytest.approx((2 / (9 * 64)) ** 0.5, rel=0.03)
    assert float(lecun.std()) == pytest.approx(256**-0.5, rel=0.03)
    assert not any(weight.any() for weight in norms)
    assert not [name for name, p in model.named_parameters() if bool((p == 7.0).any())]


@torch.no_grad()
def test_a_fresh_block_of_the_authors_is_its_shortcut(normal) -> None:
    model = Backbone(3, 32, (2,), "google")
    reset_backbone(model, "jax")
    x = normal(1, 128, 3, 4).relu()
    assert torch.equal(model.stages[0].blocks[1](x), x)


def test_blocks_are_computed_again(drawn, normal) -> None:
    model, images = drawn(Backbone(3, 32, (2, 1), "timm")).train(), normal(2, 3, 16, 16)
    kept: list[torch.Tensor] = []
    found = []
    for model.grad_checkpointing in (False, True):
        model.zero_grad()
        kept.clear()
        with torch.autograd.graph.saved_tensors_hooks(keep(kept), lambda x: x):
            end = model(images)
        end.square().sum().backward()
        found.append((len(kept), [parameter.grad for parameter in model.parameters()]))
    (plain_count, plain), (count, again) = found
    assert count < plain_count / 2
    for one, other in zip(plain, again, strict=True):
        torch.testing.assert_close(one, other)


def keep(kept: list[torch.Tensor]) -> Callable[[torch.Tensor], torch.Tensor]:
    def hook(x: torch.Tensor) -> torch.Tensor:
        kept.append(x)
        return x

    return hook
