import random
from types import SimpleNamespace

import pytest
import torch

from saccade.data.batches import Feed
from saccade.data.words.word_epochs import (
    WordEpochs,
    bucketed,
    in_turn,
    padded,
    too_long,
    within,
    words_to_learn,
)
from saccade.errors import ConfigError


def test_padding_by_hand() -> None:
    found = padded([[1, 5, 2], [1, 2]])
    assert found.tolist() == [[1, 5, 2], [1, 2, 0]]
    assert found.dtype == torch.int64
    assert padded([]).shape == (0, 1)
    assert [words_to_learn(found), words_to_learn(padded([]))] == [3, 0]


def test_cutting_by_hand() -> None:
    assert in_turn(range(5), 2) == [[0, 1], [2, 3], [4]]


def test_every_sentence_once_and_like_beside_like() -> None:
    chances = random.Random(0)
    lengths = [(chances.randint(1, 40),) for _ in range(103)]
    batches = bucketed(lengths, 8, "0/1")
    assert sorted(index for own in batches for index in own) == list(range(103))
    assert sorted(map(len, batches)) == [7, *[8] * 12]
    spread = [max(lengths[i][0] for i in own) - min(lengths[i][0] for i in own) for own in batches]
    assert sum(spread) / len(spread) < 6  # of 40; unsorted batches have about 32
    assert [lengths[own[0]] for own in batches] != sorted(lengths[own[0]] for own in batches)


def test_the_order_depends_on_the_chance_alone() -> None:
    lengths = [(index % 7, index % 3) for index in range(60)]
    random.seed(1)
    first = bucketed(lengths, 4, "0/1")
    random.seed(2)
    assert bucketed(lengths, 4, "0/1") == first
    assert bucketed(lengths, 4, "0/2") != first


def test_long_sentences() -> None:
    assert within([3, 9, 4], range(3), 4) == ([0, 2], [1])
    assert within([3, 9, 4], range(3), None) == ([0, 1, 2], [])
    assert too_long("a.png", 9, 4).reason == "9 words, more than 4"
    with pytest.raises(ConfigError, match="expected a longest of 1 or more words, got 0"):
        within([1], range(1), 0)
    with pytest.raises(ConfigError, match="expected a batch_size of 1 or more, got 0"):
        in_turn(range(3), 0)


class Sentences(WordEpochs[SimpleNamespace]):
    """A hundred sentences of one to ten words."""

    name = "train"

    def _lengths(self) -> list[tuple[int, ...]]:
        return [(1 + index % 10,) for index in range(100)]

    def _batch(self, turns, number, position) -> SimpleNamespace:
        return SimpleNamespace(turns=turns, bad=())


def test_beside_pictures_that_are_read_lengths_tell_nothing() -> None:
    batches = Sentences(10, 0, 0, Feed())
    for alike, mixed in ((True, False), (False, True)):
        batches.alike = alike
        taken = [batch.turns for batch in batches.epoch(0)]
        assert sorted(turn for own in taken for turn in own) == list(range(100))
        kinds = [len({turn % 10 for turn in own}) for own in taken]
        assert (min(kinds) > 3) is mixed
