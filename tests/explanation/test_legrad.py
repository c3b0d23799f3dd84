"""LeGrad: slowly, and where it is refused."""

import pytest
import torch

from saccade.errors import ConfigError, TraceError
from saccade.explanation.legrad import legrad
from saccade.inspection.graded import held_maps
from saccade.models import build
from tests.explanation.small import Pixels
from tests.samples import drawn_model


def test_slowly(normal) -> None:
    model, images = drawn_model().double(), normal(2, 3, 8, 8, dtype=torch.float64)
    total = torch.zeros(2, 16).double()
    for depth in (1, 2):
        # The score of a layer is that of the model that ends there.
        with held_maps(model) as held:
            *_, tokens = (x for _, x in zip(range(depth), model.walk(images), strict=False))
            logits = model.head(model.norm(tokens)[:, 0])
            (gradient,) = torch.autograd.grad(logits[:, 1].sum(), held.maps[depth - 1])
        for head in range(4):
            for query in range(17):
                total += gradient[:, head, query, 1:].clamp_min(0) / (2 * 4 * 17)
    torch.testing.assert_close(legrad(model, images, target=1).map.flatten(1), total)


def test_the_last_layer_alone_and_the_usual_class(normal) -> None:
    model, images = drawn_model(), normal(2, 3, 8, 8)
    likeliest = model(images).argmax(1)
    one = legrad(model, images, start_layer=-1)
    torch.testing.assert_close(one.map, legrad(model, images, target=likeliest, start_layer=1).map)
    assert one.layers == ("blocks.1.attn",)
    assert float(one.map.min()) >= 0


def test_errors(normal) -> None:
    with pytest.raises(TraceError, match="got Pixels"):
        legrad(Pixels(), torch.ones(1, 1, 1, 1))
    sizes = {"img_size": 8, "patch_size": 4, "embed_dim": 8, "num_heads": 2, "depth": 1}
    two = build("deit_tiny_distilled_patch16_224", **sizes, num_classes=2).eval()
    with pytest.raises(TraceError, match="got DistilledDeiT"):
        legrad(two, normal(1, 3, 8, 8))
    with pytest.raises(ConfigError, match="start_layer from -2 to 1, got 2"):
        legrad(drawn_model(), normal(1, 3, 8, 8), start_layer=2)
