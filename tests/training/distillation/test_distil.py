"""Learning from a teacher beside the labels."""

import dataclasses

import pytest
import torch
import torch.nn.functional as F

from saccade.errors import ConfigError, MissingExtra
from saccade.training.distillation import timm_teacher
from saccade.training.distillation.distil import check, make
from saccade.training.objectives.outcome import Outcome
from tests.training.conftest import CONFIG, PIXELS
from tests.training.distillation.conftest import examples, student


def parts(lesson, batch):
    model = lesson.model
    first, second = model.pair(batch.images) if lesson.two_heads else [model(batch.images)] * 2
    return first, second, lesson.teacher.told(batch.images, PIXELS)


def test_token_distillation_is_the_deit_formula(make_setting) -> None:
    lesson, batch = make(make_setting(type="hard", alpha=0.25)), examples()
    first, second, taught = parts(lesson, batch)
    labels = F.cross_entropy(first, batch.labels, label_smoothing=0.1)
    learned = F.cross_entropy(second, taught.argmax(1))
    found = lesson(batch)
    assert found.loss.item() == pytest.approx((0.75 * labels + 0.25 * learned).item(), abs=1e-6)
    assert found.numbers["label_loss"].item() == pytest.approx(labels.item() * 8, abs=1e-5)
    assert found.numbers["teacher_loss"].item() == pytest.approx(learned.item() * 8, abs=1e-5)
    mean = (first + second).argmax(1)
    assert found.numbers["correct"].item() == (mean == batch.labels).sum()
    assert found.numbers["agree"].item() == (mean == taught.argmax(1)).sum()
    assert found.numbers["teacher_correct"].item() == (taught.argmax(1) == batch.labels).sum()
    assert found.numbers["heads_agree"].item() == (first.argmax(1) == second.argmax(1)).sum()
    assert lesson.way[0] == "token"


def test_one_head_learns_labels_and_teacher(make_setting) -> None:
    lesson, batch = make(make_setting(two_heads=False, type="soft", tau=2.0)), examples()
    first, _, taught = parts(lesson, batch)
    p, q = (taught / 2).softmax(1), (first / 2).softmax(1)
    learned = 4 * (p * (p / q).log()).sum(1).mean()
    labels = F.cross_entropy(first, batch.labels, label_smoothing=0.1)
    found = lesson(batch)
    assert found.loss.item() == pytest.approx((0.9 * labels + 0.1 * learned).item(), abs=1e-5)
    assert "heads_agree" not in found.numbers
    assert lesson.way == (
        "class",
        "deit_tiny_patch16_224 has no distillation token: its one head learns labels and teacher",
    )


def test_any_objective_of_labels_passes_through(make_setting) -> None:
    seen = []

    def objective(model, batch) -> Outcome:
        seen.append((model(batch.images), batch.targets))
        return Outcome(torch.tensor(3.0), {"odd": torch.tensor(5)})

    lesson, targets = make(make_setting(alpha=0.0), objective=objective), torch.full((8, 3), 1 / 3)
    batch = examples(targets=targets)
    found = lesson(batch)
    assert found.loss.item() == 3.0
    assert found.numbers["odd"].item() == 5
    assert seen[0][1] is targets
    assert torch.equal(seen[0][0], parts(lesson, batch)[0])


def test_the_teacher_is_in_no_state_dict_and_stays_as_it_is(make_setting) -> None:
    lesson = make(make_setting())
    before = lesson.teacher.key()
    assert set(lesson.state_dict()) == {f"model.{n}" for n in lesson.model.state_dict()}
    optimizer = torch.optim.SGD(lesson.parameters(), lr=0.1)
    lesson.train()
    torch.autograd.backward([lesson(examples()).loss])
    optimizer.step()
    assert all(p.grad is not None for p in lesson.parameters())
    assert lesson.teacher.key() == before
    assert not any(m.training for m in lesson.teacher.network.modules())


def test_none_only_measures(make_setting) -> None:
    lesson, batch = make(make_setting(type="none")), examples()
    logits = lesson.model(batch.images)  # the mean, also while training
    expected = F.cross_entropy(logits, batch.labels, label_smoothing=0.1)
    assert lesson(batch).loss.item() == pytest.approx(expected.item())
    assert lesson.introduce(make_setting())["distillation"] == "none"


def test_cached_answers_replace_the_teacher(make_setting, monkeypatch) -> None:
    setting = make_setting(cache=True)
    lesson, plain = make(setting), make(dataclasses.replace(setting, model=student()))
    whole = parts(lesson, examples())[2]
    monkeypatch.setattr(type(lesson.teacher), "answer", lambda *_: pytest.fail("asked again"))
    batch = examples()
    assert torch.allclose(lesson.answers.of(batch.indices, whole.device), whole, atol=1e-5)
    assert lesson(batch).loss.item() == pytest.approx(plain(batch).loss.item())
    assert plain.answers.found
    with pytest.raises(ConfigError, match=r"no mixed pictures with distill\.cache"):
        lesson(examples(targets=torch.full((8, 3), 1 / 3)))


def test_the_teacher_is_introduced_before_the_first_step(make_setting) -> None:
    for val, part, count in ((True, "val", 9), (False, "train", 22)):
        setting = make_setting(val=val)
        told = make(setting).introduce(setting)
        assert (told["part"], told["count"], told["distillation"]) == (part, count, "token")
        assert told["name"] == "resnet18"
        assert 0 <= told["accuracy"] <= 1


def test_options_that_exclude_each_other(make_setting) -> None:
    check(CONFIG)
    told = r"expected a teacher for distill.type=soft and distill.tau=2.0, got none; try --distill"
    with pytest.raises(ConfigError, match=told):
        check(make_setting(teacher=None, type="soft", tau=2.0).config)
    setting = make_setting(cache=True)
    mixed = dataclasses.replace(setting.config.augment, mixup=0.8)
    with pytest.raises(ConfigError, match=r"got augment\.mixup=0\.8"):
        check(dataclasses.replace(setting.config, augment=mixed))
    with pytest.raises(ConfigError, match=r"got objective=mae and distill\.teacher="):
        check(dataclasses.replace(setting.config, objective="mae"))
    setting.train.multi = [(0, 1)] * 22
    with pytest.raises(ConfigError, match="got several labels"):
        make(setting)


def test_a_missing_timm_is_told(make_setting, monkeypatch) -> None:
    def missing(name: str) -> None:
        raise MissingExtra(f"the library {name}", "none", f"pip install {name}")

    monkeypatch.setattr(timm_teacher, "imported", missing)
    with pytest.raises(MissingExtra, match="pip install timm"):
        make(make_setting(teacher="timm:regnety_160"))
