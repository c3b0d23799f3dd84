"""Our distilled DeiT and that of timm give the same numbers."""

from types import ModuleType

import pytest
import torch
from torch import nn

from saccade.models.deit import DistilledDeiT, DistilledDeiTConfig
from tests.parity.test_vit import CLOSE, SMALL, drawn, noise, theirs_of


def pair(timm: ModuleType, **changes: object) -> tuple[DistilledDeiT, nn.Module]:
    """Ours and timm's, with one set of weights."""
    ours = DistilledDeiT(DistilledDeiTConfig(**{**SMALL, **changes})).eval()
    theirs = drawn(timm.models.deit.VisionTransformerDistilled(**theirs_of(timm, ours.config)))
    ours.load_state_dict(theirs.state_dict(), strict=True)
    return ours, theirs


@pytest.mark.parametrize("changes", [{}, {"init_values": 0.1}, {"num_classes": 0}], ids=str)
@torch.no_grad()
def test_logits_features_and_steps(timm: ModuleType, changes: dict[str, object]) -> None:
    ours, theirs = pair(timm, **changes)
    images = noise(ours)
    torch.testing.assert_close(ours(images), theirs(images), **CLOSE)
    tokens = theirs.forward_features(images)
    torch.testing.assert_close(ours.tokens(images), tokens, **CLOSE)
    wanted = theirs.forward_head(tokens, pre_logits=True)
    torch.testing.assert_close(ours.features(images), wanted, **CLOSE)
    for options in ({"norm": True}, {"indices": [1], "return_prefix_tokens": True}):
        found = ours.forward_intermediates(images, **options)
        torch.testing.assert_close(found, theirs.forward_intermediates(images, **options), **CLOSE)


@torch.no_grad()
def test_the_pair_in_training(timm: ModuleType) -> None:
    ours, theirs = pair(timm)
    images = noise(ours)
    for model in (ours, theirs):
        model.train().set_distilled_training(True)
    for one, other in zip(ours(images), theirs(images), strict=True):
        torch.testing.assert_close(one, other, **CLOSE)
    assert isinstance(ours(images), tuple)


@torch.no_grad()
def test_off_resolution(timm: ModuleType) -> None:
    # timm's own set_input_size counts the two tokens, too.
    ours, theirs = pair(timm)
    ours.set_input_size((96, 64))
    theirs.set_input_size((96, 64))
    torch.testing.assert_close(ours(noise(ours)), theirs(noise(ours)), **CLOSE)
