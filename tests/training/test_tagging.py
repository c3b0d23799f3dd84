import numpy as np
import pytest
import torch

from saccade.data.batches import Batches
from saccade.data.sets import ArrayImages
from saccade.training.evaluate import unique_rows
from saccade.training.measures.multilabel import label_scores
from saccade.training.tagging import probability_rows, tag_scores
from tests.training.conftest import PIXELS, small_model, stripes


def tagged(count: int = 9) -> ArrayImages:
    """Stripes: rows and columns at once in every third picture."""
    images = stripes(count, name="val")
    images.multi = [(0, 1) if i % 3 == 0 else (i % 3,) for i in range(count)]
    return images


def test_two_processes_measure_what_one_does() -> None:
    model, images = small_model(), tagged()
    whole = tag_scores(model, Batches(images, PIXELS, batch_size=4))
    first, _ = probability_rows(model, Batches(images, PIXELS, batch_size=2))
    second, _ = probability_rows(model, Batches(images, PIXELS, batch_size=5))
    rows = unique_rows(torch.cat([second[3:], first[:5]]))
    again = label_scores(rows, images)
    assert again.count == whole.count == 9
    assert again.mean_average_precision == pytest.approx(whole.mean_average_precision)
    assert again.loss == pytest.approx(whole.loss, rel=1e-5)
    with torch.no_grad():
        pixels = np.stack([PIXELS.apply(p.image, p.geometry)[0] for p in map(images.load, [0, 1])])
        logits = model.eval()(PIXELS.normalize(torch.from_numpy(pixels)))
    torch.testing.assert_close(whole.rows[:2, 1:], logits.sigmoid().double(), atol=1e-5, rtol=1e-4)
