from importlib.util import find_spec

import pytest

from saccade.errors import ConfigError
from saccade.training.config import TrainConfig
from saccade.training.words.eyes import small_options
from saccade.training.words.opening import WordFacts
from saccade.training.words.recipe import choose_words

TASKS = ("caption", "translate", "ask")
FACTS = WordFacts(turns=1000, hangul=(0.0, 0.0), side=48)
COMMON = (
    *("epochs", "batch_size", "grad_accum", "opt", "lr", "min_lr", "warmup_lr", "warmup_epochs"),
    *("sched", "layer_decay", "weight_decay", "clip_grad", "ema_decay", "amp", "smoothing"),
    *("words.split", "words.least", "words.vocabulary", "words.hidden", "words.layers"),
)
OWN = {
    "caption": ("words.writer", "words.longest", "words.dropout", "words.alpha_c", "words.tuned"),
    "translate": ("words.writer", "words.attention", "words.longest", "words.embed"),
    "ask": ("model", "img_size", "words.tuned", "words.embed", "words.dropout"),
}


def chosen(task: str, facts: WordFacts = FACTS, *, on_gpu: bool = False, **changes):
    return choose_words(TrainConfig(task=task, **changes), facts, on_gpu=on_gpu)


@pytest.mark.parametrize("task", TASKS)
def test_nothing_is_left_open_and_every_choice_has_a_reason(task: str) -> None:
    config, choices = chosen(task)
    assert not [name for name in (*COMMON, *OWN[task]) if config.get(name) is None]
    assert all(config.get(one.name) == one.value and one.reason for one in choices)
    assert len({one.name for one in choices}) == len(choices)
    again, none = choose_words(config, FACTS, on_gpu=False)
    assert (again, none) == (config, [])  # what a recipe says can be asked for


GIVEN = {
    "caption": {"lr": 0.5, "epochs": 3, "smoothing": 0.2, "words": {"hidden": 7, "alpha_c": 0.5}},
    "translate": {"opt": "sgd", "batch_size": 5, "words": {"split": "jamo", "longest": 9}},
    "ask": {"clip_grad": 0.0, "img_size": 64, "words": {"tuned": 1, "vocabulary": 30}},
}


@pytest.mark.parametrize("task", TASKS)
def test_what_is_asked_for_is_never_overruled(task: str) -> None:
    asked = TrainConfig(task=task, **GIVEN[task])
    config, choices = choose_words(asked, FACTS, on_gpu=True)
    plain, made = TrainConfig(), {one.name for one in choices}
    names = [name for name in GIVEN[task] if name != "words"]
    names += [f"words.{name}" for name in GIVEN[task]["words"]]
    for name in names:
        assert config.get(name) == asked.get(name) != plain.get(name)
        assert name not in made


def test_korean_is_cut_into_pieces_of_jamo() -> None:
    wanted = "bpe-jamo" if find_spec("tokenizers") else "words"
    korean = WordFacts(turns=1000, hangul=(0.9, 0.9), side=48)
    assert chosen("caption", korean)[0].words.split == wanted
    mixed = WordFacts(turns=1000, hangul=(0.9, 0.0))
    config, choices = chosen("translate", mixed)
    assert config.words.splits == (wanted, "words")
    assert config.words.vocabulary == (4000 if wanted == "bpe-jamo" else 10_000)
    assert "Korean" in next(one.reason for one in choices if one.name == "words.split")
    assert chosen("translate")[0].words.split == "words"


def test_choices_follow_the_data() -> None:
    few, many = (chosen("translate", WordFacts(turns=n, hangul=(0, 0))) for n in (1000, 200_000))
    assert (few[0].epochs, many[0].epochs) == (40, 5)
    assert (chosen("caption")[0].amp, chosen("caption", on_gpu=True)[0].amp) == (False, True)
    assert chosen("ask")[0].img_size == 48
    large = WordFacts(turns=10, hangul=(0, 0), side=500)
    assert chosen("caption", large)[0].img_size == 128
    assert chosen("caption", large, model="resnet50")[0].img_size == 224
    tall = WordFacts(turns=10, hangul=(0, 0), side=100)
    assert chosen("caption", tall, model="vit_tiny_patch16_224")[0].img_size == 128
    frozen, _ = chosen("caption", checkpoint="file")
    assert (frozen.words.tuned, frozen.words.alpha_c, frozen.img_size) == (0, 1.0, None)
    assert chosen("caption")[0].words.alpha_c == 0.0
    assert small_options(chosen("caption")[0])["widths"] == (32, 64)
    assert small_options(chosen("caption", large)[0]) == {}
    seed, _ = chosen("translate", words={"order": "seed"})
    assert (seed.words.attention, seed.words.layers, seed.words.dropout) == ("dot", 1, 0.0)
    for lstm, size in ((chosen("caption")[0], 32), (frozen, 64)):
        assert (lstm.words.writer, lstm.words.attention) == ("recurrent", "additive")
        assert (lstm.lr, lstm.batch_size) == (1e-3, size)
    writes, _ = chosen("caption", words={"writer": "transformer"})
    assert (writes.words.attention, writes.words.hidden, writes.batch_size) == (None, 128, 32)
    transformer, _ = chosen("translate", words={"writer": "transformer"})
    assert (transformer.words.attention, transformer.lr) == (None, 5e-4)


REFUSED = [
    ("caption", {"words": {"sides": "a,b"}}, "the task caption, got words.sides=a,b; try leaving"),
    ("caption", {"words": {"ratio": 0.5}}, "options of the task caption, got words.ratio=0.5"),
    (
        "caption",
        {"words": {"attention": "dot"}},
        "additive or hard attention for captions, got dot",
    ),
    (
        "caption",
        {"words": {"layers": 2}},
        "one layer for recurrent captions, got layers=2",
    ),
    ("caption", {"words": {"split": "bpe,words"}}, "one split for the task caption, got bpe,words"),
    (
        "caption",
        {"words": {"writer": "recurrent", "heads": 2}},
        "options of a recurrent writer, got words.heads=2",
    ),
    ("caption", {"augment": {"mixup": 0.8}}, "the task caption, got augment.mixup=0.8"),
    ("caption", {"freeze": "backbone"}, "the task caption, got freeze=backbone"),
    ("translate", {"words": {"attention": "hard"}}, "hard attention for captions, got the task"),
    ("translate", {"words": {"grid": "7x7"}}, "the task translate, got words.grid=7x7"),
    ("translate", {"model": "resnet18"}, "options of the task translate, got model=resnet18"),
    (
        "translate",
        {"words": {"writer": "transformer", "ratio": 0.5}},
        "options of a transformer that writes, got words.ratio=0.5",
    ),
    (
        "translate",
        {"words": {"order": "seed", "attention": "general"}},
        "words.attention=dot in the order seed, got words.attention=general",
    ),
    ("ask", {"words": {"writer": "recurrent"}}, "the task ask, got words.writer=recurrent"),
    ("ask", {"words": {"beam": 3}}, "options of the task ask, got words.beam=3"),
    ("ask", {"objective": "mae"}, "the task ask without an objective or a teacher, got one"),
    ("ask", {"distill": {"teacher": "x"}}, "the task ask without an objective or a teacher"),
    ("ask", {"strategy": "fsdp"}, "strategy=ddp for the task ask, got fsdp; try strategy=ddp"),
]


@pytest.mark.parametrize(("task", "given", "words"), REFUSED, ids=[one[2] for one in REFUSED])
def test_what_is_of_no_use_is_refused(task: str, given: dict, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        chosen(task, **given)
