from collections import Counter
from pathlib import Path

import pytest
import torch

from saccade.data.augmentation import Augmentation
from saccade.data.batches import Feed, View
from saccade.data.transforms import Preprocessing
from saccade.data.words.captions import CaptionSet
from saccade.data.words.pairs import PairSet
from saccade.data.words.vocabulary import Vocabulary
from saccade.data.words.word_batches import CaptionBatches, WordBatches
from saccade.errors import ConfigError
from tests.data.words.batch_checks import same

SMALL = Preprocessing(img_size=(4, 5))
SOURCES = tuple(" ".join(["가"] * (1 + n % 5)) for n in range(11))
TARGETS = tuple(" ".join(["a", "b", "c"][: 1 + n % 3]) for n in range(11))
PAIRS = PairSet("train", SOURCES, TARGETS)
KO, EN = Vocabulary.build(SOURCES), Vocabulary.build(TARGETS)


@pytest.fixture
def captions(tmp_path: Path, paint) -> CaptionSet:
    """Five pictures, the fourth broken, with 1 to 3 captions."""
    names = [f"{number}.png" for number in range(5)]
    paint(*names)
    (tmp_path / "3.png").write_bytes((tmp_path / "3.png").read_bytes()[:60])
    own = tuple(tuple("a b c"[: 1 + 2 * t] for t in range(1 + n % 3)) for n in range(5))
    return CaptionSet("train", tuple(tmp_path / name for name in names), own, root=tmp_path)


def batches(captions: CaptionSet, **options: object) -> CaptionBatches:
    view = options.pop("view", View(SMALL, options.pop("augmentation", None)))
    return CaptionBatches(captions, view, EN, **{"batch_size": 3, **options})


def test_pairs_by_hand() -> None:
    first = next(WordBatches(PAIRS, KO, EN, batch_size=2).epoch())
    assert first.source.tolist() == [[4, 2, 0], [4, 4, 2]]
    assert first.source_mask.tolist() == [[True, True, False], [True, True, True]]
    assert first.words.tolist() == [[1, 4, 2, 0], [1, 4, 5, 2]]
    assert (first.indices, first.position, first.bad, len(first)) == ((0, 1), 0, (), 2)


def test_each_pair_once_and_resumable() -> None:
    fed = WordBatches(PAIRS, KO, EN, batch_size=2, seed=3)
    whole = list(fed.epoch(5))
    assert sorted(index for batch in whole for index in batch.indices) == list(range(11))
    assert [batch.position for batch in whole] == list(range(len(fed))) == list(range(6))
    for start in range(7):
        assert same(fed.epoch(5, start=start), whole[start:])
    assert [batch.indices for batch in fed.epoch(6)] != [batch.indices for batch in whole]
    with pytest.raises(ConfigError, match="expected a start from 0 to 6, got 7"):
        fed.epoch(5, start=7)


@pytest.mark.parametrize("processes", [2, 3])
def test_processes_share_the_same_batches(processes: int) -> None:
    shares = [
        list(WordBatches(PAIRS, KO, EN, batch_size=2, seed=0, feed=feed).epoch())
        for feed in (Feed(rank=rank, processes=processes) for rank in range(processes))
    ]
    assert len({len(own) for own in shares}) == 1
    whole = list(WordBatches(PAIRS, KO, EN, batch_size=2 * processes, seed=0).epoch())
    for position, batch in enumerate(whole):
        every = [index for own in shares for index in own[position].indices]
        assert sorted(every) == sorted(batch.indices)


def test_long_pairs_are_left_out_of_training_only() -> None:
    fed = WordBatches(PAIRS, KO, EN, batch_size=4, seed=0, longest=4)
    assert sum(map(len, fed.epoch())) == 9
    assert [bad.name for bad in fed.bad] == ["train pair 4", "train pair 9"]
    assert fed.bad[0].reason == "5 words, more than 4"
    assert sum(map(len, WordBatches(PAIRS, KO, EN, batch_size=4, longest=4).epoch())) == 11


