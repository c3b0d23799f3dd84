"""What a class loses without a head."""

import pytest
import torch

from saccade import ablate
from saccade.errors import ConfigError, TraceError
from saccade.inspection.head_importance import head_importance
from saccade.models import build
from tests.explanation.small import Pixels
from tests.samples import drawn_model


def test_by_hand() -> None:
    # Logits 4 and -2 become 0 and 0: from 1/(1 + e⁻⁶) to a half.
    (head,) = head_importance(Pixels(), [torch.tensor([[[[3.0]]]])])
    assert (head.layer, head.name, head.head, head.images) == (0, "attn.0", 0, 1)
    assert head.drop == pytest.approx(1 / (1 + 2.718281828**-6) - 0.5, abs=1e-6)
    assert (head.spread, head.changed) == (0.0, 0.0)


def test_one_head_after_the_other_gives_the_same(normal) -> None:
    model, images = drawn_model(), normal(3, 3, 8, 8)
    for rows in (1, 6, 64):
        found = head_importance(model, images.split(2), rows=rows)
        assert [(one.layer, one.head) for one in found] == [
            (t, h) for t in (0, 1) for h in range(4)
        ]
        with torch.no_grad():
            whole = model(images).softmax(1)
            best, classes = whole.max(1)
            for one in found:
                with ablate(model, f"{one.name}.heads[{one.head}]"):
                    after = model(images).softmax(1)
                lost = best - after.gather(1, classes[:, None])[:, 0]
                assert one.drop == pytest.approx(float(lost.mean()), abs=1e-5)
                assert one.spread == pytest.approx(float(lost.std(correction=0)), abs=1e-5)
                assert one.changed == pytest.approx(
                    float((after.argmax(1) != classes).float().mean())
                )


def test_windows_too(normal) -> None:
    sizes = {"img_size": 16, "patch_size": 2, "window_size": 4, "embed_dim": 8}
    model = build(
        "swin_tiny_patch4_window7_224", depths=(1,), num_heads=(2,), num_classes=2, **sizes
    )
    for parameter in model.parameters():
        parameter.data.normal_(std=0.5, generator=torch.Generator().manual_seed(1))
    model.eval()
    images = normal(2, 3, 16, 16)
    found = head_importance(model, [images])
    with torch.no_grad():
        best, classes = model(images).softmax(1).max(1)
        with ablate(model, f"{found[1].name}.heads[1]"):
            lost = best - model(images).softmax(1).gather(1, classes[:, None])[:, 0]
    assert found[1].drop == pytest.approx(float(lost.mean()), abs=1e-5)


def test_errors(normal) -> None:
    with pytest.raises(ConfigError, match="at least one image"):
        head_importance(Pixels(), [])
    with pytest.raises(ConfigError, match="eval mode"):
        head_importance(drawn_model().train(), [normal(1, 3, 8, 8)])
    plain = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3, 2)).eval()
    with pytest.raises(TraceError, match="computes none"):
        head_importance(plain, [normal(1, 3, 1, 1)])
