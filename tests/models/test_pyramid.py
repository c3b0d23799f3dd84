"""Parts of the pyramid vision transformers: patches that overlap or not, and the perceptron."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.models.mixer import MixerBlock
from saccade.models.pvt_config import PVTConfig
from saccade.models.pyramid import PatchNorm, PyramidBlock, PyramidMlp, as_map, draw
from tests.contract.small import small


def noise(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def test_a_patch_by_hand() -> None:
    # Sums of squares of 2x2, in two features of opposite sign: the norm makes them 1 and -1.
    patches = PatchNorm(1, 2, 2, eps=1e-12)
    patches.proj.weight.data = torch.stack([torch.ones(1, 2, 2), -torch.ones(1, 2, 2)])
    patches.proj.bias.data.zero_()
    tokens, grid = patches(torch.arange(1.0, 16).view(1, 1, 3, 5))
    assert (grid, tuple(tokens.shape)) == ((1, 2), (1, 2, 2))  # what is left over is not read
    torch.testing.assert_close(tokens[0], torch.tensor([[1.0, -1.0]] * 2))


@pytest.mark.parametrize(("step", "overlap", "side"), [(4, 3, 7), (2, 1, 3)])
def test_overlapping_patches_leave_nothing_out(step: int, overlap: int, side: int) -> None:
    patches = PatchNorm(1, 4, step, overlap=overlap)
    assert patches.proj.kernel_size == (side, side)
    image = torch.zeros(1, 1, 9, 5, requires_grad=True)
    tokens, grid = patches(image)
    assert grid == (-(-9 // step), -(-5 // step))
    (gradient,) = torch.autograd.grad(tokens.square().sum() + tokens[..., 0].sum(), image)
    assert bool((gradient != 0).all())


@pytest.mark.parametrize("relu", [False, True])
@torch.no_grad()
def test_the_convolution_sees_the_map_of_each_unit(relu: bool) -> None:
    mlp, x = PyramidMlp(3, 2, convolve=True, relu=relu), noise(1, 6, 3)
    units = mlp.fc1(x)[0].T.reshape(2, 2, 3)
    units = units.relu() if relu else units
    seen = torch.zeros(2, 6)
    for unit in range(2):
        padded = F.pad(units[unit], (1, 1, 1, 1))
        for place in range(6):
            row, column = divmod(place, 3)
            square = padded[row : row + 3, column : column + 3]
            kernel, bias = mlp.dwconv.weight[unit, 0], mlp.dwconv.bias[unit]
            seen[unit, place] = (kernel * square).sum() + bias
    torch.testing.assert_close(mlp(x, (2, 3))[0], mlp.fc2(F.gelu(seen.T)))


def test_without_it_tokens_are_alone() -> None:
    mlp, x = PyramidMlp(3, 4), noise(1, 6, 3)
    torch.testing.assert_close(mlp(x, (2, 3))[:, 2:3], mlp(x[:, 2:3], (1, 1)))


def test_a_block_starts_near_the_identity_and_drops_its_branches() -> None:
    config = PVTConfig(depths=(2, 1, 1, 1), drop_path_rate=0.9)
    block, x = PyramidBlock(config, 3, 0), noise(4, 7, 512)
    rest = block.eval()(x, (2, 3)) - x
    assert 0 < rest.std() < 0.5
    block.train()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        kept = (block(x, (2, 3)) != x).flatten(1).any(1)
    assert not bool(kept.all())


def test_maps_are_laid_out_row_by_row() -> None:
    tokens = torch.arange(6.0).view(1, 6, 1)
    assert as_map(tokens, (2, 3)).tolist() == [[[[0, 1, 2], [3, 4, 5]]]]


def test_drawing() -> None:
    layers = nn.Sequential(nn.Linear(64, 64), nn.Conv2d(8, 64, 3), nn.LayerNorm(4))
    for rule, spread in (("torch", (1 / 72 / 3) ** 0.5), ("fan_out", (2 / 576) ** 0.5)):
        for parameter in layers.parameters():
            parameter.data.fill_(7)
        draw(layers, rule)
        assert layers[0].weight.std().item() == pytest.approx(0.02, rel=0.1)
        assert layers[1].weight.std().item() == pytest.approx(spread, rel=0.1)
        assert bool((layers[1].bias == 0).all()) == (rule == "fan_out")
        assert layers[2].weight.tolist() == [1] * 4


@pytest.mark.parametrize("name", ["pvt_tiny", "pvt_v2_b1", "pvt_v2_b2_li", "mixer_s32_224"])
def test_blocks_can_be_computed_again_in_the_backward_pass(name: str) -> None:
    model, gradients, calls = small(name).train(), [], []
    for part in model.modules():
        if isinstance(part, PyramidBlock | MixerBlock):
            part.register_forward_pre_hook(lambda *_: calls.append(1))
    for enable in (False, True):
        model.set_grad_checkpointing(enable)
        model(noise(2, 3, *model.config.image)).square().sum().backward()
        gradients.append({key: p.grad for key, p in model.named_parameters()})
        model.zero_grad(set_to_none=True)
    torch.testing.assert_close(gradients[1], gradients[0])
    blocks = model.steps if name.startswith("mixer") else sum(model.config.depths)
    assert len(calls) == 3 * blocks
