"""Local relation: against nested loops, laws, and errors."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from saccade.attention.local_relation import GeometryPrior, LocalRelation, local_relation
from saccade.errors import ConfigError, ShapeError
from saccade.kernels import compiler, using
from saccade.kernels.aggregation_c import SOURCE
from tests.attention.slow_relation import SIMILARITIES, relate_slowly

# Grid, then options: non-square, odd, one row, smaller than the window, stride, dilation, a
# last group that is smaller, both layouts, three rules for the border, three kinds of prior.
WAYS = [
    ((3, 4), {"kernel_size": 3}),
    ((1, 5), {"kernel_size": 3, "boundary": "zero", "layout": "interleaved", "prior": "table"}),
    ((2, 3), {"kernel_size": 7, "boundary": "reflect", "prior": "none"}),
    ((5, 4), {"kernel_size": 3, "stride": 2, "transform": False}),
    ((4, 5), {"kernel_size": 3, "stride": 3, "dilation": 2, "boundary": "reflect", "share": 1}),
    ((2, 2), {"kernel_size": 5, "out_channels": 3, "share": 8}),
]


def noise(*shape: int, seed: int = 1) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def make(**options: object) -> LocalRelation:
    layer = LocalRelation(5, **{"share": 2, **options}).double().eval()
    for number, parameter in enumerate(layer.parameters()):
        parameter.data.copy_(0.5 * noise(*parameter.shape, seed=number))
    return layer


@pytest.mark.parametrize("similarity", list(SIMILARITIES))
@pytest.mark.parametrize(("grid", "options"), WAYS, ids=str)
@pytest.mark.parametrize("wish", ["c", "torch"])
def test_slowly(
    wish: str, grid: tuple[int, int], options: dict[str, object], similarity: str
) -> None:
    if wish == "c" and compiler.library(SOURCE) is None:
        pytest.skip(compiler.reason(SOURCE))
    layer, x, heard = make(similarity=similarity, **options), noise(2, 5, *grid), []
    outs, maps = zip(*(relate_slowly(layer, image) for image in x), strict=True)
    with using(wish), torch.no_grad():
        alone = layer(x)
        layer.tap.listeners.append(lambda _, weights, place: heard.append((weights, place)))
        watched = layer(x)
    for found in (alone, watched):
        torch.testing.assert_close(found, torch.stack(outs), atol=1e-12, rtol=1e-12)
    torch.testing.assert_close(heard[0][0], torch.stack(maps), atol=1e-12, rtol=1e-12)
    torch.testing.assert_close(heard[0][0].sum(-1), torch.ones_like(heard[0][0][..., 0]))


def test_by_hand() -> None:
    # A row of three: the middle query 1 meets keys 0, 1, 0, logits ln 2·(0, 1, 0), so the weights
    # are 1/4, 2/4, 1/4 and 1/4·4 + 2/4·8 + 1/4·12 = 8. At the left end only two keys are inside.
    queries, keys = torch.tensor([[[[0.0, 1, 0]]]]), math.log(2) * torch.tensor([[[[0.0, 1, 0]]]])
    values = torch.tensor([[[[4.0, 8, 12]]]])
    sums, weights = local_relation(queries, keys, values, kernel_size=3)
    torch.testing.assert_close(sums.flatten(), torch.tensor([6.0, 8, 10]))
    torch.testing.assert_close(weights[0, 0, 3:6, 0, 1], torch.tensor([0.25, 0.5, 0.25]))


def test_without_queries_and_keys_it_is_a_depthwise_convolution() -> None:
    layer, x = make(kernel_size=3, boundary="zero", transform=False), noise(2, 5, 6, 4)
    layer.query.weight.data.zero_()
    layer.key.weight.data.zero_()
    kernel = layer.geometry().flatten(1).softmax(1).view(-1, 3, 3)
    wanted = F.conv2d(x, kernel[[0, 0, 1, 1, 2], None], padding=1, groups=5)
    torch.testing.assert_close(layer(x), wanted, atol=1e-12, rtol=0)


def test_a_shifted_map_gives_a_shifted_output_inside_the_border() -> None:
    layer, x = make(kernel_size=3), noise(1, 5, 7, 8)
    moved, still = layer(x.roll((1, 2), (2, 3))), layer(x)
    torch.testing.assert_close(moved[..., 2:-1, 3:-1], still[..., 1:-2, 1:-3], atol=1e-12, rtol=0)


def test_a_frozen_prior_is_the_table_of_its_network() -> None:
    layer, x = make(kernel_size=3), noise(1, 5, 4, 4)
    before, table = layer(x), layer.geometry()
    layer.freeze_prior()
    torch.testing.assert_close(layer(x), before, atol=1e-12, rtol=0)
    torch.testing.assert_close(layer.prior_table.data, table)
    other = make(kernel_size=3, prior="table")
    other.load_state_dict(layer.state_dict())
    torch.testing.assert_close(other(x), before, atol=1e-12, rtol=0)


def test_parameters() -> None:
    # 100 channels make 13 groups, the last of 4; queries, keys, 2·6+6+6·13+13, transform.
    count = sum(p.numel() for p in LocalRelation(100).parameters())
    assert count == 2 * 1300 + 109 + 10_000
    assert GeometryPrior(13, 7, 6)().shape == (13, 7, 7)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"similarity": "cosine"}, "expected similarity out of product, squared, absolute, got"),
        ({"prior": "fixed"}, "expected prior out of network, table, none, got 'fixed'"),
        ({"share": 0}, "expected positive channels, out_channels, share, stride, dilation and"),
        ({"transform": False, "out_channels": 3}, "expected out_channels=5 without a transform"),
        ({"kernel_size": 2}, "expected an odd kernel_size, so that a window has a centre, got 2"),
    ],
)
def test_errors(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        make(**options)
    assert str(error.value).startswith(sentence)


def test_a_wrong_number_of_channels() -> None:
    with pytest.raises(ShapeError, match=r"expected the feature map as \(b c h w\), c=5, got"):
        make()(noise(1, 4, 5, 5))
