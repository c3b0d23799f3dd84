"""The localisation network."""

import pytest
import torch
from torch import nn

from saccade.errors import ConfigError
from saccade.layers.localisation import Localisation, start_last_layer


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (3, 5), (28, 28), (61, 40)])
def test_maps_of_any_size_fit(normal, size: tuple[int, int]) -> None:
    assert Localisation(2, 6)(normal(3, 2, *size)).shape == (3, 6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_volumes_fit(normal, dtype: torch.dtype) -> None:
    network = Localisation(2, 12, axes=3).to(dtype)
    assert network(normal(2, 2, 1, 3, 6, dtype=dtype)).shape == (2, 12)


def test_parameters() -> None:
    # 20·(25·3 + 1) + 20·(25·20 + 1) + 20·(16·20 + 1) + 6·(20 + 1)
    network = Localisation(3, 6)
    assert sum(p.numel() for p in network.parameters()) == 1520 + 10_020 + 6420 + 126


def test_where_something_is_matters(drawn) -> None:
    image = torch.zeros(1, 1, 16, 16)
    image[..., 2:6, 2:6] = 1
    network = drawn(Localisation(1, 2))
    assert (network(image) - network(image.flip(3))).abs().max() > 1e-3


def test_the_start_is_the_same_for_every_input(normal) -> None:
    network, numbers = Localisation(2, 3), torch.tensor([1.0, 2, 3])
    start_last_layer(network, numbers)
    torch.testing.assert_close(network(normal(2, 2, 4, 4)), numbers.expand(2, 3), atol=0, rtol=0)


@pytest.mark.parametrize(
    "network",
    [nn.Sequential(nn.Linear(4, 5)), nn.Linear(4, 6, bias=False), nn.Conv2d(4, 6, 1), nn.ReLU()],
)
def test_networks_that_cannot_start(network: nn.Module) -> None:
    with pytest.raises(ConfigError, match=r"has a bias and 6 outputs, got .*; try nn\.Linear"):
        start_last_layer(network, torch.zeros(6))
