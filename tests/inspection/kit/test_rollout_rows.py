"""Rows of the rollout, without products of whole maps."""

import pytest
import torch

from saccade.errors import ConfigError, ShapeError
from saccade.inspection.kit.rollout import rollout
from saccade.inspection.kit.rollout_rows import RolloutStream, rollout_rows, step_back


def test_by_hand() -> None:
    # As in the tests of the rollout: [[.6 .4] [.3 .7]], then [[1 0] [.25 .75]].
    first, second = torch.tensor([[0.2, 0.8], [0.6, 0.4]]), torch.tensor([[1.0, 0.0], [0.5, 0.5]])
    attention = torch.stack([first, second])[None, :, None]
    torch.testing.assert_close(rollout_rows(attention, [1]), torch.tensor([[[0.375, 0.625]]]))
    last = rollout_rows(attention, [1, 0], start_layer=1)
    torch.testing.assert_close(last, torch.tensor([[[0.25, 0.75], [1.0, 0.0]]]))


@pytest.mark.parametrize("residual", [0.5, 0.2])
def test_rows_are_those_of_the_rollout(normal, residual: float) -> None:
    attention = normal(2, 4, 3, 9, 9).softmax(-1)
    whole = rollout(attention, residual=residual)
    rows = rollout_rows(attention, [0, 5], residual=residual)
    torch.testing.assert_close(rows, whole[:, [0, 5]], atol=1e-6, rtol=0)
    fused = rollout_rows(attention.mean(2, keepdim=True), [0], residual=residual)
    torch.testing.assert_close(fused, whole[:, :1], atol=1e-6, rtol=0)
    stream = RolloutStream(residual)
    for layer in attention.unbind(1):
        stream.take(layer)
    torch.testing.assert_close(stream.rows, whole, atol=1e-6, rtol=0)


def test_maps_that_come_in_chunks_of_rows(normal) -> None:
    attention = normal(2, 3, 2, 7, 7, dtype=torch.float64).softmax(-1)
    rows = torch.eye(7, dtype=torch.float64)[:2].expand(2, -1, -1)
    for layer in reversed(attention.unbind(1)):
        chunks = [range(3), range(3, 7)]
        rows = sum(step_back(rows, layer[:, :, list(one)], queries=one) for one in chunks)
    torch.testing.assert_close(rows, rollout(attention)[:, :2])


def test_maps_whose_rows_do_not_sum_to_one(normal) -> None:
    attention = normal(1, 3, 1, 5, 5).abs()
    torch.testing.assert_close(rollout_rows(attention, range(5)), rollout(attention))


def test_errors(normal) -> None:
    attention = normal(1, 2, 1, 4, 4).softmax(-1)
    with pytest.raises(ConfigError, match="query tokens from 0 to 3, got 4"):
        rollout_rows(attention, [0, 4])
    with pytest.raises(ConfigError, match="query tokens from 0 to 3, got none"):
        rollout_rows(attention, [])
    with pytest.raises(ConfigError, match="start_layer from 0 to 1, got 2"):
        rollout_rows(attention, [0], start_layer=2)
    with pytest.raises(ConfigError, match=r"residual in \(0, 1\), got 1"):
        RolloutStream(1.0)
    with pytest.raises(ConfigError, match="at least one layer, got none"):
        _ = RolloutStream().rows
    with pytest.raises(ShapeError, match="the rows"):
        step_back(torch.zeros(1, 1, 3), attention[:, 0])
    stream = RolloutStream()
    stream.take(attention[:, 0])
    with pytest.raises(ShapeError, match="the map"):
        stream.take(torch.full((1, 1, 5, 5), 0.2))
