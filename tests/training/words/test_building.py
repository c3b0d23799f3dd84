import pytest
import torch

from saccade.checkpoints.card import Card
from saccade.checkpoints.native import save
from saccade.data.words.pairs import PairSet
from saccade.errors import ConfigError, UnknownName
from saccade.models import build
from saccade.training.config import TrainConfig
from saccade.training.words.building import build_start
from saccade.training.words.opening import WordFacts, open_words
from saccade.training.words.recipe import choose_words
from tests.training.words.small import EYES, small, source_of

PAIRS = PairSet("train", ("a b c", "c b", "b a d"), ("c b a", "b c", "d a b"))
VIT = {"embed_dim": 8, "depth": 2, "num_heads": 2}
LOOKS = ("additive", "dot", "scaled_dot", "general", "concat", "location", "none")


def settled(config: TrainConfig, side: int = 16) -> TrainConfig:
    facts = WordFacts(turns=3, hangul=(0.0, 0.0), side=side)
    return choose_words(config, facts, on_gpu=False)[0]


@pytest.fixture(scope="module")
def sets(place):
    return {task: open_words(source_of(place, task), small(task)) for task in ("caption", "ask")}


def translator(**words):
    return build_start(settled(small("translate", words={"longest": 5, **words})), PAIRS)


@pytest.mark.parametrize("order", ["bahdanau", "luong"])
@pytest.mark.parametrize("attention", LOOKS)
def test_every_attention_cell_and_order_builds(attention: str, order: str) -> None:
    source, words = torch.tensor([[4, 5, 2]]), torch.tensor([[1, 4]])
    for cell in ("gru", "lstm", "rnn"):
        start = translator(attention=attention, cell=cell, order=order)
        config = start.model.config
        assert (config.cell, config.order) == (cell, order)
        assert config.attention == (None if attention == "none" else attention)
        assert start.model(source, words).logits.shape == (1, 2, len(start.target))


def test_the_seeds_own_order() -> None:
    config = translator(order="seed").model.config
    assert (config.cell, config.attention, config.layers) == ("rnn", "dot", 1)
    assert (config.embedding, config.hidden, config.dropout) == (8, 8, 0.0)


def test_sizes_of_a_translator_are_those_asked_for() -> None:
    config = translator(layers=2, hidden=6, embed=5, dropout=0.2).model.config
    assert (config.layers, config.hidden, config.embedding, config.dropout) == (2, 6, 5, 0.2)
    wanted = {"writer": "transformer", "layers": 2, "hidden": 12, "heads": 3, "embed": None}
    config = translator(**wanted).model.config
    assert (config.depth, config.width, config.heads, config.hidden) == (2, 12, 3, 48)
    assert config.source_words == 4 + 4
    with pytest.raises(ConfigError, match="heads"):
        translator(**{**wanted, "heads": 5})
    with pytest.raises(UnknownName, match="a known way to cut texts, got 'wrods'; try words"):
        translator(split="wrods")


def test_each_side_is_cut_in_its_own_way() -> None:
    start = translator(split="words,characters")
    assert set(start.source.words[4:]) == {"a", "b", "c", "d"}
    assert set(start.target.words[4:]) == {"a", "b", "c", "d", " "}
    assert [choice.value for choice in start.choices] == [8, 9]


@pytest.mark.parametrize("task", ["caption", "ask"])
def test_words_and_answers_are_those_of_the_training_part(task: str, sets) -> None:
    parts = sets[task]
    start = build_start(settled(small(task)), parts.train)
    known = start.target if task == "caption" else start.source
    seen = {word for text in parts.train.texts() for word in known.pieces(text)}
    assert set(known.words[4:]) == seen
    assert set(start.answers) == (
        {own[0] for own in parts.train.answers} if task == "ask" else set()
    )
    few = build_start(settled(small(task, words={"vocabulary": 9, "least": 2})), parts.train)
    assert len(few.target or few.source) == 9
    assert start.preprocessing.img_size == (16, 16)


def test_sizes_of_a_captioner_are_those_asked_for(sets) -> None:
    asked = {"hidden": 6, "embed": 5, "dropout": 0.1, "attention": "hard", "grid": "2x3"}
    start = build_start(settled(small("caption", words=asked)), sets["caption"].train)
    decoder, grid = start.model.config.decoder, start.model.config.grid
    assert (decoder.hidden, decoder.embed, decoder.attention, decoder.dropout) == (6, 5, 6, 0.1)
    assert decoder.hard is not None
    assert (grid.pool, grid.tuned, grid.positions) == ((2, 3), -1, "sincos2d")
    asked = {"writer": "transformer", "hidden": 8, "layers": 2, "heads": 2, "embed": None}
    start = build_start(settled(small("caption", words=asked)), sets["caption"].train)
    decoder = start.model.config.decoder
    assert (decoder.width, decoder.depth, decoder.heads) == (8, 2, 2)


def test_sizes_of_an_answerer_are_those_asked_for(sets) -> None:
    asked = {"hops": 3, "reader": "bag", "hidden": 8, "embed": 4, "dropout": 0.1}
    model = build_start(settled(small("ask", words=asked)), sets["ask"].train).model
    told = model.answerer.config
    assert (told.hops, told.reader, told.width, told.embed) == (3, "bag", 8, 4)
    assert told.dropout == 0.1


def test_the_network_of_pictures_is_the_one_asked_for(sets, tmp_path) -> None:
    train = sets["caption"].train
    options = {"model": "vit_tiny_patch16_224", "model_kwargs": VIT, "patch_size": 8}
    start = build_start(settled(small("caption", **options)), train)
    assert (start.model.grid, start.model.config.grid.positions) == ((2, 2), "none")
    with pytest.raises(ConfigError, match="patch_size"):
        build_start(settled(small("caption", patch_size=8)), train)  # a resnet has none
    network = build(
        "resnet18", num_classes=2, img_size=16, **{**EYES, "layers": (1,), "widths": (8,)}
    )
    card = Card(model="resnet18", config={**EYES, "img_size": [16, 16], "num_classes": 2},
                preprocessing={"img_size": [16, 16], "mean": [0.5] * 3})  # fmt: skip
    save(tmp_path / "eyes.safetensors", network, card)
    config = TrainConfig(task="caption", checkpoint=str(tmp_path / "eyes.safetensors"),
                         words={"hidden": 8, "split": "words"})  # fmt: skip
    start = build_start(settled(config), train)
    encoder = start.model.encoder
    assert not any(parameter.requires_grad for parameter in encoder.parameters())
    state = network.state_dict()
    own = encoder.network.state_dict()
    assert own.keys() <= state.keys()
    assert all(torch.equal(own[name], state[name]) for name in own)
    assert start.preprocessing.mean == (0.5, 0.5, 0.5)
    assert start.choices[0].name == "weights"
