from saccade.cli.recipe import caution_notes, recipe_lines, recipe_table
from saccade.training.choices import choose, given
from saccade.training.config import TrainConfig
from saccade.training.facts import Facts
from saccade.training.recipe.cautions import Caution
from saccade.training.recipe.choice import Choice

CHOICES = [
    Choice("lr", 1e-4, "given"),
    Choice("img_size", (32, 24), "a reason that is long enough to go on in a line below", "paper"),
    Choice("flip", True, "why", ""),
]
CAUTIONS = [Caution("lr", "too high: take less")]


def test_whole_table(capsys, monkeypatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    recipe_table(CHOICES, CAUTIONS)
    done = capsys.readouterr()
    assert done.out.splitlines() == [
        "option              value                 reason                            paper",
        "-" * 100,
        "lr                  0.0001                as asked for",
        "img_size            32x24                 a reason that is long enough to   paper",
        "                                          go on in a line below",
        "flip                yes                   why",
        "",
        "Careful:",
        "  lr: too high: take less",
    ]
    assert done.err == ""
    caution_notes(CAUTIONS)
    assert capsys.readouterr().err == "Careful:\n  lr: too high: take less\n"


def test_korean_words(monkeypatch) -> None:
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    lines = recipe_lines(CHOICES, CAUTIONS)
    assert lines[0].split() == ["옵션", "값", "이유", "논문의", "값"]
    assert "직접 지정" in lines[2]
    assert lines[-2] == "주의:"


def test_a_whole_recipe_fits_into_a_hundred_columns() -> None:
    facts = Facts(count=400, classes=5, height=224, width=224, alike=True, grey=False)
    asked = TrainConfig(checkpoint="w.safetensors", epochs=2)
    config, choices = choose(asked, facts, on_gpu=False)
    lines = recipe_lines([*given(asked), *choices])
    assert max(map(len, lines)) <= 100
    told = {line.split()[0] for line in lines if line and not line.startswith(" ")}
    assert {"checkpoint", "epochs", "preset", "lr", "augment.mixup"} <= told
    assert config.epochs == 2
