"""Mechanisms by name on feature maps, and in place of convolutions."""

import pytest
import torch
from torch import nn

from saccade.attention import MECHANISMS
from saccade.attention.create import ROLES, AverageSquares, create_attention, in_place_of_conv
from saccade.errors import ConfigError, ShapeError, UnknownName

OTHER = {"local_self", "local_relation", "augmented_conv", "vector"}  # can change the channels
CONV = [name for name, role in ROLES.items() if role == "conv"]


@pytest.mark.parametrize("name", ROLES)
def test_each_takes_a_map_and_keeps_its_shape(name: str) -> None:
    torch.manual_seed(0)
    attention = create_attention(name, 16).eval()
    assert attention(torch.randn(2, 16, 9, 8)).shape == (2, 16, 9, 8)


def test_each_mechanism_that_takes_a_map_alone_has_a_role() -> None:
    assert set(MECHANISMS.names()) - set(ROLES) == {"alignment", "glimpse"}
    with pytest.raises(ConfigError) as caught:
        create_attention("glimpse", 16)
    assert str(caught.value) == (
        "expected a mechanism that takes a feature map alone, got 'glimpse'; "
        "try saccade.attention.Glimpse"
    )


def test_options_reach_the_mechanism() -> None:
    attention = create_attention("local_self", 16, heads=4, kernel_size=5, boundary="mask")
    assert (attention.heads, attention.kernel_size, attention.boundary) == (4, 5, "mask")
    assert create_attention("multi_head", 16, heads=2).reader.heads == 2
    assert create_attention("additive", 16, hidden=3).reader.key.out_features == 3


@pytest.mark.parametrize(
    ("kind", "name", "options", "sentence"),
    [
        (UnknownName, "criss_cros", {}, "got 'criss_cros'; try criss_cross"),
        (
            ConfigError,
            "criss_cross",
            {"reccurence": 1},
            "expected an option of criss_cross, got 'reccurence'; try recurrence",
        ),
        (
            ConfigError,
            "multi_head",
            {"head": 2},
            "expected an option of multi_head, got 'head'; try heads",
        ),
        (
            ConfigError,
            "additive",
            {"memory_size": 2},  # an option of the reader of tokens, not of the map's
            "expected an option of additive, got 'memory_size'; try hidden",
        ),
        (
            ConfigError,
            "local_self",
            {"heads": "two"},
            "expected options of the right type for local_self, got ",
        ),
        (ConfigError, "local_self", {"heads": 3}, "expected "),
    ],
)
def test_what_is_refused(kind, name, options, sentence) -> None:
    with pytest.raises(kind) as caught:
        create_attention(name, 16, **options)
    assert sentence in str(caught.value)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", [(8, 6), (9, 7)])
@pytest.mark.parametrize("name", CONV)
def test_a_layer_in_place_of_a_convolution_has_its_shape(name, size, stride) -> None:
    torch.manual_seed(0)
    out = 32 if name in OTHER else 16
    pixels = torch.randn(1, 16, *size)
    layer = in_place_of_conv(name, 16, out, stride=stride).eval()
    assert layer(pixels).shape == nn.Conv2d(16, out, 3, stride, 1)(pixels).shape


@pytest.mark.parametrize("name", sorted(set(CONV) - OTHER))
def test_what_keeps_its_channels_says_so(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        in_place_of_conv(name, 16, 24)
    assert str(caught.value) == (
        f"expected as many channels out as in, which is all that {name} can give, got 16 to 24; "
        "try another place, or local_self, local_relation, vector or augmented_conv"
    )


def test_the_mean_of_squares_by_hand() -> None:
    # The last column of squares holds one position, and so do both cells of the last row.
    rows = torch.tensor([[[[1.0, 3, 10], [5, 7, 20], [2, 4, 6]]]])
    assert AverageSquares(2)(rows).tolist() == [[[[4.0, 15.0], [3.0, 6.0]]]]
    with pytest.raises(ShapeError, match=r"^expected the feature map as \(b c h w\)"):
        AverageSquares(2)(rows[0])
