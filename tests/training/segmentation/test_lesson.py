"""The lesson of labels for pixels: its loss, its second head, its judgement."""

import numpy as np
import pytest
import torch
from torch import nn

from saccade.data.geometry import Geometry
from saccade.data.segmentation.pixel_batches import PixelBatch, PixelBatches
from saccade.data.segmentation.sets import open_label_maps
from saccade.data.transforms import Preprocessing
from saccade.models.ccnet import PixelLogits
from saccade.training.objectives.segment import pixel_loss
from saccade.training.segmentation.lesson import Maps, PixelExamples, PixelGoal, PixelLesson
from tests.pixel_scenes import COLOURS, write_scenes

TO = Preprocessing(img_size=(24, 32), crop_mode="pad", mean=(0.0,), std=(1.0,))


class Nearest(nn.Module):
    """Knows the classes by their colours; its second head knows nothing."""

    def __init__(self) -> None:
        super().__init__()
        colours = torch.tensor(COLOURS[:3].astype(np.float32) / 255)
        self.colours = nn.Parameter(colours)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        apart = images[:, None] - self.colours[None, :, :, None, None]
        return -50 * apart.square().sum(2)

    def forward_with_aux(self, images: torch.Tensor) -> PixelLogits:
        logits = self(images)
        return PixelLogits(logits, torch.zeros_like(logits))


def lesson(**goal: float) -> PixelLesson:
    return PixelLesson(Nearest(), PixelGoal(**goal), TO, ("ground", "box", "disc"))


def test_the_second_head_weighs_what_it_is_told() -> None:
    examples = PixelExamples(torch.rand(2, 3, 4, 4), torch.randint(0, 3, (2, 4, 4)))
    logits = Nearest()(examples.images)
    main = pixel_loss(logits, examples.labels)
    second = float(torch.tensor(3.0).log())
    for aux in (0.0, 0.4):
        found = lesson(aux=aux)(examples).loss
        torch.testing.assert_close(found, main + aux * second)


def test_correct_sums_shares_of_pictures() -> None:
    images = torch.tensor(COLOURS[:1].astype(np.float32) / 255).view(1, 3, 1, 1).expand(2, 3, 1, 2)
    labels = torch.tensor([[[0, 1]], [[0, 255]]])
    assert float(lesson()(PixelExamples(images, labels)).numbers["correct"]) == 0.5 + 1.0


def test_judged_in_the_size_of_the_pictures(tmp_path) -> None:
    root = write_scenes(tmp_path, {"val": 3})
    batches = PixelBatches(open_label_maps(root)["val"], TO, batch_size=2)
    ticks: list[int] = []
    found = lesson().judge(batches, tick=ticks.append)
    assert found.goal == found.numbers["miou"] > 0.95
    assert set(found.detail["iou"]) == {"ground", "box", "disc"}
    assert ticks == [0, 1]


def test_a_batch_without_pictures_is_stood_in_for() -> None:
    empty = PixelBatch(torch.empty(0, 3, 4, 6, dtype=torch.uint8), None, (), (), (), (), 0)
    examples = Maps(TO)(empty, torch.device("cpu"), "")
    assert examples.images.shape == (1, 3, 4, 6)
    assert float(lesson()(examples).loss.detach()) == 0.0


def test_pixels_are_normalised() -> None:
    images = torch.full((1, 3, 2, 2), 255, dtype=torch.uint8)
    labels = torch.zeros(1, 2, 2, dtype=torch.uint8)
    batch = PixelBatch(images, labels, (), (0,), ("a",), (Geometry.of((2, 2)),), 0)
    examples = Maps(TO)(batch, torch.device("cpu"), "")
    assert float(examples.images.max()) == pytest.approx(1.0)
    assert examples.labels.dtype == torch.int64
