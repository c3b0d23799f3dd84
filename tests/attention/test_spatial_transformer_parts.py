"""The spatial transformer in networks: several warps, own localisations, rates, precision."""

import pytest
import torch
from torch import Tensor, nn

from saccade.attention import SpatialTransformer, localisation_groups, sample_map
from saccade.layers.warps import AttentionWarp, ThinPlateWarp


class Tutorial(nn.Module):
    """The network of the tutorial on spatial transformers on torch's site."""

    def __init__(self) -> None:
        super().__init__()
        localisation = nn.Sequential(
            nn.Conv2d(1, 8, 7), nn.MaxPool2d(2), nn.ReLU(),
            nn.Conv2d(8, 10, 5), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(),
            nn.Linear(90, 32), nn.ReLU(), nn.Linear(32, 6),
        )  # fmt: skip
        self.warp = SpatialTransformer(1, localisation=localisation, align_corners=False)
        self.read = nn.Sequential(
            nn.Conv2d(1, 10, 5), nn.MaxPool2d(2), nn.ReLU(),
            nn.Conv2d(10, 20, 5), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(),
            nn.Linear(320, 50), nn.ReLU(), nn.Linear(50, 10),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return self.read(self.warp(x))


def test_the_tutorials_network_has_its_size(normal) -> None:
    network = Tutorial()
    assert sum(parameter.numel() for parameter in network.parameters()) == 27_360
    x = normal(2, 1, 28, 28)
    torch.testing.assert_close(network.warp(x), x, atol=1e-5, rtol=0)
    network(x).square().sum().backward()
    assert network.warp.localisation[-1].weight.grad.abs().max() > 0


@pytest.mark.parametrize("warp", ["attention", "affine", "projective", "thin_plate"])
def test_four_warps_start_as_four_tiles(normal, warp: str) -> None:
    x = normal(2, 3, 8, 6, dtype=torch.float64)
    module = SpatialTransformer(3, warp=warp, parallel=4, size=(4, 3), align_corners=False).double()
    assert module.out_channels == 12
    tiles = [x[..., :4, :3], x[..., :4, 3:], x[..., 4:, :3], x[..., 4:, 3:]]
    near = 1e-5 if warp == "thin_plate" else 1e-13
    torch.testing.assert_close(module(x), torch.cat(tiles, dim=1), atol=near, rtol=0)


def test_windows_of_fixed_size_only_move() -> None:
    module = SpatialTransformer(3, warp=AttentionWarp(scale=0.5), parallel=2)
    assert module.localisation.fc2.out_features == 4
    torch.testing.assert_close(module.start(), torch.tensor([-0.5, 0, 0.5, 0]))


def test_volumes_are_tiled_in_the_plane(normal) -> None:
    x = normal(1, 1, 3, 2, 4)
    module = SpatialTransformer(
        1, warp="affine_3d", parallel=2, size=(3, 2, 2), align_corners=False
    )
    torch.testing.assert_close(module(x), torch.cat([x[..., :2], x[..., 2:]], dim=1))
    assert module.tap.axes == ("b", "groups", "t", "h", "w", "xyz")


def test_a_spline_has_as_many_points_as_one_likes() -> None:
    module = SpatialTransformer(3, warp=ThinPlateWarp(rows=3, columns=5))
    assert module.localisation.fc2.out_features == 30


@pytest.mark.parametrize(
    ("padding", "outside"), [("zeros", 0.0), ("border", 3.0), ("reflection", 2.0)]
)
def test_what_is_outside(padding: str, outside: float) -> None:
    # One column right of the last of 1, 2, 3, whose centre is at x = 1, is x = 2.
    x, grid = torch.tensor([[[[1.0, 2.0, 3.0]]]]), torch.tensor([[[[2.0, 0.0]]]])
    assert sample_map(x, grid, padding_mode=padding).output.item() == outside


def test_the_localisation_learns_at_its_own_rate() -> None:
    network = Tutorial()
    groups = localisation_groups(network, 0.01, factor=0.1)
    optimizer = torch.optim.SGD(groups)
    assert [group["lr"] for group in optimizer.param_groups] == [0.01, pytest.approx(0.001)]
    slow = list(network.warp.localisation.parameters())
    assert [id(p) for p in groups[1]["params"]] == [id(p) for p in slow]
    assert len(groups[0]["params"]) + len(slow) == len(list(network.parameters()))


def test_starting_anew_is_the_identity_again(drawn, normal) -> None:
    module, x = drawn(SpatialTransformer(2)), normal(1, 2, 5, 5)
    assert (module(x) - x).abs().max() > 0.1
    module.reset_parameters()
    torch.testing.assert_close(module(x), x)


def test_bfloat16_does_not_round_the_grid(normal) -> None:
    x = normal(1, 1, 1, 224).bfloat16()
    module = SpatialTransformer(1).bfloat16()
    assert module.coordinates(x).dtype == torch.float32
    torch.testing.assert_close(module(x), x, atol=1e-2, rtol=0)


def test_layout_in_memory_does_not_matter(normal) -> None:
    module, x = SpatialTransformer(3, parallel=2), normal(2, 3, 5, 7)
    torch.testing.assert_close(module(x.contiguous(memory_format=torch.channels_last)), module(x))


def test_one_column_further_right_moves_the_map_one_column_left(normal) -> None:
    module, x = SpatialTransformer(1), normal(1, 1, 4, 6)
    module.localisation.fc2.bias.data[2] = 2 / 5
    output = module(x)
    torch.testing.assert_close(output[..., :5], x[..., 1:], atol=1e-5, rtol=0)
    torch.testing.assert_close(output[..., 5], torch.zeros(1, 1, 4), atol=1e-5, rtol=0)
