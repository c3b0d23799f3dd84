"""The lesson of labels: which loss a config asks for, and how pictures with several are judged."""

from pathlib import Path

import pytest
import torch
from torch import nn

from saccade.data.batches import Batches
from saccade.data.tables import open_table
from saccade.training.classification import Labelling, make, objective_of
from saccade.training.config import TrainConfig
from saccade.training.objectives import Examples
from saccade.training.setting import Setting
from tests.training.conftest import CLASSES, PIXELS, small_model, stripes


def setting(images, **changes) -> Setting:
    return Setting(
        model=small_model(),
        config=TrainConfig(**changes),
        classes=images.classes,
        preprocessing=PIXELS,
        train=images,
        val=None,
        folder=Path(),
        steps=1,
    )


def test_rare_classes_weigh_more_when_asked() -> None:
    images = stripes(9).subset("train", [0, 3, 6, 1, 2])  # three of the first class
    plain, auto = setting(images), setting(images, class_weights="auto")
    logits = torch.tensor([[2.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    batch = Examples(torch.zeros(2, 1, 6, 6), torch.tensor([0, 1]))
    found = [objective_of(own)(lambda _: logits, batch).loss.item() for own in (plain, auto)]
    each = nn.functional.cross_entropy(logits, batch.labels, reduction="none")
    weights = torch.tensor([5 / 9, 5 / 3])
    assert found[0] == pytest.approx(each.mean().item())
    assert found[1] == pytest.approx((each * weights).mean().item())


def test_mixed_targets_are_learned_in_place_of_labels() -> None:
    logits = torch.tensor([[2.0, 0.0, 0.0]])
    targets = torch.tensor([[0.5, 0.25, 0.25]])
    batch = Examples(torch.zeros(1, 1, 6, 6), torch.tensor([0]), targets)
    loss = objective_of(setting(stripes(6), smoothing=0.1))(lambda _: logits, batch).loss
    torch.testing.assert_close(loss, -(targets * logits.log_softmax(1)).sum())


def test_a_table_of_several_labels_is_learned_and_judged(tmp_path: Path) -> None:
    images, lines = stripes(12), ["image,labels"]
    for index in range(12):
        images.load(index).image.save(tmp_path / f"{index}.png")
        both = ";plain" if index % 2 else ""
        lines.append(f"{index}.png,{CLASSES[images.labels[index]]}{both}")
    (tmp_path / "labels.csv").write_text("\n".join(lines))
    splits = open_table(tmp_path / "labels.csv", seed=0, val_fraction=0.0)
    train = splits.part("train")
    lesson = make(setting(train, class_weights="auto"))
    assert isinstance(lesson, Labelling)
    batch = next(Batches(train, PIXELS, batch_size=4).epoch())
    assert batch.labels.shape == (4, 3)
    outcome = lesson(Examples(PIXELS.normalize(batch.images), batch.labels))
    assert outcome.loss.isfinite()
    judged = lesson.judge(Batches(train, PIXELS, batch_size=5))
    assert {"loss", "accuracy", "map", "micro_f1", "macro_f1"} == set(judged.numbers)
    assert judged.goal == judged.numbers["map"]
    assert len(judged.kept["thresholds"]) == 3
