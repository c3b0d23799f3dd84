"""Pictures in, a label for each of their pixels out; and where the head looked."""

import pytest
import torch
from PIL import Image

from saccade.checkpoints.native import save
from saccade.checkpoints.pixel_weights import pixel_card
from saccade.data.segmentation.classes import PixelClass, PixelClasses
from saccade.data.transforms import Preprocessing
from saccade.errors import CheckpointError, ConfigError, DataError, TraceError
from saccade.models import build
from saccade.segmentation.segmenter import Segmenter

CLASSES = PixelClasses((PixelClass("a", 0), PixelClass("b", 1)))


def made(tmp_path, **changes: object) -> Segmenter:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = build("ccnet_small", num_classes=2, width=4, depths=(1, 1, 1, 1), **changes)
    card = pixel_card(model, CLASSES, Preprocessing(img_size=(32, 40), crop_mode="pad"))
    save(tmp_path / "best.safetensors", model, card)
    return Segmenter.load(tmp_path)


@pytest.mark.parametrize("size", [(40, 32), (97, 33), (20, 90), (3, 2)])
def test_labels_lie_in_the_picture(size: tuple[int, int], tmp_path) -> None:
    found = made(tmp_path)(Image.effect_noise(size, 80).convert("RGB"))
    assert found.labels.shape == (size[1], size[0])
    assert sum(found.shares) == pytest.approx(1.0)
    assert found.shares[1] == pytest.approx((found.labels == 1).mean())


def test_broken_pictures_are_named(tmp_path) -> None:
    segmenter = made(tmp_path)
    Image.new("RGB", (9, 9)).save(tmp_path / "good.png")
    (tmp_path / "bad.png").write_bytes(b"x")
    found = list(segmenter.segment([tmp_path / "bad.png", tmp_path / "good.png"]))
    assert [one.name for one in found] == [str(tmp_path / "good.png")]
    assert [one.name for one in segmenter.bad] == [str(tmp_path / "bad.png")]
    with pytest.raises(ConfigError, match=r"a batch_size of at least 1, got 0"):
        next(segmenter.segment([], batch_size=0))


@pytest.mark.parametrize("context", ["criss_cross", "non_local"])
def test_where_the_head_looked(context: str, tmp_path) -> None:
    segmenter = made(tmp_path, context=context)
    found = segmenter(Image.new("RGB", (80, 64), (90, 20, 30)))
    assert segmenter.looked(found, (79, 63)).size == (80, 64)
    with pytest.raises(DataError, match=r"a point in a picture of 80 x 64 pixels, got 80,0"):
        segmenter.looked(found, (80, 0))


def test_a_head_without_attention(tmp_path) -> None:
    segmenter = made(tmp_path, recurrence=0)
    with pytest.raises(TraceError):
        segmenter.looked(segmenter(Image.new("RGB", (40, 32))), (1, 1))


def test_weights_that_give_no_numbers(tmp_path) -> None:
    segmenter = made(tmp_path)
    torch.nn.init.constant_(segmenter.weights.model.head.bottleneck[-1].bias, float("nan"))
    with pytest.raises(CheckpointError, match=r"weights that give numbers"):
        segmenter(Image.new("RGB", (40, 32)))
