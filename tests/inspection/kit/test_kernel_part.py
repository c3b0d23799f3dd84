"""Tables and drawings of position kernels."""

import pytest
import torch

from saccade.inspection.kit.kernel import bias_kernel, reach, table_kernel
from saccade.inspection.kit.kernel_part import kernel_findings
from saccade.layers import sincos_positions


def test_each_offset_of_each_head_has_a_row(normal) -> None:
    bias = bias_kernel(normal(2, 6, 6), (2, 3), layer="blocks.0.attn")
    table = table_kernel(sincos_positions((2, 3), 8), (2, 3))
    found = kernel_findings([table, bias])
    assert len(found.rows) == 15 + 2 * 15
    assert list(found.charts) == ["table", "bias_blocks.0.attn"]
    rows = [dict(zip(found.header, row, strict=True)) for row in found.rows]
    assert (rows[0]["kind"], rows[0]["down"], rows[0]["right"]) == ("table", -1, -2)
    assert rows[0]["reach (patches)"] == ""
    assert rows[-1]["layer"] == "blocks.0.attn"
    assert rows[-1]["value"] == pytest.approx(float(bias.values[1, 2, 4]), abs=1e-6)
    assert rows[-1]["reach (patches)"] == pytest.approx(float(reach(bias)[1]), abs=1e-6)
    middle = [row for row in rows if (row["down"], row["right"]) == (0, 0)]
    assert middle[0]["value"] == pytest.approx(1.0)
    assert torch.isfinite(torch.tensor([row["value"] for row in rows])).all()
