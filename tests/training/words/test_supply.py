import pytest
import torch

from saccade.data.sets import BadFile
from saccade.data.words.captions import CaptionSet
from saccade.data.words.pairs import PairSet
from saccade.training.scale.processes import ALONE, World
from saccade.training.words.building import build_start
from saccade.training.words.opening import WordParts, find_word_facts, open_words
from saccade.training.words.recipe import choose_words
from saccade.training.words.supply import few, judged_by, lengths_of, supply
from tests.training.words.small import small, source_of

CPU = torch.device("cpu")


def ready(place, task: str, **words):
    """The model of a run, its data and its config."""
    config = small(task, words=words)
    parts = open_words(source_of(place, task), config)
    config, _ = choose_words(config, find_word_facts(parts.train), on_gpu=False)
    return build_start(config, parts.train), parts, config


def loads(monkeypatch, kind) -> list[int]:
    """Note which pictures are read."""
    read, load = [], kind.load
    monkeypatch.setattr(kind, "load", lambda self, i: read.append(i) or load(self, i))
    return read


def logits(start, found, number: int = 0):
    model = start.model.eval()
    batches = list(found.batches.epoch(number))
    examples = [found.present(batch, CPU, "") for batch in batches]
    with torch.no_grad():
        written = [model(one.source, one.words[:, :-1]).logits for one in examples]
    return [batch.words for batch in batches], written


def test_a_frozen_network_reads_each_picture_once(place, monkeypatch) -> None:
    start, parts, config = ready(place, "caption", tuned=0)
    read, told = loads(monkeypatch, CaptionSet), []
    train, val = supply(start, parts, config, ALONE, tell=lambda *one: told.append(one))
    assert len(read) == len(parts.train) + len(parts.val)
    assert told == [("train", 1, 1), ("val", 1, 1)]
    words, once = logits(start, train)
    logits(start, train, 1), logits(start, val)
    assert len(read) == len(parts.train) + len(parts.val)
    again, each = ready(place, "caption", tuned=0)[1:]
    monkeypatch.setattr("saccade.training.words.supply.fits", lambda *_: False)
    slow, _ = supply(start, again, each, ALONE)
    others, written = logits(start, slow)
    assert len(read) > len(parts.train) + len(parts.val)
    for left, right, one, other in zip(words, others, once, written, strict=True):
        assert torch.equal(left, right)
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("how", ["tuned", "flipped"])
def test_what_changes_is_read_in_each_epoch(how: str, place, monkeypatch) -> None:
    start, parts, config = ready(place, "caption", tuned=-1 if how == "tuned" else 0)
    config = config.changed({"flip": how == "flipped"})
    read = loads(monkeypatch, CaptionSet)
    train, _ = supply(start, parts, config, ALONE)
    assert not read
    for number in (1, 2):
        list(train.batches.epoch(number))
        assert set(read) == set(range(len(parts.train)))
        assert len(read) >= number * len(parts.train)


def test_questions_share_what_is_known_of_their_picture(place, monkeypatch) -> None:
    start, parts, config = ready(place, "ask", tuned=0)
    train, val = supply(start, parts, config, ALONE)
    assert len(train.present.known.table) == len(set(parts.train.paths)) < len(parts.train)
    batch = next(iter(val.batches.epoch(0)))
    found = val.present(batch, CPU, "")
    pictures = judged_by(start, parts.val, config)
    told = pictures.present(next(iter(pictures.batches.epoch(0))), CPU, "")
    with torch.no_grad():
        torch.testing.assert_close(found.source, start.model.encoder.eval()(told.source))
    assert torch.equal(found.words, told.words)


def test_a_broken_picture_is_left_out_and_named(place, tmp_path) -> None:
    start, parts, config = ready(place, "caption", tuned=0)
    whole = parts.train.paths[0].read_bytes()
    (tmp_path / "half.png").write_bytes(whole[: len(whole) // 2])
    paths = (*parts.train.paths[:3], tmp_path / "half.png", *parts.train.paths[4:])
    train = CaptionSet("train", paths, parts.train.captions)
    found, val = supply(start, WordParts(train), config, ALONE)
    assert val is None
    assert [type(file) for file in found.bad] == [BadFile]
    assert sum(len(batch) for batch in found.batches.epoch(0)) == 2 * 17
    _, rows = logits(start, found)
    assert all(torch.isfinite(one).all() for one in rows)


def test_processes_share_what_is_learned_and_each_judges_all(place) -> None:
    start, parts, config = ready(place, "translate")
    both = [supply(start, parts, config, World(rank=rank, size=2)) for rank in (0, 1)]
    seen = [[i for batch in one.batches.epoch(0) for i in batch.indices] for one, _ in both]
    assert sorted(seen[0] + seen[1]) == list(range(len(parts.train)))
    assert all(len(next(iter(val.batches.epoch(0)))) == len(parts.val) for _, val in both)


def test_few_are_spread_evenly(place) -> None:
    pairs = PairSet("val", tuple("abcdefg"), tuple("abcdefg"))
    assert few(pairs, 3).sources == ("a", "c", "e")
    assert few(pairs, 7) is pairs
    start, parts, config = ready(place, "translate", judged=1)
    _, val = supply(start, WordParts(parts.train, parts.test), config, ALONE)
    assert len(val.batches.pairs) == 1
    assert len(judged_by(start, parts.test, config).batches.pairs) == len(parts.test) == 2


def test_lengths_count_the_end(place) -> None:
    start, parts, _ = ready(place, "translate")
    own = [len(text.split()) + 1 for text in parts.train.targets]
    assert lengths_of(start, parts.train) == (pytest.approx(sum(own) / len(own)), max(own))
    start, parts, _ = ready(place, "ask")
    assert lengths_of(start, parts.train) == (1.0, 1)
