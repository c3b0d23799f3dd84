"""BiT networks: their counts, the authors' formulas, and what every classifier can be asked."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.errors import ShapeError
from saccade.inspection.cost import multiply_adds
from saccade.models import build
from saccade.models.bit import BiT
from saccade.models.bit_config import BiTConfig
from saccade.models.catalog import CATALOG

TINY: dict[str, Any] = {
    "layers": (1, 2),
    "channels": (128, 256),
    "stem_chs": 32,
    "num_classes": 5,
    "img_size": (24, 37),
}


def tiny(**changes: object) -> BiT:
    """A small network with drawn weights, in eval mode and double precision."""
    model = BiT(BiTConfig(**{**TINY, **changes}))
    generator = torch.Generator().manual_seed(0)
    for parameter in model.parameters():
        parameter.data.normal_(std=0.2, generator=generator)
    return model.double().eval()


def noise(*shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize(
    ("name", "parameters", "giga"),
    [
        ("resnetv2_50x1_bit", 25_549_352, 4.0892),
        ("resnetv2_50x3_bit", 217_319_080, None),
        ("resnetv2_101x1_bit", 44_541_480, 7.8014),
        ("resnetv2_101x3_bit", 387_934_888, None),
        ("resnetv2_152x2_bit", 236_335_208, None),
        ("resnetv2_152x4_bit", 936_533_224, 182.7773),
    ],
)
def test_parameters_and_multiply_adds(name: str, parameters: int, giga: float | None) -> None:
    with torch.device("meta"):
        model = build(name, img_size=224)
        assert sum(p.numel() for p in model.parameters()) == CATALOG[name].parameters == parameters
        if giga is not None:
            assert round(multiply_adds(model, torch.empty(1, 3, 224, 224)) / 1e9, 4) == giga


def slowly(model: BiT, x: Tensor, kernel: float, border: float) -> Tensor:
    """The authors' network, from the state dict."""
    state = model.state_dict()

    def conv(x: Tensor, name: str, stride: int = 1, padding: int = 0) -> Tensor:
        weight = state[f"{name}.weight"]
        weight = weight - weight.mean((1, 2, 3), keepdim=True)
        weight = weight / (weight.square().mean((1, 2, 3), keepdim=True) + kernel).sqrt()
        return F.conv2d(x, weight, stride=stride, padding=padding)

    def norm(x: Tensor, name: str) -> Tensor:
        groups = x.reshape(len(x), 32, -1)
        groups = groups - groups.mean(2, keepdim=True)
        groups = groups / (groups.square().mean(2, keepdim=True) + 1e-5).sqrt()
        weight, bias = (state[f"{name}.{kind}"][:, None, None] for kind in ("weight", "bias"))
        return F.relu(groups.reshape(x.shape) * weight + bias)

    x = F.pad(conv(x, "stem.conv", 2, 3), (1, 1, 1, 1), value=border)
    x = F.max_pool2d(x, 3, 2)
    for stage, depth in enumerate(model.config.layers):
        for block in range(depth):
            name, stride = f"stages.{stage}.blocks.{block}", 2 if stage and not block else 1
            ready = norm(x, f"{name}.norm1")
            y = norm(conv(ready, f"{name}.conv1"), f"{name}.norm2")
            y = norm(conv(y, f"{name}.conv2", stride, 1), f"{name}.norm3")
            short = f"{name}.downsample.conv"
            x = conv(ready, short, stride) if f"{short}.weight" in state else x
            x = x + conv(y, f"{name}.conv3")
    x = norm(x, "norm").mean((2, 3))
    return F.linear(x, state["head.fc.weight"][:, :, 0, 0], state["head.fc.bias"])


@pytest.mark.parametrize(
    ("changes", "kernel", "border"),
    [
        ({}, 1e-8, 0.0),
        ({"eps": "bit"}, 1e-10, 0.0),
        ({"eps": "bit", "pool_padding": "lowest"}, 1e-10, -torch.inf),
        ({"width_factor": 2, "in_chans": 1}, 1e-8, 0.0),
    ],
    ids=str,
)
@torch.no_grad()
def test_slowly(changes: dict[str, object], kernel: float, border: float) -> None:
    model = tiny(**changes)
    images = noise(2, model.config.in_chans, 24, 37)
    wanted = slowly(model, images, kernel, border)
    torch.testing.assert_close(model(images), wanted, atol=1e-10, rtol=0)
    other = slowly(model, images, kernel, -torch.inf if border == 0 else 0.0)
    assert float((other - wanted).abs().max()) > 1e-4


def test_a_head_of_zeros_says_nothing_and_teaches_nothing_below() -> None:
    model = BiT(BiTConfig(**TINY, zero_head=True))
    logits = model(noise(2, 3, 24, 37).float())
    assert not logits.any()
    F.cross_entropy(logits, torch.tensor([0, 1])).backward()
    for name, parameter in model.named_parameters():
        assert bool((parameter.grad != 0).any()) == name.startswith("head."), name


@torch.no_grad()
def test_what_every_classifier_can_be_asked() -> None:
    model, images = tiny(drop_rate=0.3), noise(2, 3, 24, 37)
    assert (model.layout.prefix, model.layout.grid, model.layout.patch) == ((), (3, 5), (8, 8))
    assert model.tokens(images).shape == (2, 15, 256)
    assert [x.shape[1] for x in model.walk(images)] == [32, 128, 256]
    torch.testing.assert_close(model.tokens(images).mean(1), model.features(images))
    assert model.patch_kernel().shape == (32, 3, 7, 7)
    assert model.position_table() is None
    model.reset_classifier(0)
    torch.testing.assert_close(model(images), model.features(images), atol=0, rtol=0)
    model.reset_classifier(7)
    assert model(images).shape == (2, 7)
    with pytest.raises(ShapeError, match="c=3"):
        model(images[:, :2])


def test_the_start() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = BiT(BiTConfig(**{**TINY, "num_classes": 100, "drop_path_rate": 0.2}))
    head, kernel = (
        model.head.fc.weight.detach(),
        model.get_parameter("stages.1.blocks.1.conv2.weight").detach(),
    )
    assert float(head.std()) == pytest.approx(0.01, rel=0.03)
    assert float(kernel.std()) == pytest.approx((2 / (9 * 64)) ** 0.5, rel=0.03)
    rates = [part.probability for part in model.modules() if hasattr(part, "probability")]
    assert rates == pytest.approx([0, 0.1, 0.2])
    assert all(bool((p.weight == 1).all()) for p in model.modules() if isinstance(p, nn.GroupNorm))
