"""What writers learn: their loss by hand, and as a mean over words however texts are batched."""

from itertools import pairwise

import pytest
import torch

from saccade.models.words.hard_attention import HardAttentionConfig
from saccade.training.words.lessons import Writing, WritingLesson
from saccade.training.words.presenting import WordExamples
from tests.training.words.writers import captioner, examples, lesson_of, transformer, translator

ROWS = [[1, 4, 2], [1, 5, 6, 4, 2], [1, 6, 2], [1, 4, 4, 5, 2]]
SOURCES = [[5, 2], [4, 6, 2], [6, 2], [4, 4, 5, 2]]
LENGTH = 3.0  # mean words of a text, the end counted


def parts(source, rows=ROWS) -> list[WordExamples]:
    """All texts at once, then the first two and the last two, padded as short as they are."""
    return [examples(source[cut], rows[cut]) for cut in (slice(4), slice(2), slice(2, 4))]


def gradients(lesson, loss) -> list[torch.Tensor]:
    every = [parameter for parameter in lesson.parameters() if parameter.requires_grad]
    found = torch.autograd.grad(loss, every, allow_unused=True)
    return [own if own is not None else torch.zeros(()) for own in found]


def is_a_mean_over_words(lesson: WritingLesson, source) -> None:
    """The losses of two halves, each counted by its words, and their gradients are the whole's."""
    baseline, losses, counts = lesson.baseline.clone(), [], []
    for batch in parts(source):
        lesson.baseline.copy_(baseline)
        losses.append(lesson(batch).loss)
        counts.append(int((batch.words[:, 1:] != 0).sum()))
    assert counts[0] == counts[1] + counts[2] == 12
    mean = (losses[1] * counts[1] + losses[2] * counts[2]) / counts[0]
    torch.testing.assert_close(losses[0], mean)
    same(gradients(lesson, losses[0]), gradients(lesson, mean))


def same(one: list[torch.Tensor], other: list[torch.Tensor]) -> None:
    for left, right in zip(one, other, strict=True):
        torch.testing.assert_close(left, right, atol=1e-5, rtol=1e-4)


@torch.no_grad()
def naive(model, source: list[list[int]], smoothing: float) -> float:
    """Word after word, each text alone, without padding."""
    total, count = 0.0, 0
    for told, row in zip(source, ROWS, strict=True):
        state = model.read(torch.tensor([told]))
        for word, following in pairwise(row):
            step = model.step(torch.tensor([word]), state)
            state = step.state
            logs = step.logits[0].log_softmax(0)
            total += float((smoothing - 1) * logs[following] - smoothing * logs.mean())
            count += 1
    return total / count


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("make", [translator, transformer])
def test_the_loss_is_the_mean_over_words(make, smoothing: float) -> None:
    model = make()
    lesson = lesson_of(model, smoothing=smoothing)
    found = lesson(parts(SOURCES)[0]).loss.detach()
    assert float(found) == pytest.approx(naive(model, SOURCES, smoothing), abs=1e-5)
    is_a_mean_over_words(lesson, SOURCES)


def test_the_doubly_stochastic_term_by_hand(normal) -> None:
    source, model = normal(4, 4, 3), captioner()
    plain, told = (lesson_of(model, alpha_c=alpha, length=LENGTH) for alpha in (0.0, 0.7))
    batch = parts(source)[0]
    term, missed = (told(batch).loss - plain(batch).loss).detach(), 0.0
    for row, words in zip(source, ROWS, strict=True):
        weights = model.decoder(row[None], torch.tensor([words[:-1]])).weights[0]
        missed += float((1 - weights.detach().sum(dim=0)).square().mean())
    assert float(term) == pytest.approx(0.7 * missed * LENGTH / 12, abs=1e-5)
    is_a_mean_over_words(told, source)


def test_a_transformer_looks_everywhere_once_too(normal) -> None:
    lesson = lesson_of(captioner(writer="transformer"), alpha_c=1.0, length=LENGTH)
    is_a_mean_over_words(lesson, normal(4, 4, 3))


def test_hard_attention_by_hand(normal, monkeypatch) -> None:
    hard = HardAttentionConfig(semi_sampling=0.0)
    source, model = normal(4, 4, 3), captioner(hard=hard).train()
    lesson = lesson_of(model, length=LENGTH)
    is_a_mean_over_words(lesson, source)  # the entropy alone
    passed = lesson._passed

    def drawn(batch, inputs):
        """The second place is looked at for each word."""
        logits, weights, _ = passed(batch, inputs)
        return logits, weights, torch.eye(4)[1].expand(weights.shape)

    monkeypatch.setattr(lesson, "_passed", drawn)
    lesson.baseline.fill_(0.4)
    found, wanted, costs = lesson(parts(source)[0]).loss, torch.zeros(()), []
    for row, words in zip(source, ROWS, strict=True):
        inputs, targets = torch.tensor([words[:-1]]), torch.tensor(words[1:])
        logits, weights = model.decoder(row[None], inputs)
        logs = weights[0].log()
        own = -logits[0].log_softmax(1)[range(len(targets)), targets]
        reward = own.mean().detach() - 0.4
        term = hard.entropy_scale * (weights[0] * logs).sum()
        term = term + hard.reward_scale * reward * logs[:, 1].sum()
        wanted = wanted + term * LENGTH / 12 + own.sum() / 12
        costs += own.tolist()
    same(gradients(lesson, found), gradients(lesson, wanted))
    assert float(found.detach()) == pytest.approx(sum(costs) / 12, abs=1e-5)  # the words alone
    assert float(lesson.baseline) == pytest.approx(0.9 * 0.4 + 0.1 * sum(costs) / 12)
    lesson.baseline.fill_(0.4)
    is_a_mean_over_words(lesson, source)


def test_the_baseline_is_saved_and_teaches_nothing(normal) -> None:
    lesson = lesson_of(captioner(hard=HardAttentionConfig(semi_sampling=1.0)).train())
    outcome = lesson(parts(normal(4, 4, 3))[0])
    outcome.loss.backward()
    assert "baseline" in lesson.state_dict()
    assert not lesson.baseline.requires_grad
    assert float(lesson.baseline) > 0
    assert lesson.model.decoder.attention.score.weight.grad.abs().sum() > 0


def test_scheduled_sampling_feeds_its_own_words() -> None:
    model = translator().train()
    batch = parts(SOURCES)[0]
    told, own = (lesson_of(model, ratio=ratio)(batch).loss for ratio in (1.0, 0.0))
    assert not torch.allclose(told, own)


def test_a_stand_in_weighs_nothing_and_breaks_nothing() -> None:
    empty = examples([[2]], [[1, 2]])
    assert torch.isfinite(lesson_of(translator())(empty).loss)
    how = lesson_of(translator(), ratio=0.5).how
    assert isinstance(how, Writing)
