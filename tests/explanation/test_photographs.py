"""Published weights on photographs, against numbers that timm computed."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import saccade
from saccade.predict import Predictor

pytestmark = pytest.mark.shared_data


@pytest.fixture(scope="module")
def predictor(shared_data: Path) -> Predictor:
    """The model with the published weights."""
    folder = shared_data / "weights" / "vit_tiny_patch16_224_imagenet1k"
    name = "vit_tiny_patch16_224"
    return saccade.load(folder / f"{name}.safetensors", model=name)


@pytest.fixture(scope="module")
def photographs(shared_data: Path) -> tuple[list[Image.Image], dict[str, np.ndarray]]:
    """The photographs, and what timm gives for them."""
    archive = zipfile.ZipFile(shared_data / "imagenet_samples" / "imagenet_samples_share.zip")
    with np.load(io.BytesIO(archive.read("reference.npz"))) as arrays:
        reference = dict(arrays)
    files = [io.BytesIO(archive.read(str(name))) for name in reference["files"]]
    return [Image.open(file) for file in files], reference


def test_rollout_of_all(predictor, photographs) -> None:
    pictures, reference = photographs
    found = saccade.explain(predictor, pictures, method="rollout", honest=False)
    np.testing.assert_allclose(found.map.numpy(), reference["rollout_mean_heads"], atol=1e-4)
    np.testing.assert_allclose(found.logits.numpy(), reference["logits"], atol=1e-4)


@pytest.mark.parametrize("layer", [0, 5, 11])
@pytest.mark.parametrize("head", [0, 1, 2])
def test_attention_of_the_class_token(predictor, photographs, layer, head) -> None:
    pictures, reference = photographs
    options = {"layer": layer, "head": head}
    found = saccade.explain(
        predictor, pictures[:10], method="raw_attention", options=options, honest=False
    )
    expected = reference["attn_first"][:, layer, head, 1:]
    np.testing.assert_allclose(found.map.flatten(1).numpy(), expected, atol=1e-4)


def test_relevance_is_conserved(predictor, photographs) -> None:
    found = saccade.explain(
        predictor, photographs[0][:4], method="transformer_attribution", honest=False
    )
    sums = found.details["relevance"]
    torch.testing.assert_close(sums, torch.ones_like(sums), atol=1e-3, rtol=0)
