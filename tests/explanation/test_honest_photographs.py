"""Published weights on photographs: rollout beats chance, and depends on the weights."""

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image

import saccade
from saccade.explanation.belief import summarise

pytestmark = pytest.mark.shared_data


def test_rollout_beats_random_orders(shared_data: Path) -> None:
    folder = shared_data / "weights" / "vit_tiny_patch16_224_imagenet1k"
    name = "vit_tiny_patch16_224"
    predictor = saccade.load(folder / f"{name}.safetensors", model=name)
    archive = zipfile.ZipFile(shared_data / "imagenet_samples" / "imagenet_samples_share.zip")
    names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))[::25]
    pictures = [Image.open(io.BytesIO(archive.read(name))) for name in names]
    belief = saccade.explain(predictor, pictures, method="rollout").belief
    found = summarise([belief.to_dict(image) for image in range(len(pictures))])
    assert found["insertion"]["advantage"] > 0.03
    assert found["deletion"]["advantage"] > 0.05
    assert found["shift"]["mean"] > 0.95
    assert abs(found["weights"]["mean"]) < 0.5
