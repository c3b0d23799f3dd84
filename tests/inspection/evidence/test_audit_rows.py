"""The numbers that verdicts on rows rest on."""

import pytest
import torch

from saccade.inspection.evidence.audit_rows import check_rows, sums_to_one, tolerance


def only(maps, *, whole=True, dtype=torch.float32):
    (finding,) = check_rows(maps.double(), dtype, whole=whole)
    return finding


def test_half_precision_is_given_more_room():
    near = torch.full((1, 4, 4), 0.25) * 1.005
    assert not sums_to_one(near, torch.float32)
    assert sums_to_one(near, torch.float16)
    assert tolerance(torch.bfloat16) > tolerance(torch.float64)


def test_columns_by_hand():
    # Columns sum to one, rows to 1.5 and 0.5.
    finding = only(torch.tensor([[[0.9, 0.6], [0.1, 0.4]]]))
    assert finding.name == "columns"
    assert finding.numbers == pytest.approx({"columns": 0, "rows": 0.5}, abs=1e-6)


def test_a_number_that_all_rows_were_multiplied_by():
    finding = only(torch.tensor([[[0.5, 1.5], [1.0, 1.0]]]))
    assert (finding.name, finding.numbers["sum"]) == ("scaled", pytest.approx(2))


def test_scaled_columns_have_the_eigenvalue_one():
    # Rows of a sum to 2 and 4; dividing column j by the sum of row j leaves (2, 4) in its place.
    a = torch.tensor([[1.5, 0.5], [1.0, 3.0]])
    finding = only((a / a.sum(-1))[None])
    assert finding.name == "column_scaled"
    assert finding.numbers == pytest.approx({"low": 0.875, "high": 1.25, "root": 1}, abs=1e-6)


def test_the_rank_of_a_product(normal):
    left, right = normal(20, 3), normal(20, 3)
    finding = only((left @ right.T)[None])
    assert (finding.name, finding.numbers["rank"]) == ("product", 3)


def test_some_uniform_maps_are_a_remark(normal):
    maps = normal(4, 8, 8).softmax(-1)
    maps[2] = 1 / 8
    finding = only(maps)
    assert (finding.name, finding.wrong) == ("uniform", False)
    assert finding.numbers["count"] == 1


def test_a_row_that_is_stretched_by_itself(normal):
    maps = normal(1, 6, 6).softmax(-1)
    low, high = maps.amin(-1, keepdim=True), maps.amax(-1, keepdim=True)
    assert only((maps - low) / (high - low)).name == "min_max"


def test_flow_before_and_after_its_rows_are_divided(normal):
    flow = (0.5 + normal(8).abs() / 4).clamp_max(1).expand(1, 8, 8)
    assert only(flow).name == "first_layer_flow"
    assert only(flow / flow.sum(-1, keepdim=True)).name == "same_rows"


def test_keys_that_were_cut_off(normal):
    maps = normal(2, 9, 9).softmax(-1)[:, 1:, 1:]
    assert (only(maps, whole=False).name, only(maps, whole=False).wrong) == ("prefix_mass", False)
    assert (only(maps).name, only(maps).wrong) == ("lost_mass", True)


def test_one_token_is_an_attention_too():
    assert check_rows(torch.ones(3, 1, 1).double(), torch.float32, whole=True) == []
