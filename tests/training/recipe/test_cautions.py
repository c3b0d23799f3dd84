import dataclasses

import pytest

from saccade.training.choices import choose
from saccade.training.config import TrainConfig
from saccade.training.facts import Facts
from saccade.training.recipe.cautions import cautions
from saccade.training.recipe.model_facts import ModelFacts, facts_by_name

PHOTOS = Facts(
    count=40_000, classes=5, height=224, width=224, alike=True, grey=False, fewest=80, most=90
)
DIGITS = Facts(count=1437, classes=10, height=8, width=8, alike=True, grey=True)
VIT = ModelFacts(
    name="vit_tiny_patch16_224", pretrained=True, transformer=True, width=192, head_dim=64,
    patch=(16, 16),
)  # fmt: skip
FRESH = dataclasses.replace(VIT, pretrained=False)
NET = ModelFacts(name="resnet18", pretrained=True, transformer=False, batch_norm=True)


def told(config: dict, facts: dict | None = None, model: ModelFacts = VIT) -> dict[str, str]:
    """Give the cautions of a run that is fine but for what is given."""
    fine = {"epochs": 50, "batch_size": 32, "lr": 1e-4, "opt": "adamw", "warmup_epochs": 5}
    found = dataclasses.replace(PHOTOS, **(facts or {}))
    return {c.name: c.sentence for c in cautions(TrainConfig(**{**fine, **config}), found, model)}


def test_a_run_that_is_fine_has_none() -> None:
    assert told({}) == {}
    for asked, facts in ((TrainConfig(), DIGITS), (TrainConfig(checkpoint="w"), PHOTOS)):
        config, _ = choose(asked, facts, on_gpu=False)
        model = facts_by_name(config, name=config.model or VIT.name)
        assert cautions(config, facts, model) == []


MIX = {"mixup": 0.8, "cutmix": 1.0}
STRONG = {"auto": "rand-m9-mstd0.5-inc1", **MIX}
CASES = [
    ({"lr": 1e-2}, {}, VIT, "lr", "wipes out in its first steps what the weights know"),
    ({"lr": 2e-3}, {}, VIT, "lr", "take lr=1e-4"),
    ({"lr": 1e-2}, {}, FRESH, "lr", "makes a transformer diverge"),
    ({"lr": 0.5, "opt": "sgd"}, {}, VIT, "lr", "SGD at 0.5 diverges: take lr=0.03"),
    ({"lr": 3.0, "opt": "sgd"}, {}, NET, "lr", "SGD at 3 diverges: take lr=0.1"),
    ({"lr": 5e-5, "opt": "sgd"}, {}, VIT, "lr", "hardly moves"),
    ({"lr": 0.1, "opt": "lamb"}, {}, VIT, "lr", "LAMB at 0.1 diverges"),
    ({"img_size": 222}, {}, VIT, "img_size", "take 224, or img_fit=pad"),
    ({"batch_size": 64}, {"count": 40}, VIT, "batch_size", "larger than the 40 there are"),
    ({"batch_size": 4}, {}, NET, "batch_size", "batch norm over 4 pictures"),
    ({"warmup_epochs": 50}, {}, VIT, "warmup_epochs", "not over in a run of 50"),
    ({"epochs": 3, "ema_decay": 0.99996, "warmup_epochs": 0}, {}, VIT, "ema_decay", "17,328"),
    ({"augment": MIX}, {"classes": 1}, VIT, "augment.mixup", "two classes or more"),
    ({"augment": MIX, "batch_size": 1}, {}, VIT, "augment.mixup", "with itself"),
    ({"augment": STRONG, "epochs": 10}, {"count": 400}, VIT, "augment.auto", "400 pictures in 10"),
    ({"distill": {"alpha": 0.5}}, {}, VIT, "distill.teacher", "there is no teacher"),
    ({}, {"fewest": 3}, VIT, "class_weights", "has 90 pictures and the rarest 3"),
    ({}, {"grey": True}, VIT, "in_chans", "weights expect colours"),
    ({}, {"count": 9_000}, FRESH, "checkpoint", "expect 50 to 80 %"),
    ({"preset": "bit-hyperrule"}, {}, FRESH, "preset", "these are fresh"),
]


@pytest.mark.parametrize(("config", "facts", "model", "name", "words"), CASES)
def test_each_disaster_is_named_with_its_cure(config, facts, model, name, words) -> None:
    found = told(config, facts, model)
    assert words in found[name]
    assert list(found) == [name]
    assert ": " in found[name]  # cause: cure


def test_narrow_heads_are_named_unless_the_model_is_narrow() -> None:
    narrow = TrainConfig(model="vit_tiny_patch16_224", model_kwargs={"num_heads": 12})
    found = told({}, model=dataclasses.replace(facts_by_name(narrow), pretrained=True))
    assert "heads of 16 features are too narrow" in found["model_kwargs"]
    assert "num_heads=3" in found["model_kwargs"]
    small = facts_by_name(TrainConfig(model="vit_pico_patch2_8"))
    assert (small.head_dim, small.width) == (16, 64)
    assert told({}, model=dataclasses.replace(small, pretrained=True)) == {}


def test_a_token_without_a_teacher() -> None:
    found = told({}, model=facts_by_name(TrainConfig(model="deit_tiny_distilled_patch16_224")))
    assert "there is no teacher" in found["distill.teacher"]


def test_what_was_done_about_it_silences_the_caution() -> None:
    assert told({"img_size": 222, "img_fit": "pad"}) == {}
    assert told({"sampler": "balanced"}, {"fewest": 3}) == {}
    assert told({"freeze": "backbone", "lr": 1e-2}) == {}
