import pytest
import torch
from torch import nn

from saccade.data.batches import Batches
from saccade.data.sets import ImageSet
from saccade.errors import DataError
from saccade.training.evaluate import evaluate
from tests.training.conftest import PIXELS, small_model, stripes


class Broken(ImageSet):
    """Stripes of which some cannot be read."""

    def __init__(self, broken: set[int]) -> None:
        self.whole, self.broken = stripes(7), broken
        super().__init__("val", self.whole.classes, self.whole.labels)

    def picture_name(self, index):
        return f"picture {index}"

    def load(self, index):
        if index in self.broken:
            raise DataError("a picture", "half of one")
        return self.whole.load(index)

    def subset(self, name, indices):
        raise NotImplementedError


def test_slowly() -> None:
    model, images = small_model().eval(), stripes(11)
    scores = evaluate(model, Batches(images, PIXELS, batch_size=4))
    right, losses = {0: [], 1: [], 2: []}, []
    for index in range(11):
        pixels = torch.from_numpy(PIXELS.apply(*_parts(images.load(index)))[0].copy())[None]
        with torch.no_grad():
            logs = model(PIXELS.normalize(pixels))[0].log_softmax(dim=0)
        label = images.labels[index]
        right[label].append(float(logs.argmax() == label))
        losses.append(-logs[label].item())
    hits = [hit for own in right.values() for hit in own]
    assert scores.accuracy == pytest.approx(sum(hits) / 11)
    assert scores.loss == pytest.approx(sum(losses) / 11, rel=1e-5)
    assert scores.per_class == pytest.approx([sum(own) / len(own) for own in right.values()])
    assert (scores.top5, scores.count, scores.bad) == (1.0, 11, ())


def test_each_module_keeps_its_mode() -> None:
    model = small_model().train()
    model.blocks[0].eval()
    modes = [module.training for module in model.modules()]
    evaluate(model, Batches(stripes(3), PIXELS, batch_size=2))
    assert [module.training for module in model.modules()] == modes


def test_broken_pictures_are_named_and_counted_nowhere() -> None:
    batches = Batches(Broken({0, 2, 3}), PIXELS, batch_size=2)
    for _ in range(2):
        scores = evaluate(small_model(), batches)
        assert scores.count == 4
        assert [file.name for file in scores.bad] == ["picture 0", "picture 2", "picture 3"]
    with pytest.raises(DataError, match="expected pictures in val, got none that can be read"):
        evaluate(small_model(), Batches(Broken(set(range(7))), PIXELS, batch_size=2))


def test_labels_must_be_outputs_of_the_model() -> None:
    model = small_model()
    model.head = nn.Linear(8, 2)
    with pytest.raises(DataError, match="expected labels from 0 to 1, got 0 to 2"):
        evaluate(model, Batches(stripes(4), PIXELS, batch_size=4))


def _parts(picture):
    return picture.image, picture.geometry
