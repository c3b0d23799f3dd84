"""Maps that are not those of the kernel are refused."""

import pytest
import torch
import torch.nn.functional as F

from saccade.attention.fused_reading import Fused
from saccade.attention.reading import Whole
from saccade.errors import TraceError
from saccade.inspection.checking import check_first, checked


def reading(dtype: torch.dtype = torch.float32, *, off: float = 0.0) -> Fused:
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(2, 2, 5, 4, generator=generator).to(dtype) for _ in range(3))
    return Fused(q, k, v, output=F.scaled_dot_product_attention(q, k, v) + off)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_rows_of_the_kernel_pass(dtype):
    one = reading(dtype)
    error = checked("blocks.0", one, one.rows([0, 3]), [0, 3], None)
    assert error <= {torch.float32: 1e-6, torch.float64: 1e-14, torch.bfloat16: 1e-2}[dtype]
    assert check_first("blocks.0", one, one.rows()[0]) <= 1e-2


def test_another_output_is_refused():
    one = reading(off=0.5)
    with pytest.raises(
        TraceError, match=r"maps of blocks\.0 that give .* a difference of 0\.[345]"
    ):
        checked("blocks.0", one, one.rows(), None, None)
    with pytest.raises(TraceError, match="a report to the authors"):
        check_first("blocks.0", one, one.rows()[0])


def test_a_shifted_map_is_refused():
    one = reading()
    with pytest.raises(TraceError, match="a difference of"):
        checked("blocks.0", one, one.rows().roll(1, -1), None, None)


def test_nan_is_refused():
    rows = torch.full((1, 1, 2, 2), torch.nan)
    with pytest.raises(TraceError, match="numbers in the attention of pool, got NaN"):
        checked("pool", Whole(rows), rows, None, None)


def test_a_map_of_the_model_has_nothing_to_be_compared_with():
    rows = torch.full((1, 1, 2, 2), 0.5)
    assert checked("blocks.0", Whole(rows), rows, None, None) is None
