"""What a map is asked about."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from saccade.errors import ConfigError, ShapeError
from saccade.inspection.targets import check_settled, classes_of, logits_of, scores_of

LOGITS = torch.tensor([[1.0, 5.0, 2.0], [7.0, 0.0, 3.0]])


def test_scores_by_hand() -> None:
    assert scores_of(LOGITS, None).tolist() == [5.0, 7.0]
    assert scores_of(LOGITS, 2).tolist() == [2.0, 3.0]
    assert scores_of(LOGITS, [0, 2]).tolist() == [1.0, 3.0]
    assert scores_of(LOGITS, torch.tensor([1, 1])).tolist() == [5.0, 0.0]
    assert scores_of(LOGITS, lambda x: x[:, 1] - x[:, 0]).tolist() == [4.0, -7.0]
    assert classes_of(LOGITS, None).tolist() == [1, 0]
    assert classes_of(LOGITS, lambda x: x[:, 0]) is None


def test_logits_are_found() -> None:
    assert logits_of(SimpleNamespace(logits=LOGITS)) is LOGITS
    with pytest.raises(ShapeError, match=r"logits \(b classes\).*got \(2, 3, 1\)"):
        logits_of(LOGITS[..., None])
    with pytest.raises(ShapeError, match="got dict"):
        logits_of({})


@pytest.mark.parametrize("target", [3, -1, [0, 3]])
def test_no_such_class(target) -> None:
    with pytest.raises(ConfigError, match="a class from 0 to 2"):
        scores_of(LOGITS, target)


def test_other_errors() -> None:
    with pytest.raises(ConfigError, match="a class for each of 2 images, got 3"):
        scores_of(LOGITS, [0, 1, 2])
    with pytest.raises(ConfigError, match="a class index"):
        scores_of(LOGITS, torch.tensor([0.5, 1.0]))
    with pytest.raises(ShapeError, match="one number for each of 2 images"):
        scores_of(LOGITS, lambda x: x)
    with pytest.raises(ConfigError, match="eval mode"):
        check_settled(nn.Linear(1, 1))