def test_training_sees_each_caption_once(captions: CaptionSet) -> None:
    fed = batches(captions, seed=0)
    whole = list(fed.epoch(1))
    counts = Counter(
        (i, t) for batch in whole for i, t in zip(batch.indices, batch.turns, strict=True)
    )
    assert set(counts.values()) == {1}
    assert sorted(counts) == [(i, t) for i in (0, 1, 2, 4) for t in range(1 + i % 3)]
    for batch in whole:
        assert batch.images.shape == (len(batch), 3, 4, 5)
        assert batch.images.dtype == torch.uint8
        for row, index in enumerate(batch.indices):
            written = EN.decode(batch.words[row].tolist())
            assert written == batch.references[row][batch.turns[row]]
            assert batch.names[row] == f"{index}.png"
            assert batch.geometries[row].size == (5, 4)


def test_evaluation_sees_each_picture_once(captions: CaptionSet) -> None:
    fed = batches(captions)
    whole = list(fed.epoch())
    assert [index for batch in whole for index in batch.indices] == [0, 1, 2, 4]
    assert whole[0].references == (("a",), ("a", "a b"), ("a", "a b", "a b c"))
    assert whole[0].words.tolist() == [[1, 4, 2]] * 3
    assert [len(batch) for batch in whole] == [3, 1]
    assert [bad.name for bad in fed.bad] == ["3.png"]
    assert fed.bad[0].reason.startswith("a damaged or cut picture")


def test_without_a_view_no_picture_is_read(captions: CaptionSet) -> None:
    (captions.paths[0]).unlink()
    for batch in batches(captions, view=None, seed=0).epoch(1):
        assert (batch.images.shape, batch.images.dtype) == ((len(batch), 0), torch.uint8)
        assert (batch.geometries, batch.bad) == ((), ())
    whole, seen = (list(batches(captions, view=v).epoch()) for v in (None, View(SMALL, None)))
    assert [index for batch in whole for index in batch.indices] == [0, 1, 2, 3, 4]
    assert [index for batch in seen for index in batch.indices] == [1, 2, 4]
    assert whole[0].words.equal(torch.tensor([[1, 4, 2]] * 3))


def test_what_is_to_be_learned_is_counted(captions: CaptionSet) -> None:
    fed = batches(captions)
    assert [batch.count for batch in fed.epoch()] == [6, 2]  # a word and END for each picture
    for path in captions.paths:
        path.write_bytes(b"no picture")
    assert [(len(batch), batch.count) for batch in fed.epoch()] == [(0, 0), (0, 0)]
    pairs = WordBatches(PAIRS, KO, EN, batch_size=2)
    assert next(pairs.epoch()).count == 5  # a END, a b END
    assert (fed.name, pairs.name) == ("train", "train")


def test_workers_and_going_on_change_nothing(captions: CaptionSet) -> None:
    change = Augmentation(crop_scale=(0.3, 1.0), flip=True)
    options = {"seed": 2, "batch_size": 2, "augmentation": change}
    whole = list(batches(captions, **options).epoch(3))
    ahead = list(batches(captions, workers=2, **options).epoch(3))
    assert same(whole, ahead)
    assert same(batches(captions, **options).epoch(3, start=2), whole[2:])
    next(batches(captions, workers=2, **options).epoch())  # broken off: no thread stays behind
    assert len(batches(captions, **options)) == len(whole) == 5


def test_options_that_cannot_work(captions: CaptionSet) -> None:
    for options, sentence in (
        ({"batch_size": 0}, "a batch_size of 1 or more, got 0"),
        ({"workers": -1}, "0 or more workers, got -1"),
        ({"augmentation": Augmentation(flip=True)}, "a seed with an augmentation, got none"),
        ({"feed": Feed(repeats=2)}, "a feed with rank, processes and exact only, got another"),
    ):
        with pytest.raises(ConfigError, match=sentence):
            batches(captions, **options)
