"""The non-local block: its start, its size, its laws, its memory and its errors."""

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from saccade.attention import NonLocal
from saccade.errors import ConfigError, ShapeError

SIMILARITIES = ("embedded_gaussian", "gaussian", "dot_product", "concatenation")
SHAPES = {1: (2, 4, 7), 2: (1, 4, 5, 3), 3: (2, 4, 2, 3, 5)}


def count(block: NonLocal) -> int:
    return sum(parameter.numel() for parameter in block.parameters())


def test_parameters() -> None:
    assert count(NonLocal(512)) == 526_592
    assert count(NonLocal(1024)) == 2_101_760
    assert 2 * 526_592 + 3 * 2_101_760 == 7_358_464  # five blocks in a ResNet-50
    sizes = {"gaussian": 92, "embedded_gaussian": 164, "dot_product": 164, "concatenation": 172}
    for similarity, size in sizes.items():
        assert count(NonLocal(8, similarity=similarity)) == size
    names = set(NonLocal(8, similarity="concatenation").state_dict())
    parts = {f"{layer}.{part}" for layer in ("theta", "phi", "g", "w_z") for part in _PARTS}
    norm = {f"norm.{part}" for part in (*_PARTS, "running_mean", "running_var")}
    assert names == parts | norm | {"w_f", "norm.num_batches_tracked"}


_PARTS = ("weight", "bias")


@pytest.mark.parametrize("similarity", SIMILARITIES)
@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("pool", ["none", "after", "before"])
@pytest.mark.parametrize("norm", [True, False])
def test_it_starts_as_the_identity(normal, similarity, dims, pool, norm) -> None:
    block = NonLocal(4, similarity=similarity, dims=dims, pool=pool, norm=norm)
    x = normal(*SHAPES[dims])
    for mode in (block.train(), block.eval()):
        torch.testing.assert_close(mode(x), x, atol=0, rtol=0)


@pytest.mark.parametrize("similarity", SIMILARITIES)
def test_the_order_of_positions_does_not_matter(drawn, normal, similarity: str) -> None:
    block = drawn(NonLocal(4, similarity=similarity, dims=1).double())
    x, order = normal(1, 4, 6, dtype=torch.float64), torch.tensor([3, 0, 5, 4, 1, 2])
    moved = block(x[..., order])
    torch.testing.assert_close(moved, block(x)[..., order], atol=1e-12, rtol=0)


@pytest.mark.parametrize("shape", [(1, 4, 1, 6), (1, 4, 6, 1), (1, 4, 1, 1)])
@pytest.mark.parametrize("similarity", SIMILARITIES)
@pytest.mark.parametrize("pool", ["after", "before"])
def test_a_side_of_one_is_not_pooled(drawn, normal, shape, similarity: str, pool: str) -> None:
    block, seen = drawn(NonLocal(4, similarity=similarity, pool=pool)), []
    block.tap.listeners.append(lambda _, __, place: seen.append(place))
    assert block(normal(*shape)).shape == shape
    assert seen[0].queries == shape[2:]
    assert seen[0].keys == tuple(max(side // 2, 1) for side in shape[2:])


def test_pooling_before_or_after_are_two_things(drawn, normal) -> None:
    blocks = {pool: drawn(NonLocal(4, pool=pool)) for pool in ("before", "after")}
    blocks["after"].load_state_dict(blocks["before"].state_dict())
    x = normal(1, 4, 6, 6)
    assert (blocks["before"](x) - blocks["after"](x)).abs().max() > 1e-3


class Largest(TorchDispatchMode):
    """Remembers the most numbers that one tensor had."""

    numbers = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        for one in result if isinstance(result, tuple | list) else (result,):
            if isinstance(one, Tensor):
                self.numbers = max(self.numbers, one.numel())
        return result


@pytest.mark.parametrize("similarity", SIMILARITIES)
@pytest.mark.parametrize("pool", ["none", "after"])
def test_no_map_is_made_unless_somebody_listens(drawn, normal, similarity: str, pool: str) -> None:
    block = drawn(NonLocal(4, similarity=similarity, pool=pool))
    x = normal(1, 4, 32, 32).requires_grad_()
    with Largest() as largest:
        block(x).square().sum().backward()
    assert largest.numbers <= 4 * 1025
    block.tap.listeners.append(lambda *_: None)
    with Largest() as largest:
        block(x)
    assert largest.numbers >= 1024 * 256


@pytest.mark.parametrize("similarity", ["dot_product", "concatenation"])
def test_half_precision_sums_stay_in_range(similarity: str) -> None:
    # A sum of 40·40 over 100 positions is 160 000, more than the 65 504 of float16.
    block = NonLocal(1, hidden=1, similarity=similarity, norm=False)
    for layer in (block.theta, block.phi, block.g, block.w_z):
        nn.init.ones_(layer.weight)
    if block.w_f is not None:
        nn.init.ones_(block.w_f)
    x = torch.full((1, 1, 10, 10), 40.0)
    torch.testing.assert_close(block.half()(x.half()).float(), block.float()(x), rtol=1e-2, atol=0)


def test_errors() -> None:
    with pytest.raises(ConfigError) as error:
        NonLocal(8, span="time")
    assert str(error.value) == "expected dims=3 for span='time', got dims=2; try span='spacetime'"
    for options, wanted in (
        ({"similarity": "cosine"}, "similarity out of embedded_gaussian"),
        ({"dims": 4}, "dims 1, 2 or 3"),
        ({"pool": "max"}, "pool none, after or before"),
        ({"hidden": 0}, "positive channels and hidden"),
        ({"similarity": "dot_product", "scale": True}, "scale with a gaussian similarity"),
        ({"dims": 3, "span": "frame"}, "span spacetime, space or time"),
        ({"dims": 3, "span": "time", "pool": "after"}, "pool='none' for span='time'"),
    ):
        with pytest.raises(ConfigError, match=f"^expected {wanted}.*; try "):
            NonLocal(8, **options)
    with pytest.raises(ShapeError, match=r"the feature map as \(b c t h w\) with 5 axes, c=8"):
        NonLocal(8, dims=3)(torch.zeros(1, 8, 4, 4))
