"""MLP-Mixer: sizes, the equations in loops, and why it takes one size only."""

import math

import pytest
import torch
from torch import Tensor, nn

from saccade.errors import ConfigError, ShapeError
from saccade.models import build
from saccade.models.catalog import CATALOG
from saccade.models.mixer import Mixer, MixerBlock
from saccade.models.mixer_config import MixerConfig
from tests.models.drawn import drawn, noise, sized

TINY = {"img_size": (4, 6), "patch_size": 2, "num_blocks": 2, "embed_dim": 8, "num_classes": 5}


def tiny(**changes: object) -> Mixer:
    """A small network with drawn weights, in eval mode and double precision."""
    return drawn(Mixer(MixerConfig(**{**TINY, **changes})))


@pytest.mark.parametrize(
    ("name", "parameters", "giga"),
    [
        ("mixer_s32_224", 19_104_624, 1.0024),
        ("mixer_s16_224", 18_528_264, 3.7770),
        ("mixer_b32_224", 60_293_428, 3.2377),
        ("mixer_b16_224", 59_880_472, 12.6018),
        ("mixer_l32_224", 206_939_264, 11.2533),
        ("mixer_l16_224", 208_196_168, 44.5477),
        ("mixer_h14_224", 432_350_952, 120.9899),
    ],
)
def test_sizes(name: str, parameters: int, giga: float) -> None:
    model, count, found = sized(name)
    assert count == CATALOG[name].parameters == parameters
    assert round(found, 4) == giga
    assert model.config.hidden == (model.config.embed_dim // 2, 4 * model.config.embed_dim)


def normed(vector: Tensor, norm: nn.LayerNorm) -> Tensor:
    spread = ((vector - vector.mean()).square().mean() + norm.eps).sqrt()
    return (vector - vector.mean()) / spread * norm.weight + norm.bias


def bent(x: float, act: str) -> float:
    if act == "gelu":
        return x * (1 + math.erf(x / math.sqrt(2))) / 2
    return x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2


def perceptron(vector: Tensor, mlp: nn.Module, act: str) -> Tensor:
    hidden = mlp.fc1.weight @ vector + mlp.fc1.bias
    hidden = torch.tensor([bent(float(x), act) for x in hidden], dtype=torch.float64)
    return mlp.fc2.weight @ hidden + mlp.fc2.bias


@pytest.mark.parametrize("act", ["gelu", "gelu_tanh"])
@torch.no_grad()
def test_a_block_slowly(act: str) -> None:
    # Eq. 1: every feature across the tokens, then every token across the features.
    model = tiny(act=act)
    block, x = model.blocks[0], noise(1, 6, 8)
    tokens = x[0].clone()
    ready = torch.stack([normed(token, block.norm1) for token in tokens])
    for feature in range(8):
        tokens[:, feature] += perceptron(ready[:, feature], block.mlp_tokens, act)
    for place in range(6):
        tokens[place] += perceptron(normed(tokens[place], block.norm2), block.mlp_channels, act)
    torch.testing.assert_close(block(x)[0], tokens, atol=1e-12, rtol=0)


@torch.no_grad()
def test_the_order_of_the_patches_lies_in_the_token_weights() -> None:
    model, x = tiny(), noise(2, 6, 8)
    block = MixerBlock(model.config).double().eval()
    block.load_state_dict(model.blocks[0].state_dict())
    order = torch.tensor([3, 1, 5, 0, 2, 4])
    wanted = block(x)[:, order]
    assert not torch.allclose(block(x[:, order]), wanted)
    dense = block.mlp_tokens
    dense.fc1.weight.data = dense.fc1.weight[:, order]
    dense.fc2.weight.data, dense.fc2.bias.data = dense.fc2.weight[order], dense.fc2.bias[order]
    torch.testing.assert_close(block(x[:, order]), wanted, atol=1e-12, rtol=0)


@torch.no_grad()
def test_what_every_classifier_can_be_asked() -> None:
    model, images = tiny(), noise(2, 3, 4, 6)
    assert (model.layout.prefix, model.layout.grid, model.layout.patch) == ((), (2, 3), (2, 2))
    steps = list(model.walk(images))
    assert [tuple(x.shape) for x in steps] == [(2, 6, 8)] * 2
    assert torch.equal(model.tokens(images), model.finish(steps[-1]))
    assert torch.equal(model.features(images), model.tokens(images).mean(1))
    assert model.patch_kernel().shape == (8, 3, 2, 2)
    assert model.position_table() is None
    model.set_input_size((4, 6))


def test_fresh_weights() -> None:
    model, images = Mixer(MixerConfig(**TINY, head_bias=-2.0)), torch.rand(2, 3, 4, 6)
    assert torch.equal(model(images), torch.full((2, 5), -2.0))
    assert model.blocks[0].mlp_tokens.fc1.bias.abs().max() == 0
    awake = Mixer(MixerConfig(**TINY, zero_head=False))
    assert 0 < awake.head.weight.abs().max() <= 2
    rates = [block.drop_path.probability for block in tiny(drop_path_rate=0.2).blocks]
    assert rates == [0.0, 0.2]


def test_another_size_is_refused() -> None:
    with torch.device("meta"):
        model = build("mixer_s32_224")
    with pytest.raises(ConfigError) as error:
        model.set_input_size((256, 224))
    assert str(error.value) == (
        "expected images of 224x224 pixels, since a Mixer learns weights for each place of its 7x7 "
        "patches, got 256x224; try pictures resized to it, or a fresh model with this img_size"
    )
    assert model.config.image == (224, 224)
    with pytest.raises(ShapeError, match="expected the images as"):
        model(torch.zeros(1, 3, 256, 224))
