"""Features judged by held-out pictures and in folds, by a line and by neighbours."""

import pytest
import torch

from saccade.errors import ConfigError, DataError
from saccade.training.measures.features import Features
from saccade.training.measures.judging import Judge, cross_judge, judge_features


def clouds(count=30, seed=0, spread=0.3):
    draw = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 3
    noise = spread * torch.randn(count, 3, generator=draw)
    return Features(torch.eye(3)[labels] + noise, labels)


@pytest.mark.parametrize("method", ["linear", "knn"])
def test_it_counts_right_answers(method):
    known, judge = clouds(), Judge(method=method, penalty=1.0, k=3)
    near = Features(torch.eye(3), torch.tensor([0, 1, 1]))
    score = judge_features(known, near, judge, classes=4)
    # the third corner is called class 1, but lies where class 2 does
    assert (score.accuracy, score.count) == (pytest.approx(2 / 3), 3)
    assert score.per_class == (1.0, 0.5, None, None)
    assert score.penalties == ((1.0,) if method == "linear" else ())


def test_folds_ask_each_picture_once():
    features = clouds(spread=1.0)
    score = cross_judge(features, Judge(penalty=0.1), classes=3, folds=3)
    assert (score.count, len(score.folds), score.penalties) == (30, 3, (0.1,) * 3)
    assert score.accuracy == pytest.approx(sum(score.folds) / 3)
    assert cross_judge(features, Judge(penalty=0.1), classes=3, folds=3) == score
    # nobody is his own neighbour: with labels that mean nothing, one neighbour knows nothing
    alone = Features(torch.eye(30), features.labels)
    assert cross_judge(alone, Judge(method="knn", k=1), classes=3, folds=3).accuracy < 0.7


def test_errors_are_explained():
    known = clouds()
    with pytest.raises(ConfigError, match="method linear or knn, got 'tree'"):
        Judge(method="tree")
    with pytest.raises(DataError, match="a label for every picture"):
        judge_features(known, Features(known.features, known.labels - 1), Judge(), classes=3)
