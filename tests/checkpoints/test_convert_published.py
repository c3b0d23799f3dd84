"""Published weights in five layouts: all give the reference logits, and the peers read them."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from saccade.checkpoints.convert import convert
from saccade.checkpoints.load import load_model
from tests.foreign import foreign
from tests.models.test_vit_pretrained import pixels

pytestmark = [pytest.mark.shared_data, pytest.mark.slow]
NAME = "vit_tiny_patch16_224"
TARGETS = {
    "saccade": "ours.safetensors",
    "timm": "timm.safetensors",
    "hf": "hf",
    "google": "google.npz",
    "torchvision": "torchvision.pth",
}


@pytest.fixture(scope="module")
def layouts(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the weights in every layout."""
    folder = tmp_path_factory.mktemp("layouts")
    source = shared_data / "weights" / f"{NAME}_imagenet1k" / f"{NAME}.safetensors"
    for to, name in TARGETS.items():
        convert(source, folder / name, to)
    return folder


@pytest.fixture(scope="module")
def photographs(shared_data: Path) -> tuple[Tensor, Tensor]:
    """Ten photographs and timm's logits of them."""
    path = shared_data / "imagenet_samples" / "imagenet_samples_share.zip"
    with zipfile.ZipFile(path) as archive:
        with np.load(io.BytesIO(archive.read("reference.npz"))) as arrays:
            names, logits = arrays["files"][:10], torch.from_numpy(arrays["logits"][:10])
        read = (Image.open(io.BytesIO(archive.read(str(name)))).convert("RGB") for name in names)
        return torch.stack([pixels(picture) for picture in read]), logits


@pytest.mark.parametrize("to", TARGETS)
def test_every_layout_gives_the_reference(layouts, photographs, to):
    name = NAME if to in ("timm", "torchvision") else None
    loaded = load_model(layouts / TARGETS[to], model=name)
    assert loaded.report.coverage == 100.0
    check(loaded.model.eval(), photographs)


def test_timm_reads_ours(timm, layouts, photographs):
    for file in ("timm.safetensors", "google.npz"):
        peer = timm.create_model(NAME, checkpoint_path=str(layouts / file))
        check(peer.eval(), photographs)


@pytest.mark.parity
def test_transformers_reads_ours(layouts, photographs):
    foreign("torchvision")
    peer = foreign("transformers").ViTForImageClassification.from_pretrained(layouts / "hf").eval()
    check(lambda images: peer(images).logits, photographs)


@pytest.mark.parity
def test_torchvision_reads_ours(layouts, photographs):
    peer = foreign("torchvision").models.VisionTransformer(
        image_size=224, patch_size=16, num_layers=12, num_heads=3, hidden_dim=192, mlp_dim=768
    )
    peer.load_state_dict(torch.load(layouts / "torchvision.pth", weights_only=True))
    check(peer.eval(), photographs)


def check(model, photographs):
    images, expected = photographs
    with torch.no_grad():
        torch.testing.assert_close(model(images), expected, atol=1e-3, rtol=0)
