"""How alike the two tokens are."""

import pytest
import torch
import torch.nn.functional as F

from saccade.errors import ConfigError
from saccade.training.distillation.similarity import head_similarity
from tests.training.distillation.conftest import examples, student


def test_by_hand_and_slowly() -> None:
    model = student().train()
    model.cls_token.data.fill_(0.0)[..., 0] = 2.0
    model.dist_token.data.fill_(0.0)[..., :2] = 1.0  # cos 45 degrees
    images = examples().images
    found = head_similarity(model, images)
    assert [row.place for row in found] == ["tokens", "block 1", "block 2", "norm"]
    assert found[0].cosine == pytest.approx(0.5**0.5)
    assert found[0].spread == 0
    both = model.eval().both(images)
    cosines = torch.stack([F.cosine_similarity(own[0], own[1], dim=0) for own in both])
    assert found[-1].cosine == pytest.approx(cosines.mean().item(), abs=1e-6)
    assert found[-1].spread == pytest.approx(cosines.std(correction=0).item(), abs=1e-6)


def test_equal_tokens_stay_equal_where_positions_are() -> None:
    model = student()
    model.dist_token.data.copy_(model.cls_token.data)
    model.pos_embed.data[:, 1] = model.pos_embed.data[:, 0]
    assert all(row.cosine == pytest.approx(1) for row in head_similarity(model, examples().images))
    assert model.training


def test_a_model_without_a_distillation_token() -> None:
    with pytest.raises(ConfigError, match="expected a model with a distillation token, got deit_t"):
        head_similarity(student(two_heads=False), examples().images)
