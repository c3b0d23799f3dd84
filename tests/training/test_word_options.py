import pytest

from saccade.errors import ConfigError
from saccade.training.config import TrainConfig
from saccade.training.word_options import WordOptions

BAD = [
    ({"writer": "lstm"}, "writer one of recurrent, transformer, got 'lstm'; try writer=recurrent"),
    ({"attention": "soft"}, "attention one of additive, dot, .*, got 'soft'"),
    ({"cell": "elman"}, "cell one of gru, lstm, rnn, got 'elman'"),
    ({"order": "ours"}, "order one of bahdanau, luong, seed, got 'ours'"),
    ({"reader": "lstm"}, "reader one of gru, bag, transformer, got 'lstm'"),
    ({"layers": 0}, "layers of 1 or more, got 0"),
    ({"hidden": 1.5}, "hidden of 1 or more, got 1.5"),
    ({"judged": 0}, "judged of 1 or more, got 0"),
    ({"beam": "wide"}, "beam of 1 or more, got 'wide'"),
    ({"hops": True}, "hops of 1 or more, got True"),
    ({"dropout": 1.0}, "dropout from 0 to below 1, got 1.0"),
    ({"ratio": 1.5}, "ratio from 0 to 1, got 1.5"),
    ({"alpha_c": -1.0}, "alpha_c of at least 0, got -1.0"),
    ({"tuned": -2}, "tuned of -1 or more, got -2"),
    ({"sides": "de"}, "sides as two names, got 'de'; try sides=de,en"),
    ({"sides": 3}, "sides as two names, got 3"),
    ({"split": "a,b,c"}, "split as one or two, got 'a,b,c'"),
    ({"grid": "7"}, "grid as ROWSxCOLUMNS, got '7'; try grid=7x7"),
    ({"grid": "0x7"}, "grid as ROWSxCOLUMNS, got '0x7'"),
    ({"grid": "axb"}, "grid as ROWSxCOLUMNS, got 'axb'"),
]


@pytest.mark.parametrize(("given", "words"), BAD, ids=[str(one) for one, _ in BAD])
def test_bad_values_are_one_sentence(given: dict, words: str) -> None:
    with pytest.raises(ConfigError, match=f"expected {words}"):
        WordOptions(**given)


def test_what_is_read_out_of_words() -> None:
    told = WordOptions(sides=" ko , en", split="bpe-jamo,words", grid="3X5")
    assert told.pair == ("ko", "en")
    assert told.splits == ("bpe-jamo", "words")
    assert told.places == (3, 5)
    assert WordOptions(split="jamo").splits == ("jamo", "jamo")
    plain = WordOptions()
    assert (plain.pair, plain.splits, plain.places) == (None, None, None)


def test_options_are_part_of_a_config() -> None:
    config = TrainConfig(task="caption", words={"hidden": 64})
    assert config.get("words.hidden") == 64
    changed = config.changed({"words.beam": 4})
    assert (changed.words.beam, changed.words.hidden) == (4, 64)
    assert TrainConfig.from_dict(changed.to_dict()) == changed
    with pytest.raises(ConfigError, match="an option of words, got 'hiden'; try hidden"):
        TrainConfig(words={"hiden": 64})
    with pytest.raises(ConfigError, match="got 'translat'; try task=translate"):
        TrainConfig(task="translat")
