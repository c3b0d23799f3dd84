import os

import pytest
import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, _cur_sdpa_kernel_backends

from saccade.errors import ConfigError
from saccade.training.determinism import deterministic

# The switch itself imports torch's compiler, which takes seconds.
pytestmark = pytest.mark.slow


def state() -> tuple:
    cudnn = torch.backends.cudnn
    switches = torch.are_deterministic_algorithms_enabled(), cudnn.deterministic, cudnn.benchmark
    kernels = set(_cur_sdpa_kernel_backends())
    return *switches, os.environ.get("CUBLAS_WORKSPACE_CONFIG"), kernels


def test_all_is_set_back() -> None:
    before = state()
    with deterministic():
        assert state()[:4] == (True, True, False, ":4096:8")
        assert state()[4] == {SDPBackend.MATH}
    assert state() == before
    with deterministic(on=False):
        assert state() == before
    with pytest.raises(KeyError), deterministic():
        raise KeyError
    assert state() == before


def test_attention_is_the_same_up_to_rounding(normal) -> None:
    queries, keys, values = (normal(2, 3, 20, 8) for _ in range(3))
    usual = F.scaled_dot_product_attention(queries, keys, values)
    with deterministic():
        again = F.scaled_dot_product_attention(queries, keys, values)
        torch.testing.assert_close(again, usual)
        assert torch.equal(F.scaled_dot_product_attention(queries, keys, values), again)


def test_an_operation_without_such_a_way_is_named() -> None:
    said = "some_cuda does not have a deterministic implementation, but you set"
    words = "same numbers each time, got some_cuda; try determ"
    with pytest.raises(ConfigError, match=words), deterministic():
        raise RuntimeError(said)
    with pytest.raises(RuntimeError, match="another"), deterministic():
        raise RuntimeError("another")
