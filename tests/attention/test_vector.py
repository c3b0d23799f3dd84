"""Vector self-attention: every relation against nested loops, laws, and errors."""

import pytest
import torch
from torch import nn

from saccade.attention.vector import RELATIONS, VectorAttention, patch_relation, relation_size
from saccade.errors import ConfigError, ShapeError
from saccade.kernels import using
from tests.attention.slow_vector import attend_slowly

ALL = [(kind, relation) for kind, relations in RELATIONS.items() for relation in relations]
each_relation = pytest.mark.parametrize(("kind", "relation"), ALL)
# Grid, then options: non-square, odd, one row, smaller than the window, strides, dilations.
WAYS = [
    ((3, 4), {"kernel_size": 3}),
    ((1, 5), {"kernel_size": 3, "boundary": "zero", "layout": "contiguous"}),
    ((2, 3), {"kernel_size": 5, "positions": False}),
    ((5, 4), {"kernel_size": 3, "stride": 2, "boundary": "mask"}),
    ((4, 5), {"kernel_size": 3, "stride": 3, "dilation": 2}),
]


def make(**options: object) -> VectorAttention:
    """A layer whose norms do something."""
    generator = torch.Generator().manual_seed(0)
    sizes = {"relation_channels": 3, "out_channels": 6, "share": 2}
    layer = VectorAttention(5, **{**sizes, **options}).double().eval()
    for tensor in layer.state_dict().values():
        if tensor.is_floating_point():
            tensor.normal_(std=0.5, generator=generator)
    for part in layer.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.running_var.abs_().add_(0.5)
    return layer


def noise(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@each_relation
@pytest.mark.parametrize(("grid", "options"), WAYS, ids=str)
@pytest.mark.parametrize("wish", ["auto", "torch"])
def test_slowly(
    wish: str, kind: str, relation: str, grid: tuple[int, int], options: dict[str, object]
) -> None:
    if kind == "patchwise" and options.get("boundary") == "mask":
        options = {**options, "boundary": "zero"}
    if relation == "clique_product" and options["kernel_size"] == 5:
        options = {**options, "kernel_size": 3}
    layer, x, heard = make(kind=kind, relation=relation, **options), noise(2, 5, *grid), []
    outs, maps = zip(*(attend_slowly(layer, image) for image in x), strict=True)
    with using(wish), torch.no_grad():
        alone = layer(x)
        layer.tap.listeners.append(lambda _, weights, place: heard.append((weights, place)))
        watched = layer(x)
    for found in (alone, watched):
        torch.testing.assert_close(found, torch.stack(outs), atol=1e-12, rtol=1e-12)
    torch.testing.assert_close(heard[0][0], torch.stack(maps), atol=1e-12, rtol=1e-12)
    assert (heard[0][1].queries, heard[0][1].keys) == (alone.shape[2:], grid)


def test_by_hand() -> None:
    # Phi is 0, psi and beta are x, and gamma leaves positive numbers as they are, so the logits
    # of the middle window are ln 2 for itself and 0 for eight others: its weight is 2/10.
    layer = VectorAttention(
        1, relation="summation", kernel_size=3, share=1, positions=False, boundary="zero"
    ).double()
    for tensor in layer.state_dict().values():
        tensor.fill_(1)
    for name in ("conv1.weight", "conv1.bias", "conv2.bias", "conv3.bias"):
        layer.state_dict()[name].zero_()
    for number in (0, 3):
        layer.conv_w[number].bias.data.zero_()
        layer.conv_w[number].running_mean.zero_()
    x = torch.zeros(1, 1, 1, 3, dtype=torch.float64)
    x[..., 1] = torch.log(torch.tensor(2.0, dtype=torch.float64))
    out = layer.eval()(x)
    torch.testing.assert_close(out[0, 0, 0, 1], 0.2 * x[0, 0, 0, 1], atol=1e-5, rtol=0)


def test_the_names_and_shapes_are_the_authors() -> None:
    found = {name: tuple(p.shape) for name, p in VectorAttention(64).named_parameters()}
    assert found["conv1.weight"] == found["conv2.weight"] == (4, 64, 1, 1)
    assert (found["conv3.weight"], found["conv_p.weight"]) == ((64, 64, 1, 1), (2, 2, 1, 1))
    assert (found["conv_w.2.weight"], found["conv_w.5.weight"]) == ((4, 6, 1, 1), (8, 4, 1, 1))
    patch = {n: tuple(p.shape) for n, p in make(kind="patchwise", kernel_size=3).named_parameters()}
    assert (patch["conv_w.2.weight"], patch["conv_w.5.weight"]) == ((3, 30, 1, 1), (27, 3, 1, 1))
    assert "conv_w.2.bias" not in patch
    assert "conv_p.weight" not in patch


@pytest.mark.parametrize("relation", RELATIONS["pairwise"])
def test_a_shifted_map_gives_a_shifted_output_inside_the_border(relation: str) -> None:
    layer = make(relation=relation, kernel_size=3, positions=False)
    x = noise(1, 5, 7, 8)
    moved, still = layer(x.roll(2, 3)), layer(x)
    torch.testing.assert_close(moved[..., 3:-1], still[..., 1:-3], atol=1e-12, rtol=0)


def test_only_pairwise_weights_sum_to_one() -> None:
    x = noise(1, 5, 4, 4)
    pair, patch = (make(kind=kind, kernel_size=3).attend(x).weights for kind in RELATIONS)
    torch.testing.assert_close(pair.sum(2), torch.ones_like(pair[:, :, 0]))
    assert (patch.sum(2) - 1).abs().max() > 0.1


def test_sizes_of_relations() -> None:
    found = {pair: relation_size(*pair, 4, 3) for pair in ALL}
    assert [found["pairwise", name] for name in RELATIONS["pairwise"]] == [4, 4, 8, 4, 1]
    assert [found["patchwise", name] for name in RELATIONS["patchwise"]] == [40, 9, 81]
    assert patch_relation("star_product", noise(1, 4, 2, 2), (noise(1, 4, 9, 2, 2),)).shape[1] == 9


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"kind": "groupwise"}, "expected kind pairwise or patchwise, got 'groupwise'; try kind="),
        ({"relation": "star_product"}, "expected for kind='pairwise' a relation out of subtrac"),
        ({"kind": "patchwise", "boundary": "mask"}, "expected boundary zero or reflect for patch"),
        ({"layout": "woven"}, "expected layout interleaved or contiguous, got 'woven'"),
        ({"share": 4}, "expected a share that divides the 6 output channels, got 4; try share=3"),
        ({"stride": 0}, "expected positive numbers, got"),
        ({"kernel_size": 4}, "expected an odd kernel_size, so that a window has a centre, got 4"),
    ],
)
def test_errors(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        make(**options)
    assert str(error.value).startswith(sentence)


def test_a_wrong_number_of_channels() -> None:
    with pytest.raises(ShapeError, match=r"expected the feature map as \(b c h w\), c=5, got"):
        make()(noise(1, 4, 5, 5))
