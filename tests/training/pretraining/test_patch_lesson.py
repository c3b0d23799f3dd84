"""What holds for every lesson in which patches are guessed."""

from pathlib import Path

import pytest
import torch

from saccade.errors import ConfigError, DataError
from saccade.models import build
from saccade.training.config import TrainConfig
from saccade.training.options import PretrainOptions
from saccade.training.pretraining import autoencoder, masked_patches, next_patch
from saccade.training.pretraining.patch_targets import TARGETS
from saccade.training.setting import Setting
from tests.training.pretraining.small import (
    LESSONS,
    PIXELS,
    batches,
    examples,
    lesson_of,
    small_vit,
)


@pytest.mark.parametrize("name", LESSONS)
def test_every_parameter_that_learns_has_a_gradient(name: str) -> None:
    lesson = lesson_of(name, fresh=True).train()
    lesson(examples(2)).loss.backward()
    for key, parameter in lesson.named_parameters():
        assert (parameter.grad is not None) == parameter.requires_grad, key
        assert parameter.requires_grad or key.startswith(("model.head", "model.pos_embed"))
    assert not lesson.model.head.weight.requires_grad


@pytest.mark.parametrize("name", LESSONS)
def test_a_batch_is_the_mean_of_its_pictures(name: str) -> None:
    lesson = lesson_of(name)
    whole = lesson(examples(4)).loss
    single = torch.stack([lesson(examples(1, start=i)).loss for i in range(4)])
    assert whole.item() == pytest.approx(single.mean().item(), rel=1e-6)
    if name != "next-patch":  # other patches are hidden in another epoch
        assert lesson(examples(4, chance="0/1")).loss != whole


@pytest.mark.parametrize("name", LESSONS)
@pytest.mark.parametrize("target", TARGETS)
def test_every_target_can_be_guessed_and_painted(name: str, target: str) -> None:
    lesson = lesson_of(name, target=target)
    assert lesson.options()["target"] == target
    outcome = lesson(examples())
    assert outcome.loss.isfinite()
    colours = target in ("mean-colour", "small-patch")
    assert set(outcome.numbers) == ({"patch_accuracy"} if colours else set())
    painted = lesson.paint(examples())
    assert painted.guessed.shape == painted.completed.shape == painted.shown.shape == (3, 12, 48)


@pytest.mark.parametrize("name", LESSONS)
def test_judging_is_the_same_in_any_batches_and_mode(name: str) -> None:
    model = small_vit(drop_path_rate=0.5, proj_drop_rate=0.5)
    lesson = lesson_of(name, model=model, target="mean-colour").train()
    first, second = lesson.judge(batches(5, 5)), lesson.judge(batches(5, 2))
    assert lesson.training
    assert lesson.model.blocks[1].training
    assert first.goal == -first.numbers["loss"]
    assert first.numbers == pytest.approx(dict(second.numbers), rel=1e-6)
    assert set(first.numbers) == {"loss", "patch_accuracy"}
    with pytest.raises(DataError, match="none that can be read"):
        lesson.judge(batches(0, 2))


@pytest.mark.parametrize(
    "changes",
    [
        {"class_token": False, "global_pool": "avg"},
        {"reg_tokens": 2, "no_embed_class": True, "qk_norm": True, "init_values": 0.1},
        {"pos_embed": "learn2d", "fc_norm": True},
        {"pos_embed": "none", "img_size": (13, 17), "img_fit": "crop"},
    ],
)
def test_other_transformers_learn_too(changes: dict) -> None:
    for name in LESSONS:
        lesson = lesson_of(name, model=small_vit(**changes), fresh=True).train()
        batch = examples(2)
        if "img_size" in changes:
            images = torch.nn.functional.pad(batch.images, (0, 1, 0, 1))
            batch = type(batch)(images, batch.labels, indices=batch.indices)
        lesson(batch).loss.backward()
        lacking = [k for k, p in lesson.named_parameters() if p.requires_grad and p.grad is None]
        assert not lacking
        assert lesson.paint(batch).guessed.isfinite().all()


@pytest.mark.parametrize("model", ["resnet18", "beit_base_patch16_224", "vit_tiny_r_s16_p8_224"])
def test_only_plain_transformers(model: str) -> None:
    with torch.device("meta"):
        network = build(model, num_classes=2)
    with pytest.raises(ConfigError, match="a plain vision transformer"):
        LESSONS["mae"](network, PretrainOptions(), PIXELS)


@pytest.mark.parametrize("module", [autoencoder, masked_patches, next_patch])
def test_first_weights_follow_the_seed_of_the_run_alone(module) -> None:
    found = []
    for seed, chance in ((0, 1), (0, 2), (5, 1)):
        setting = Setting(
            model=small_vit(),
            config=TrainConfig(seed=seed),
            classes=(),
            preprocessing=PIXELS,
            train=batches(1, 1).images,
            val=None,
            folder=Path(),
            steps=1,
        )
        torch.manual_seed(chance)
        found.append(module.make(setting).state_dict())
    same = [all(torch.equal(found[0][k], one[k]) for k in one) for one in found]
    assert same == [True, True, False]
