"""The local relation layer against copies of all windows and the prior from its own network."""

import pytest
import torch
from torch import Tensor

from saccade.attention import LocalRelation
from tests.oracles.support import Slow, Weights, compare, conv, draw, randomised, windows

SIMILARITY = {
    "product": lambda q, k: q * k,
    "squared": lambda q, k: -((q - k) ** 2),
    "absolute": lambda q, k: -(q - k).abs(),
}


def _prior(weights: Weights, kind: str, side: int, groups: int) -> Tensor:
    if kind == "table":
        return weights["prior_table"].reshape(groups, side**2)
    if kind == "none":
        return torch.zeros(groups, side**2, dtype=torch.float64)
    reach = side // 2
    steps = range(-reach, reach + 1)
    offsets = torch.tensor([[dx, dy] for dy in steps for dx in steps], dtype=torch.float64)
    units = offsets @ weights["prior.hidden.weight"].T + weights["prior.hidden.bias"]
    return (units.relu() @ weights["prior.output.weight"].T + weights["prior.output.bias"]).T


def _slow(layer: dict, prior: str, layout: str, share: int) -> Slow:
    options = {name: layer[name] for name in ("stride", "dilation", "boundary")}
    side = layer["kernel_size"]

    def relate(weights: Weights, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        keys, inside = windows(conv(weights, "key", x), side, **options)
        values, _ = windows(x, side, **options)
        step = layer["stride"]
        queries = conv(weights, "query", x)[:, :, ::step, ::step]
        groups = queries.shape[1]
        logits = SIMILARITY[layer["similarity"]](queries[:, :, None], keys)
        logits = logits + _prior(weights, prior, side, groups)[None, :, :, None, None]
        if layer["boundary"] == "mask":
            logits = logits.masked_fill(~inside, float("-inf"))
        shares = logits.softmax(2)
        channels = torch.arange(x.shape[1])
        group = channels // share if layout == "contiguous" else channels % groups
        mixed = (shares[:, group] * values).sum(2)
        return conv(weights, "transform", mixed), [shares.flatten(3).transpose(2, 3)]

    return relate


def _layer(channels: int, prior: str, layout: str, share: int, options: dict) -> LocalRelation:
    made = LocalRelation(
        channels, out_channels=5, share=share, prior=prior, layout=layout, **options
    )
    return randomised(made)


@pytest.mark.parametrize("boundary", ["zero", "mask", "reflect"])
@pytest.mark.parametrize("similarity", list(SIMILARITY))
@pytest.mark.parametrize("stride", [1, 2])
def test_layer_is_the_unfold_form(boundary: str, similarity: str, stride: int) -> None:
    options = {"boundary": boundary, "similarity": similarity, "stride": stride}
    for shape, side, dilation in (((2, 7, 5), 3, 2), ((1, 1, 6), 5, 1), ((1, 4, 3), 7, 1)):
        both = {**options, "kernel_size": side, "dilation": dilation}
        layer = _layer(8, "network", "contiguous", 4, both)
        x = draw(shape[0], 8, *shape[1:])
        compare(layer, _slow(both, "network", "contiguous", 4), x)


@pytest.mark.parametrize("prior", ["network", "table", "none"])
@pytest.mark.parametrize("layout", ["contiguous", "interleaved"])
@pytest.mark.parametrize("channels", [8, 10])
def test_layouts_and_priors(prior: str, layout: str, channels: int) -> None:
    options = {
        "boundary": "mask",
        "similarity": "product",
        "stride": 1,
        "dilation": 1,
        "kernel_size": 3,
    }
    layer = _layer(channels, prior, layout, 4, options)
    compare(layer, _slow(options, prior, layout, 4), draw(2, channels, 5, 6))


def test_without_queries_and_keys_it_is_a_depthwise_convolution() -> None:
    layer = randomised(LocalRelation(6, kernel_size=3, share=2, boundary="zero", prior="table"))
    layer.query.weight.data.zero_()
    x = draw(1, 6, 4, 7)
    table = layer.prior_table.detach().flatten(1).softmax(1).reshape(3, 1, 3, 3)
    mixed = torch.nn.functional.conv2d(x, table.repeat_interleave(2, 0), padding=1, groups=6)
    torch.testing.assert_close(layer(x), layer.transform(mixed), rtol=0, atol=1e-12)
