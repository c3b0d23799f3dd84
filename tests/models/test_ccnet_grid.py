"""The head of CCNet on a classifier's grid: sizes, what rests, what is read."""

import pytest
import torch

from saccade.errors import ConfigError
from saccade.models import build
from saccade.models.catalog import CATALOG
from saccade.models.ccnet_grid import CCNetGrid, CCNetGridConfig

VIT = {"img_size": (16, 24), "patch_size": 8, "embed_dim": 8, "depth": 3, "num_heads": 2}
TINY = {"options": VIT, "num_classes": 5, "width": 8}


def tiny(**changes: object) -> CCNetGrid:
    return CCNetGrid(CCNetGridConfig(**{**TINY, **changes}))


def test_parameters() -> None:
    with torch.device("meta"):
        model = build("ccnet_grid")
    assert sum(p.numel() for p in model.parameters()) == CATALOG["ccnet_grid"].parameters


@pytest.mark.parametrize("context", ["criss_cross", "non_local"])
def test_logits_have_the_size_of_the_image(context: str) -> None:
    model, images = tiny(context=context, steps=(0, 2)).eval(), torch.randn(2, 3, 16, 24)
    both = model.forward_with_aux(images)
    assert both.logits.shape == (2, 5, 16, 24)
    assert both.aux is None


def test_stages_of_several_sizes_meet_at_the_finest() -> None:
    options = {"layers": (1, 1), "widths": (8, 16), "stem_chs": 4, "block": "basic"}
    model = tiny(network="resnet18", options={**options, "img_size": 32}, steps=(1, 2)).eval()
    sizes: list[torch.Size] = []
    model.head.register_forward_pre_hook(lambda _, given: sizes.append(given[0].shape[-2:]))
    assert model(torch.randn(1, 3, 32, 32)).shape == (1, 5, 32, 32)
    assert sizes == [model._maps(torch.randn(1, 3, 32, 32))[0].shape[-2:]]


@pytest.mark.parametrize(("tuned", "learns"), [(0, set()), (1, {"blocks.2"}), (-1, None)])
def test_what_learns(tuned: int, learns: set[str] | None) -> None:
    model = tiny(tuned=tuned).train()
    found = {
        ".".join(n.split(".")[:2]) for n, p in model.model.named_parameters() if p.requires_grad
    }
    if learns is None:
        assert {"blocks.0", "blocks.1", "blocks.2"} <= found
    else:
        assert {name for name in found if name.startswith("blocks")} == learns
    assert model.head.training
    assert model.model.blocks[0].training is (tuned == -1)


def test_other_classes() -> None:
    model = tiny()
    model.reset_classifier(2)
    assert model.eval()(torch.randn(1, 3, 16, 24)).shape[1] == 2
    assert model.config.num_classes == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"width": 0}, "a positive width, got 0"),
        ({"tuned": -2}, "tuned of -1 or more, got -2"),
        ({"network": "ccnet_small"}, "a network that classifies, got ccnet_small"),
        ({"context": "all"}, "context criss_cross or non_local, got 'all'"),
    ],
)
def test_errors(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        CCNetGridConfig(**{**TINY, **changes})
