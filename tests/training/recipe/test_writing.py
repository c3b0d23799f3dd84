import pytest

from saccade.errors import ConfigError
from saccade.training.choices import choose
from saccade.training.config import TrainConfig
from saccade.training.facts import Facts
from saccade.training.recipe.choice import Choice
from saccade.training.recipe.writing import nearest, read_recipe, write_recipe

PHOTOS = Facts(count=400, classes=5, height=224, width=224, alike=True, grey=False)


@pytest.mark.parametrize("preset", [None, "deit", "bit-hyperrule"])
def test_what_is_written_is_read(preset) -> None:
    asked = TrainConfig(
        preset=preset,
        checkpoint="w: x.safetensors",
        model="vit_tiny_patch16_224",
        img_size=(256, 192),
        model_kwargs={"num_heads": 3},
        distill={"teacher": "timm:regnety_160", "tau": 1e-5},
    )
    config, choices = choose(asked, PHOTOS, on_gpu=False)
    text = write_recipe(config, source="flowers", choices=choices)
    assert read_recipe(text, origin="recipe.yaml") == config
    assert text.startswith("# saccade train flowers --config recipe.yaml\ntask: classify\npreset: ")


def test_lines_by_hand() -> None:
    config = TrainConfig(lr=1e-4, augment={"mixup": 0.8})
    choices = [Choice("lr", 1e-4, "low", "5e-4"), Choice("augment.mixup", 0.8, "why not")]
    lines = write_recipe(config, choices=choices).splitlines()
    assert f"{'lr: 0.0001':<40}  # low; paper: 5e-4" in lines
    place = lines.index("augment:")
    assert lines[place + 1] == f"{'  mixup: 0.8':<40}  # why not"
    assert not any(line.startswith("epochs") for line in lines)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("learning_rat: 1", "an option of training, got 'learning_rat'; try"),
        ("augment: {mixupp: 1}", "an option of augment, got 'mixupp'; try mixup"),
        ("- 1", "options and values in r.yaml"),
        ("lr: [", "YAML in r.yaml"),
    ],
)
def test_what_cannot_be_read_is_told(text, words) -> None:
    with pytest.raises(ConfigError) as caught:
        read_recipe(text, origin="r.yaml")
    assert words in str(caught.value)


def test_the_nearest_names() -> None:
    known = ["lr", "augment.mixup", "augment.cutmix", "mixer"]
    assert nearest("augment.mixupp", known).startswith("augment.mixup")
    assert "augment.mixup" in nearest("mixup", known)
    assert nearest("zzz", known) == ""
