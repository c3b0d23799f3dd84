"""What judges a lesson of words: what the model writes or answers on its own."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from saccade.data.words.captions import CaptionSet
from saccade.data.words.lexicon import END, START
from saccade.data.words.pairs import PairSet
from saccade.data.words.word_batches import CaptionBatches, WordBatches
from saccade.models.words.decoding import State, Step, WordModel, Written
from saccade.training.words.annotating import Annotations
from saccade.training.words.lessons import (
    Writing,
    WritingLesson,
    judged_captions,
    judged_translations,
    write,
)
from saccade.training.words.presenting import Photographs, WordExamples
from tests.training.words.writers import WORDS, captioner, lesson_of, padded, translator

PAIRS = PairSet("val", ("a b c", "a b c a", "c"), ("a b c a", "b c a b", "c a b c a"))


class TwoFaced(WordModel):
    """Told the true words it knows the next one; on its own it repeats what it starts with."""

    def __init__(self, rows: Tensor | None, first: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))
        self.rows, self.first = rows, first

    def read(self, source, mask=None) -> State:
        return {"memory": torch.zeros(len(source), 1, 1)}

    def step(self, words, state) -> Step:
        logits = torch.zeros(len(words), len(WORDS))
        logits[range(len(words)), torch.where(words == START, self.first, words)] = 9.0
        return Step(logits * self.weight, state, None)

    def forward(self, source, words, mask=None) -> Written:
        return Written(
            20 * nn.functional.one_hot(self.rows, len(WORDS)).float() * self.weight, None
        )


def batches(pairs: PairSet = PAIRS, size: int = 2) -> WordBatches:
    return WordBatches(pairs, WORDS, WORDS, batch_size=size)


def test_judging_does_not_tell_the_true_words() -> None:
    rows = padded([WORDS.encode(text, end=True) for text in PAIRS.targets])
    words = padded([WORDS.encode(text, start=True, end=True) for text in PAIRS.targets])
    source = torch.ones(3, 2, dtype=torch.int64)
    lesson = lesson_of(TwoFaced(rows, first=4))
    told = lesson(WordExamples(source, words, source == 1)).loss
    assert float(told.detach()) < 1e-6
    found = lesson.judge(batches())
    assert found.numbers["exact"] == 0.0
    assert found.numbers["bleu4"] == 0.0
    assert found.detail["texts"][0] == {"written": " ".join("a" * 8), "references": ["a b c a"]}


def test_numbers_of_what_was_written(monkeypatch) -> None:
    ticks: list[int] = []
    lesson = lesson_of(translator())

    def right(model, examples, *, beam, longest):
        texts = [PAIRS.targets[PAIRS.sources.index(WORDS.decode(row))] for row in examples.source]
        return [_Wrote(WORDS.encode(text, end=True)) for text in texts]

    monkeypatch.setattr("saccade.training.words.lessons.write", right)
    found = lesson.judge(batches(), tick=ticks.append)
    assert found.numbers == {"bleu1": 1.0, "bleu2": 1.0, "bleu3": 1.0, "bleu4": 1.0, "exact": 1.0}
    assert found.goal == pytest.approx(1.001)
    assert ticks == [0, 1]
    assert not lesson.model.training


class _Wrote:
    def __init__(self, words: list[int]) -> None:
        self.words = words


def test_scores_choose_the_best_epoch() -> None:
    texts, references = ["a b c a", "b"], [("a b c a",), ("c",)]
    pairs = judged_translations(texts, references)
    assert pairs.goal == pairs.numbers["bleu4"] + 1e-3 * pairs.numbers["bleu1"]
    captions = judged_captions(texts, references)
    assert captions.goal == captions.numbers["cider"] > 0
    assert {"rouge", "exact"} <= set(captions.numbers)
    alone = judged_captions(texts[:1], references[:1])  # CIDEr-D of one text tells nothing
    assert alone.goal == alone.numbers["bleu4"] + 1e-3 * alone.numbers["bleu1"]
    assert judged_captions([], []).goal == 0.0


def test_a_beam_writes_no_less_likely_texts() -> None:
    model, source = translator(), torch.tensor([[4, 5, 2], [6, 2, 0]])
    examples = WordExamples(source, source, source != 0)
    greedy, wide = (write(model, examples, beam=width, longest=6) for width in (1, 7))
    assert len(greedy) == len(wide) == 2
    assert all(len(one.words) <= 6 for one in (*greedy, *wide))
    assert all(END not in one.words[:-1] for one in (*greedy, *wide))


def test_captions_are_judged_by_all_references(normal) -> None:
    model = captioner()
    captions = CaptionSet("val", (Path("a"), Path("b")), (("a b", "c a"), ("b",)))
    known = Annotations(normal(2, 4, 3), torch.tensor([0, 1]))
    how = Writing(words=WORDS, present=Photographs(model.preprocessing, known), longest=4, length=3)
    found = WritingLesson(model, how).judge(CaptionBatches(captions, None, WORDS, batch_size=2))
    assert [own["references"] for own in found.detail["texts"]] == [["a b", "c a"], ["b"]]
    assert {"cider", "rouge", "bleu4", "exact"} <= set(found.numbers)
