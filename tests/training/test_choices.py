import dataclasses

import pytest

from saccade.errors import ConfigError
from saccade.training.choices import choose, given
from saccade.training.config import TrainConfig
from saccade.training.facts import Facts

DIGITS = Facts(count=1293, classes=10, height=8, width=8, alike=True, grey=True)
PHOTOS = Facts(count=4000, classes=5, height=375, width=500, alike=False, grey=False)
# What nobody has to choose: it is asked for, or comes with the weights, or is another objective's.
NOT_CHOSEN = {"patience", "watch", "weight_decay_end", "sched_steps", "img_fit", "exif"}


@pytest.mark.parametrize("facts", [DIGITS, PHOTOS])
@pytest.mark.parametrize("checkpoint", [None, "w.safetensors"])
def test_nothing_is_left_open_and_each_choice_has_a_reason(facts, checkpoint) -> None:
    config, choices = choose(TrainConfig(checkpoint=checkpoint), facts, on_gpu=False)
    open_still = {name for name, value in config.to_dict().items() if value is None}
    of_the_weights = {"model", "img_size", "patch_size", "in_chans", "weight_init"}
    later = NOT_CHOSEN | ({"threads"} if checkpoint or facts is PHOTOS else set())
    assert open_still == ({"checkpoint"} if checkpoint is None else of_the_weights) | later
    assert None not in dataclasses.asdict(config.augment).values()
    names = [choice.name for choice in choices]
    assert len(names) == len(set(names))
    assert all(choice.reason and config.get(choice.name) == choice.value for choice in choices)


def test_the_demo_keeps_its_numbers() -> None:
    config, _ = choose(TrainConfig(val_fraction=0.0), DIGITS, on_gpu=False)
    first = (config.model, config.patch_size, config.img_size, config.in_chans, config.weight_init)
    assert first == ("vit_pico_patch2_8", 4, (16, 16), 1, "jax")
    length = (config.epochs, config.warmup_epochs, config.batch_size, config.grad_accum)
    assert length == (60, 6.0, 64, 1)
    course = (config.opt, config.lr, config.sched, config.min_lr, config.warmup_lr)
    assert course == ("adamw", 2e-3, "cosine", 1e-6, 0.0)
    brakes = (config.weight_decay, config.clip_grad, config.layer_decay, config.ema_decay)
    assert brakes == (0.05, 1.0, 1.0, 0.99)
    rest = (config.smoothing, config.drop_path_rate, config.freeze, config.head_init)
    assert rest == (0.1, 0.0, "none", "fresh")
    moves = (config.crop, config.shift, config.zoom, config.rotate, config.flip)
    assert moves == (0.0, 0.05, 0.1, 10.0, False)
    told = config.augment
    assert (told.auto, told.jitter, told.mixup, told.cutmix) == ("none", 0.0, 0.0, 0.0)
    assert (told.erase, told.repeats, config.threads, config.amp) == (0.0, 1, 1, False)


def test_what_the_user_said_is_kept() -> None:
    asked = TrainConfig(
        model="vit_tiny_patch16_224", epochs=3, flip=True, shift=0.0, augment={"mixup": 0.3}
    )
    config, choices = choose(asked, DIGITS, on_gpu=True)
    assert (config.model, config.epochs, config.flip, config.shift) == (asked.model, 3, True, 0.0)
    assert (config.img_size, config.patch_size) == ((224, 224), 16)
    assert (config.augment.mixup, config.augment.cutmix) == (0.3, 0.0)
    kept = {"model", "epochs", "flip", "shift", "augment.mixup"}
    assert not kept & {choice.name for choice in choices}
    assert (config.warmup_epochs, config.amp) == (0.3, True)
    assert {choice.name: choice.value for choice in given(asked)} == {
        "model": "vit_tiny_patch16_224",
        "epochs": 3,
        "flip": True,
        "shift": 0.0,
        "augment.mixup": 0.3,
    }


@pytest.mark.parametrize(
    ("height", "width", "image", "patch"),
    [(8, 8, (16, 16), 4), (9, 7, (20, 15), 5), (28, 28, (28, 28), 7), (30, 21, (32, 24), 8)],
)
def test_small_pictures_are_taken_at_their_own_size_and_tiny_ones_doubled(
    height, width, image, patch
) -> None:
    facts = dataclasses.replace(DIGITS, height=height, width=width)
    config, _ = choose(TrainConfig(), facts, on_gpu=False)
    assert (config.img_size, config.patch_size, config.in_chans) == (image, patch, 1)
    assert not config.flip
    asked = TrainConfig(model="vit_nano_patch4_28")
    config, _ = choose(asked, facts, on_gpu=False)
    assert config.patch_size == 4
    assert config.img_size == (-(-height // 4) * 4, -(-width // 4) * 4)


def test_photographs_get_a_usual_model_a_crop_and_a_mirror() -> None:
    config, _ = choose(TrainConfig(), PHOTOS, on_gpu=False)
    assert (config.model, config.img_size) == ("vit_tiny_patch16_224", (224, 224))
    assert (config.in_chans, config.crop, config.flip) == (3, 0.3, True)
    taught, _ = choose(TrainConfig(distill={"teacher": "w"}), PHOTOS, on_gpu=False)
    assert taught.model == "deit_tiny_distilled_patch16_224"


def test_networks_without_patches_take_small_pictures_as_they_are() -> None:
    asked = TrainConfig(model="seresnet18")
    config, choices = choose(asked, DIGITS, on_gpu=False)
    assert (config.img_size, config.in_chans) == ((8, 8), 1)
    # Options that only transformers have stay open.
    assert (config.patch_size, config.drop_path_rate, config.weight_init) == (None, None, None)
    assert not {"patch_size", "drop_path_rate", "weight_init"} & {c.name for c in choices}
    assert choose(asked, PHOTOS, on_gpu=False)[0].img_size == (224, 224)
    for name in ("resnet14_small_32", "wide_resnet28_10"):
        config, _ = choose(TrainConfig(model=name), PHOTOS, on_gpu=False)
        assert config.img_size == (32, 32)


def test_only_models_that_classify_pictures_can_be_trained() -> None:
    with pytest.raises(ConfigError) as caught:
        choose(TrainConfig(model="ccnet_resnet101"), PHOTOS, on_gpu=False)
    assert str(caught.value) == (
        "expected a model that classifies pictures, got ccnet_resnet101, which labels pixels; "
        "try resnet50"
    )
