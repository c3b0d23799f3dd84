from types import SimpleNamespace

import pytest
import torch

from saccade.data.transforms import Preprocessing
from saccade.data.words.word_batches import PairBatch
from saccade.training.words.annotating import Annotations
from saccade.training.words.presenting import Pairs, Photographs

CPU = torch.device("cpu")
PIXELS = Preprocessing(img_size=(2, 2))
WORDS = torch.tensor([[1, 4, 2], [1, 5, 2]])
KNOWN = Annotations(torch.arange(24.0).view(3, 4, 2), torch.tensor([2, 0, 1]))


def batch(**changes):
    images = torch.arange(24, dtype=torch.uint8).view(2, 3, 2, 2)
    told = {"images": images, "words": WORDS, "indices": (1, 2)}
    return _Batch(**{**told, **changes})


class _Batch(SimpleNamespace):
    def __len__(self) -> int:
        return len(self.indices)


def test_pairs() -> None:
    source = torch.tensor([[4, 2, 0], [4, 5, 2]])
    found = Pairs()(PairBatch(source, source != 0, WORDS, (0, 1), 0), CPU, "")
    assert torch.equal(found.source, source)
    assert torch.equal(found.words, WORDS)
    assert found.mask.tolist() == [[True, True, False], [True, True, True]]
    empty = torch.zeros(0, 0, dtype=torch.int64)
    alone = Pairs()(PairBatch(empty, empty != 0, empty, (), 0), CPU, "")
    assert (alone.words.tolist(), alone.source.tolist(), alone.mask.all()) == (
        [[1, 2]],
        [[2]],
        True,
    )


def test_pictures_are_scaled() -> None:
    found = Photographs(PIXELS)(batch(), CPU, "")
    assert torch.equal(found.source, PIXELS.normalize(batch().images))
    assert (found.mask, found.answers) == (None, None)


def test_what_is_known_of_pictures_is_looked_up() -> None:
    found = Photographs(PIXELS, KNOWN)(batch(images=None), CPU, "")
    assert torch.equal(found.source, KNOWN.table[[0, 1]])


def test_questions_bring_their_answers() -> None:
    asked = batch(questions=WORDS, answers=torch.tensor([3, -1]))
    found = Photographs(PIXELS)(asked, CPU, "")
    assert torch.equal(found.words, WORDS)
    assert found.answers.tolist() == [3, -1]


@pytest.mark.parametrize("known", [None, KNOWN])
def test_a_batch_without_pictures_is_stood_in_for(known) -> None:
    present = Photographs(PIXELS, known)
    found = present(batch(indices=()), CPU, "")
    assert found.source.shape == ((1, 3, 2, 2) if known is None else (1, 4, 2))
    assert (found.words.tolist(), found.answers) == ([[1, 2]], None)
    asked = present(batch(indices=(), questions=WORDS, answers=torch.tensor([])), CPU, "")
    assert asked.answers.tolist() == [0]
