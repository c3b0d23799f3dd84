import shutil
from dataclasses import replace

import pytest

from saccade.data.words.captions import CaptionSet
from saccade.data.words.pairs import PairSet
from saccade.data.words.questions import QuestionSet
from saccade.errors import DataError
from saccade.training.config import TrainConfig
from saccade.training.words.opening import WordParts, find_word_facts, hangul_share, open_words
from tests.training.words.small import small, source_of

KINDS = {"caption": CaptionSet, "translate": PairSet, "ask": QuestionSet}


@pytest.mark.parametrize("task", KINDS)
def test_each_task_opens_its_kind_of_data(task: str, place) -> None:
    parts = open_words(source_of(place, task), small(task))
    assert {type(own) for own in parts.parts().values()} == {KINDS[task]}
    assert list(parts.parts()) == ["train", "val", "test"]
    assert list(parts.counts()) == ["train", "val"]
    again = open_words(source_of(place, task), small(task))
    assert parts.hashes() == again.hashes()
    assert parts.fingerprint() == again.fingerprint()
    assert len({own["hash"] for own in parts.hashes().values()}) == 3
    assert parts.hashes()["val"]["pictures"] == len(parts.val)


def test_a_hash_tells_another_caption_answer_pair_or_picture(place, tmp_path) -> None:
    captions = open_words(source_of(place, "caption"), small("caption")).train
    old = WordParts(captions)
    other = replace(captions, captions=(("other",), *captions.captions[1:]))
    assert WordParts(other).hashes() != old.hashes()
    asked = open_words(source_of(place, "ask"), small("ask")).train
    other = replace(asked, answers=(("other",), *asked.answers[1:]))
    assert WordParts(other).fingerprint() != WordParts(asked).fingerprint()
    pairs = open_words(source_of(place, "translate"), small("translate")).train
    other = replace(pairs, targets=("other", *pairs.targets[1:]))
    assert WordParts(other).fingerprint() != WordParts(pairs).fingerprint()
    assert WordParts(other, test=pairs).fingerprint() == WordParts(other).fingerprint()
    shutil.copytree(place / "scenes", tmp_path / "scenes")
    source = source_of(tmp_path, "caption")
    copied = open_words(source, small("caption"))
    assert copied.hashes()["train"] == old.hashes()["train"]  # wherever the pictures lie
    with copied.train.paths[0].open("ab") as file:
        file.write(b"more")
    larger = copied.hashes()
    assert larger["train"] != old.hashes()["train"]
    assert copied.fingerprint() == f"{larger['train']['hash']}-{larger['val']['hash']}"
    copied.train.paths[0].unlink()  # a picture that went away since
    assert copied.hashes()["train"] not in (larger["train"], old.hashes()["train"])


@pytest.mark.parametrize("task", KINDS)
def test_an_unknown_source_is_one_sentence(task: str, tmp_path) -> None:
    with pytest.raises(DataError, match=r"expected .*got no such file"):
        open_words(str(tmp_path / "none.tsv"), TrainConfig(task=task))


def test_a_source_without_a_part_to_learn_from(tmp_path) -> None:
    for ending in ("de", "en"):
        (tmp_path / f"test.{ending}").write_text("a\n")
    with pytest.raises(DataError, match=r"a part to learn from in .*, got test"):
        open_words(str(tmp_path), TrainConfig(task="translate"))


def test_problems_of_all_parts_are_told(tmp_path) -> None:
    for ending in ("de", "en"):
        (tmp_path / f"train.{ending}").write_text("a\na\nb\n")
    parts = open_words(str(tmp_path), TrainConfig(task="translate", val_fraction=0.0))
    assert [problem.name for problem in parts.problems] == ["train.de line 2"]
    assert parts.val is None
    assert list(parts.hashes()) == ["train"]


def test_facts(place) -> None:
    facts = find_word_facts(open_words(source_of(place, "caption"), small("caption")).train)
    assert (facts.turns, facts.hangul, facts.side) == (36, (0.0, 0.0), 16)
    pairs = PairSet("train", ("나는 학교에", "가"), ("to school", "go"))
    assert find_word_facts(pairs).hangul == (1.0, 0.0)
    assert find_word_facts(pairs).side == 0
    assert hangul_share(["ab 가나", "1, 2!"]) == 0.5
    assert hangul_share([]) == 0.0
