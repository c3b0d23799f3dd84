"""What judges answers: any that is right, and none that cannot be chosen; and their loss."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from saccade.data.words.question_batches import QuestionBatches
from saccade.data.words.questions import QuestionSet
from saccade.training.words.annotating import Annotations
from saccade.training.words.lessons import AnswerLesson
from saccade.training.words.presenting import Photographs, WordExamples
from tests.training.words.writers import WORDS, captioner


class Answers(nn.Module):
    """Chooses by the first word of a question."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.eye(len(WORDS)))
        self.encoder = nn.Identity()

    def answerer(self, told: Tensor, words: Tensor):
        return type("Answered", (), {"logits": self.weight[words[:, 0]][:, 4:]})


def asked() -> QuestionSet:
    answers = (("x",), ("y",), ("x", "z"), ("w",))
    questions = ("a", "b", "c", "a b")
    return QuestionSet("val", (Path("p"),) * 4, questions, answers, ("one", "one", "two", "two"))


def test_answers_are_judged_by_kind() -> None:
    present = Photographs(
        captioner().preprocessing, Annotations(torch.ones(1, 2, 3), torch.zeros(4).long())
    )
    lesson, ticks = AnswerLesson(Answers(), present, ("x", "y", "z")), []
    told = QuestionBatches(asked(), None, WORDS, ("x", "y", "z"), batch_size=3)
    found = lesson.judge(told, tick=ticks.append)
    assert found.goal == found.numbers["accuracy"] == 0.75  # z is right as well, w cannot be chosen
    assert found.detail["per_kind"] == {"one": 1.0, "two": 0.5}
    assert ticks == [0, 1]


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_the_loss_of_answers_by_hand(smoothing: float) -> None:
    lesson = AnswerLesson(Answers(), None, (), smoothing=smoothing)
    words, source = torch.tensor([[4], [5], [6], [4]]), torch.ones(4, 2, 3)
    answers = torch.tensor([0, 1, 2, 2])
    outcome = lesson(WordExamples(source, words, None, answers))
    logs = torch.eye(3)[[0, 1, 2, 0]].log_softmax(1)
    own = -logs[range(4), answers]
    wanted = (1 - smoothing) * own.mean() - smoothing * logs.mean()
    assert float(outcome.loss.detach()) == pytest.approx(float(wanted))
    assert int(outcome.numbers["correct"]) == 3
