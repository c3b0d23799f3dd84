"""The kit on models of other libraries, through their traces."""

import pytest
import torch

from saccade import record
from saccade.inspection.kit.findings import Choice, Seen
from saccade.inspection.kit.model_facts import facts
from saccade.inspection.kit.page import page
from saccade.inspection.kit.parts import PARTS
from saccade.inspection.kit.survey import survey
from tests.foreign import foreign

pytestmark = [pytest.mark.parity, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def timm():
    return foreign("timm")


def looked(model, size: tuple[int, int]) -> Seen:
    with torch.inference_mode(), record(model) as trace:
        model(torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(0)))
    return Seen(trace)


@pytest.mark.parametrize(
    ("options", "without"),
    [
        ({}, set()),
        ({"reg_tokens": 2}, set()),
        ({"class_token": False, "global_pool": "avg"}, {"flow"}),
        ({"class_token": False, "global_pool": "avg", "reg_tokens": 2}, {"flow"}),
    ],
)
def test_vision_transformers_on_a_rectangle(timm, options, without) -> None:
    size = (32, 64)
    model = timm.create_model(
        "vit_tiny_patch16_224", img_size=size, depth=2, num_classes=3, **options
    ).eval()
    found, refused = survey([looked(model, size)], choice=Choice(pictures=1))
    assert set(refused) == without
    assert len(found["heads"].rows) == 2 * 3
    assert {row[1] for row in found["rollout"].rows} == {0, 1}
    assert {row[2] for row in found["rollout"].rows} == {0, 1, 2, 3}
    own, lacking = facts(model, torch.zeros(1, 3, *size))
    assert {"filters", "similarity"} <= set(own)
    assert len(own["similarity"].rows) == 8
    assert "<img" in page({**own, **found}, model="timm", refused={**refused, **lacking})


def test_stages_go_layer_by_layer(timm) -> None:
    model = timm.create_model(
        "swin_tiny_patch4_window7_224", img_size=112, depths=(2, 2), num_heads=(2, 4), embed_dim=16
    ).eval()
    found, refused = survey([looked(model, (112, 112))])
    assert set(found) == {"distance", "entropy", "sinks"}
    assert set(refused) == set(PARTS) - set(found)
    assert len(found["distance"].rows) == 2 * 2 + 2 * 4
