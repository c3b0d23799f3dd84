"""What tests of Google's files share: small networks, and how to compare."""

import numpy as np
import torch
from torch import Tensor

from saccade.checkpoints.google import read_google
from saccade.models import build
from saccade.models.classifier import Classifier

NAMES = {
    "vit": "vit_tiny_patch16_224",
    "hybrid": "vit_base_r50_s16_224",
    "mixer": "mixer_s16_224",
    "bit": "resnetv2_50x1_bit",
}
SIZES = {"img_size": 32, "patch_size": 8, "embed_dim": 48, "num_classes": 7}
GOOGLES = {"act": "gelu_tanh"}


def numbers(state: dict[str, Tensor]) -> dict[str, np.ndarray]:
    return {name: value.detach().double().numpy() for name, value in state.items()}


def read_back(state: dict[str, Tensor], **how: object) -> Classifier:
    """A model of what the arrays say."""
    read = read_google(state, **how)
    assert (read.mapped.unused, read.mapped.ignored) == ((), ())
    model = build(NAMES[read.family], **read.config)
    model.load_state_dict(read.mapped.state, strict=True)
    return model.eval()


def agree(model: Classifier, slow: object, arrays: dict[str, np.ndarray]) -> None:
    images = torch.randn(2, 3, *model.config.image, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        ours = model(images)
    theirs = torch.from_numpy(slow(images.permute(0, 2, 3, 1).double().numpy(), arrays))
    torch.testing.assert_close(ours.double(), theirs, atol=1e-5, rtol=1e-5)
