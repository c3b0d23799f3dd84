"""The linear probe: by hand, against scikit-learn, and written into a head."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from saccade.data.batches import Batches
from saccade.errors import ConfigError, DataError, ShapeError
from saccade.models import build
from saccade.training.measures.features import features_of
from saccade.training.measures.probe import PENALTIES, fit_probe, folds_of, probe_head
from tests.training.conftest import PIXELS, small_model, stripes


@pytest.fixture(autouse=True)
def one_thread():
    """Threads only wait for each other on matrices as small as these."""
    with threadpool_limits(1):
        yield


def clouds(count=60, classes=3, seed=0):
    """Clouds of points about the corners of a simplex, far from 0 and on unlike scales."""
    draw = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % classes
    points = 2 * torch.eye(classes, 4)[labels] + torch.randn(count, 4, generator=draw)
    return points * torch.tensor([1.0, 10.0, 0.1, 1.0]) + 5, labels


def test_by_hand_on_a_line():
    # symmetric about 3: the border lies there, and both classes have half of the slope
    x, y = torch.tensor([[1.0], [2.0], [4.0], [5.0]]), torch.tensor([0, 0, 1, 1])
    probe = fit_probe(x, y, classes=2, penalty=1.0)
    torch.testing.assert_close(probe.logits(torch.tensor([[3.0]])), torch.zeros(1, 2).double())
    torch.testing.assert_close(probe.weight[0], -probe.weight[1])
    assert probe.accuracy(x, y) == 1.0


@pytest.mark.parametrize("classes", [2, 3])
def test_equals_scikit_learn_on_scaled_features(classes):
    x, y = clouds(classes=classes)
    scaler = StandardScaler().fit(x.double())
    peer = LogisticRegression(C=0.3, max_iter=1000).fit(scaler.transform(x.double()), y)
    wanted = torch.from_numpy(peer.predict_proba(scaler.transform(x.double())))
    found = fit_probe(x, y, classes=classes, penalty=0.3, scaling="each").logits(x).softmax(1)
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=0)
    plain = LogisticRegression(C=0.3, max_iter=1000).fit(x.double(), y)
    found = fit_probe(x, y, classes=classes, penalty=0.3, scaling="none").logits(x).softmax(1)
    wanted = torch.from_numpy(plain.predict_proba(x.double()))
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=0)


def test_shift_and_scale_of_all_features_change_nothing():
    x, y = clouds()
    one = fit_probe(x, y, classes=3, penalty=1.0)
    other = fit_probe(100 * x - 7, y, classes=3, penalty=1.0)
    torch.testing.assert_close(one.logits(x), other.logits(100 * x - 7), atol=1e-3, rtol=1e-3)


def test_penalty_is_the_best_of_those_tried_on_the_known_pictures():
    x, y = clouds(30)
    probe = fit_probe(x, y, classes=3)
    assert [penalty for penalty, _ in probe.tried] == list(PENALTIES)
    assert probe.penalty == min(probe.tried, key=lambda pair: pair[1])[0]
    few = fit_probe(x[:4], torch.tensor([0, 0, 0, 1]), classes=2)
    assert (few.tried, few.penalty) == ((), 0.1)


def test_a_class_without_pictures_is_never_the_answer():
    x, y = clouds()
    probe = fit_probe(x, 2 * y, classes=6, penalty=1.0)
    assert set(probe.logits(x).argmax(1).tolist()) == {0, 2, 4}
    assert probe.accuracy(x, 2 * y) == fit_probe(x, y, classes=3, penalty=1.0).accuracy(x, y)


@pytest.mark.parametrize("name", ["vit", "deit_tiny_distilled_patch16_224"])
def test_written_into_the_head_it_gives_the_models_logits(name):
    sizes = {"img_size": 6, "patch_size": 3, "in_chans": 1, "embed_dim": 8, "depth": 2}
    model = small_model() if name == "vit" else build(name, num_classes=3, num_heads=2, **sizes)
    batches = Batches(stripes(18), PIXELS, batch_size=18)
    found = features_of(model, batches)
    probe = probe_head(model, *found)
    pixels = PIXELS.normalize(next(batches.epoch(0)).images)
    with torch.no_grad():
        logits = model.eval()(pixels)
    torch.testing.assert_close(logits, probe.logits(found.features).float(), atol=1e-5, rtol=1e-5)
    assert (logits.argmax(1) == found.labels).double().mean() == probe.accuracy(*found)


def test_folds_share_out_each_class():
    labels = torch.tensor([0] * 10 + [1] * 5)
    folds = folds_of(labels, 5, seed=0)
    assert all(labels[asked].tolist() == [0, 0, 1] for _, asked in folds)
    every = np.sort(np.concatenate([asked.numpy() for _, asked in folds]))
    assert every.tolist() == list(range(15))
    with pytest.raises(DataError, match="6 pictures of each class, got 5; try 5 folds"):
        folds_of(labels, 6, seed=0)


def test_errors_are_explained():
    x, y = clouds(6)
    with pytest.raises(DataError, match="two classes or more, got 1"):
        fit_probe(x, torch.zeros(6, dtype=torch.int64), classes=3)
    with pytest.raises(DataError, match="labels from 0 to 1, got 0 to 2"):
        fit_probe(x, y, classes=2)
    with pytest.raises(ShapeError, match="pictures with one label each"):
        fit_probe(x, torch.zeros(6, 3), classes=3)
    with pytest.raises(ConfigError, match="a penalty C above 0, got 0"):
        fit_probe(x, y, classes=3, penalty=0)
    with pytest.raises(ConfigError, match="a classifier with a linear head, got Identity"):
        probe_head(build("vit_pico_patch2_8", num_classes=0), x, y)
