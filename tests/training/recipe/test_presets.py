import dataclasses

import pytest

from saccade.errors import ConfigError
from saccade.training.choices import choose
from saccade.training.config import TrainConfig
from saccade.training.facts import Facts
from saccade.training.recipe.presets import PRESETS

PHOTOS = Facts(count=400, classes=5, height=224, width=224, alike=True, grey=False)
MANY = dataclasses.replace(PHOTOS, count=1_281_167, classes=1000)
W = "w.safetensors"


def preset(asked: TrainConfig, facts: Facts = PHOTOS, *, gpu: bool = False, **known) -> str:
    return choose(asked, facts, on_gpu=gpu, **known)[1][0].value


def test_the_preset_follows_weights_pictures_model_and_device() -> None:
    weights = TrainConfig(checkpoint=W)
    assert preset(weights) == "finetune-small"
    assert preset(TrainConfig(checkpoint=W, freeze="backbone")) == "linear-probe"
    larger = TrainConfig(checkpoint=W, img_size=384)
    assert preset(larger, known=(224, 224)) == "finetune-hires"
    assert preset(larger, known=(512, 512)) == "finetune-small"
    assert preset(weights, gpu=True, weights="resnetv2_50x1_bit") == "bit-hyperrule"
    assert preset(weights, weights="resnetv2_50x1_bit") == "finetune-small"
    assert preset(TrainConfig()) == "scratch-small"
    assert preset(TrainConfig(), MANY, gpu=True) == "deit"
    assert preset(TrainConfig(model="resnet50"), MANY, gpu=True) == "scratch-small"


@pytest.mark.parametrize("name", list(PRESETS))
@pytest.mark.parametrize("gpu", [False, True])
def test_every_choice_of_a_preset_is_an_option_with_a_reason(name, gpu) -> None:
    model = "resnetv2_50x1_bit" if name == "bit-hyperrule" else "vit_tiny_patch16_224"
    asked = TrainConfig(preset=name, checkpoint=W, model=model)
    config, choices = choose(asked, PHOTOS, on_gpu=gpu)
    assert config.preset == name
    names = [choice.name for choice in choices]
    assert len(names) == len(set(names))
    assert all(choice.reason for choice in choices)
    flat = config.to_dict()
    for option in ("epochs", "lr", "opt", "sched", "warmup_epochs", "freeze", "head_init", "flip"):
        assert flat[option] is not None
    assert None not in flat["augment"].values()


def test_presets_that_need_weights_say_so() -> None:
    with pytest.raises(ConfigError) as caught:
        choose(TrainConfig(preset="linear-probe"), PHOTOS, on_gpu=False)
    assert str(caught.value) == (
        "expected weights to start from for the preset linear-probe, got none; "
        "try checkpoint=FILE, or preset=scratch-small"
    )


def test_few_pictures_are_fine_tuned_from_a_fitted_head_in_few_epochs() -> None:
    config, _ = choose(TrainConfig(checkpoint=W), PHOTOS, on_gpu=False)
    assert (config.head_init, config.epochs, config.layer_decay) == ("probe", 2, 0.75)
    assert config.smoothing == 0.0
    assert (config.batch_size, config.lr, config.crop, config.flip) == (32, 1e-4, 0.5, True)
    many = dataclasses.replace(PHOTOS, count=50_000)
    assert choose(TrainConfig(checkpoint=W), many, on_gpu=False)[0].head_init == "fresh"


@pytest.mark.parametrize("facts", [PHOTOS, dataclasses.replace(PHOTOS, several=True)])
def test_a_fresh_head_learns_longer_and_humbly(facts) -> None:
    head = None if facts.several else "fresh"
    config, _ = choose(TrainConfig(checkpoint=W, head_init=head), facts, on_gpu=False)
    assert (config.head_init, config.epochs, config.smoothing) == ("fresh", 4, 0.1)


def test_a_linear_probe_changes_no_picture() -> None:
    config, _ = choose(TrainConfig(checkpoint=W, preset="linear-probe"), PHOTOS, on_gpu=False)
    assert (config.freeze, config.head_init, config.epochs) == ("backbone", "probe", 1)
    assert (config.crop, config.flip, config.smoothing, config.augment.auto) == (
        0,
        False,
        0,
        "none",
    )


def test_larger_images_shrink_batch_and_rate() -> None:
    asked = TrainConfig(checkpoint=W, img_size=448)
    config, choices = choose(asked, PHOTOS, on_gpu=False, known=(224, 224))
    assert (config.batch_size, config.lr, config.weight_decay) == (8, 2.5e-5, 1e-8)
    papers = {choice.name: choice.paper for choice in choices}
    assert "5e-6" in papers["lr"]


def test_deit_by_its_table() -> None:
    config, choices = choose(TrainConfig(preset="deit", batch_size=1024), MANY, on_gpu=True)
    numbers = (config.epochs, config.warmup_epochs, config.lr, config.min_lr, config.warmup_lr)
    assert numbers == (300, 5.0, 1e-3, 1e-5, 1e-6)
    rest = (config.weight_decay, config.drop_path_rate, config.smoothing, config.clip_grad)
    assert rest == (0.05, 0.1, 0.1, 0.0)
    told = config.augment
    assert (told.auto, told.mixup, told.cutmix) == ("rand-m9-mstd0.5-inc1", 0.8, 1.0)
    assert (told.erase, told.repeats, config.ema_decay) == (0.25, 3, 0.99996)
    short, choices = choose(TrainConfig(preset="deit", epochs=20), PHOTOS, on_gpu=True)
    why = {choice.name: choice.reason for choice in choices}
    assert (short.warmup_epochs, short.batch_size, short.lr) == (2.0, 100, 9.766e-5)
    assert short.ema_decay < 0.99
    assert "where the paper takes 300" in why["warmup_epochs"]


def test_the_hyperrule_by_hand() -> None:
    # 9,000 pictures: 500 steps of 512, 18 in an epoch, so 28 epochs; a fifth of them warms up.
    small = dataclasses.replace(PHOTOS, count=9_000, height=32, width=32)
    asked = TrainConfig(preset="bit-hyperrule", checkpoint=W, model="resnetv2_50x1_bit")
    config, _ = choose(asked, small, on_gpu=True)
    assert (config.epochs, config.warmup_epochs, config.sched_steps) == (28, 5.6, (0.4, 0.6, 0.8))
    assert (config.batch_size * config.grad_accum, config.lr, config.opt) == (512, 3e-3, "sgd")
    assert (config.img_size, config.augment.mixup) == ((128, 128), 0.0)
    large, _ = choose(asked, dataclasses.replace(MANY, count=50_000), on_gpu=True)
    assert (large.img_size, large.augment.mixup) == ((480, 480), 0.1)
    assert (large.epochs, large.sched_steps) == (102, (0.3, 0.6, 0.9))  # 10,000 steps, 98 each
