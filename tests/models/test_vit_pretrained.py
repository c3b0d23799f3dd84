"""Published weights of ViT-Tiny on photographs, against numbers that timm computed."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor, nn

from saccade.inspection import record, rollout, to_grid
from saccade.models import build

pytestmark = pytest.mark.shared_data


@pytest.fixture(scope="module")
def model(shared_data: Path) -> nn.Module:
    """The model with the published weights, loaded strictly."""
    folder = shared_data / "weights" / "vit_tiny_patch16_224_imagenet1k"
    made = build("vit_tiny_patch16_224")
    made.load_state_dict(load_file(folder / "vit_tiny_patch16_224.safetensors"), strict=True)
    return made.eval()


@pytest.fixture(scope="module")
def archive(shared_data: Path) -> zipfile.ZipFile:
    """The photographs and what they give."""
    return zipfile.ZipFile(shared_data / "imagenet_samples" / "imagenet_samples_share.zip")


@pytest.fixture(scope="module")
def reference(archive: zipfile.ZipFile) -> dict[str, np.ndarray]:
    """The numbers by name."""
    with np.load(io.BytesIO(archive.read("reference.npz"))) as arrays:
        return dict(arrays)


def pixels(picture: Image.Image) -> Tensor:
    """Short side to 248 by bicubic, the middle 224x224, then from 0-1 to -1…1."""
    width, height = picture.size
    short = min(width, height)
    size = (int(248 * width / short), int(248 * height / short))
    picture = picture.resize(size, Image.Resampling.BICUBIC)
    left, top = round((size[0] - 224) / 2), round((size[1] - 224) / 2)
    array = np.asarray(picture.crop((left, top, left + 224, top + 224)), dtype=np.float32)
    return (torch.from_numpy(array).permute(2, 0, 1) / 255 - 0.5) / 0.5


@pytest.fixture(scope="module")
def found(
    model: nn.Module, archive: zipfile.ZipFile, reference: dict[str, np.ndarray]
) -> dict[str, Tensor]:
    """Everything for all photographs, in one pass."""
    names = [str(name) for name in reference["files"]]
    batch = torch.stack(
        [pixels(Image.open(io.BytesIO(archive.read(name))).convert("RGB")) for name in names]
    )
    parts: dict[str, list[Tensor]] = {"features": [], "logits": [], "rollout": [], "attention": []}
    for images in batch.split(20):
        with torch.no_grad(), record(model) as trace:
            features = model.features(images)
        parts["features"].append(features)
        parts["logits"].append(model.head(features).detach())
        parts["rollout"].append(to_grid(rollout(trace.attention), model.layout))
        parts["attention"].append(trace.attention[:, :, :, 0])
    return {name: torch.cat(values) for name, values in parts.items()}


@pytest.mark.parametrize(
    ("ours", "theirs", "near"),
    [
        ("logits", "logits", 1e-3),
        ("features", "cls_feature_after_norm", 1e-3),
        ("rollout", "rollout_mean_heads", 1e-4),
        ("attention", "attn_first", 1e-4),
    ],
)
def test_equals_timm(
    found: dict[str, Tensor],
    reference: dict[str, np.ndarray],
    ours: str,
    theirs: str,
    near: float,
) -> None:
    expected = torch.from_numpy(reference[theirs])
    torch.testing.assert_close(found[ours][: len(expected)], expected, atol=near, rtol=0)


def test_recording_changes_nothing(model: nn.Module, normal) -> None:
    images = normal(2, 3, 224, 224)
    with torch.no_grad():
        plain = model(images)
        with record(model):
            watched = model(images)
    torch.testing.assert_close(watched, plain, atol=1e-5, rtol=1e-5)
