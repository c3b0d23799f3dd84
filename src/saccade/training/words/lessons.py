"""Lessons of words: writing captions and translations, and answering questions.

Sources: Xu et al., arXiv:1502.03044, eq. 14 (doubly stochastic attention) and section 4.1
(REINFORCE); Szegedy et al., arXiv:1512.00567, section 7 (smoothing).
Axes: b row, t words, j places, v words known.
Differs: the loss of a batch is the mean over its words, whatever texts they are in; what is counted
once a text is divided by the mean length of a text, so that any number of processes learns alike.
The reward of hard attention is the mean cost of a text's own words, whatever stands beside it.
"""

from dataclasses import dataclass
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.data.words.lexicon import PAD, Lexicon
from saccade.data.words.questions import QuestionSet
from saccade.models.captioner import Captioner
from saccade.models.seq2seq import Seq2Seq
from saccade.models.words.beam import beam_search
from saccade.models.words.caption_lstm import CaptionLstm
from saccade.models.words.decoding import Hypothesis, WordModel, greedy
from saccade.models.words.hard_attention import (
    HardAttentionConfig,
    doubly_stochastic,
    reinforce_loss,
)
from saccade.models.words.transformer import Transformer
from saccade.training.lesson import Judgement, Lesson, Tick
from saccade.training.objectives.outcome import Outcome
from saccade.training.presenting import Present
from saccade.training.words.presenting import WordExamples
from saccade.training.words.scoring import (
    CaptionScores,
    TranslationScores,
    score_captions,
    score_translations,
)

_SHOWN = 5  # texts that the diary shows after each epoch


@dataclass(frozen=True, kw_only=True, slots=True)
class Writing:
    """How a writer learns and is judged.

    Args:
        words: that it writes.
        present: turns batches of the validation part into examples.
        longest: most words that it may write.
        length: mean words of a text to learn from, the end counted.
        beam: width of the search that writes what is judged; 1 takes the likeliest word.
        smoothing: of the words, 0 to below 1.
        ratio: share of steps that are told the true word before.
        alpha_c: weight of the doubly stochastic term.
    """

    words: Lexicon
    present: Present
    longest: int
    length: float
    beam: int = 1
    smoothing: float = 0.0
    ratio: float = 1.0
    alpha_c: float = 0.0


class WritingLesson(Lesson):
    """Learns to write, word after word, and is judged by what it writes on its own.

    Args:
        model: that writes.
        how: it learns and is judged.
    """

    baseline: Tensor

    def __init__(self, model: WordModel, how: Writing) -> None:
        super().__init__(model)
        self.how = how
        self.register_buffer("baseline", torch.zeros(()))

    def forward(self, batch: WordExamples) -> Outcome:  # type: ignore[override]
        """Give the loss of a batch: the mean over its words."""
        inputs, targets = batch.words[:, :-1], batch.words[:, 1:]
        logits, weights, chosen = self._passed(batch, inputs)
        flat, wanted = logits.flatten(0, 1).float(), targets.flatten()
        loss = F.cross_entropy(flat, wanted, ignore_index=PAD, label_smoothing=self.how.smoothing)
        real = targets != PAD
        if weights is not None and self.how.alpha_c:
            missed = doubly_stochastic(weights, real, reduction="tutorial")
            loss = loss + self.how.alpha_c * missed * self._texts(real)
        hard = self._hard()
        if hard is not None and weights is not None:
            costs = F.cross_entropy(flat.detach(), wanted, ignore_index=PAD, reduction="none")
            learned = self._reinforced(costs.reshape(targets.shape), real, weights, chosen, hard)
            learned = learned - learned.detach()  # a gradient, whose value is no cost
            loss = loss + learned * self._texts(real)
        return Outcome(loss)

    def judge(self, batches: Any, *, tick: Tick | None = None) -> Judgement:  # noqa: ANN401
        """Measure what the model writes on its own about a part that it does not learn from.

        Args:
            batches: of captions or pairs, in the order of the set.
            tick: called after each batch with its position.
        """
        model = cast("WordModel", self.model.eval())
        device = next(model.parameters()).device
        texts: list[str] = []
        references: list[tuple[str, ...]] = []
        for batch in batches.epoch(0):
            if len(batch):
                examples = self.how.present(batch, device, "")
                found = write(model, examples, beam=self.how.beam, longest=self.how.longest)
                texts += [self.how.words.decode(one.words) for one in found]
                references += _references(batches, batch)
            if tick is not None:
                tick(batch.position)
        if isinstance(model, Captioner):
            return judged_captions(texts, references)
        return judged_translations(texts, references, lower=self.how.words.is_lower)

    def _passed(
        self, batch: WordExamples, inputs: Tensor
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """Write along the true words: logits (b t v), weights and drawn places (b t j)."""
        model = self.model
        if isinstance(model, Captioner) and isinstance(model.decoder, CaptionLstm):
            return model.follow(batch.source, inputs)
        if isinstance(model, Seq2Seq):
            written = model(batch.source, inputs, batch.mask, ratio=self.how.ratio)
            return written.logits, None, None
        if isinstance(model, Transformer):
            return model(batch.source, inputs, batch.mask, weights=False).logits, None, None
        written = model(batch.source, inputs)
        return written.logits, written.weights, None

    def _hard(self) -> HardAttentionConfig | None:
        if isinstance(self.model, Captioner) and isinstance(self.model.decoder, CaptionLstm):
            return self.model.decoder.config.hard
        return None

    def _reinforced(
        self,
        costs: Tensor,
        real: Tensor,
        weights: Tensor,
        chosen: Tensor | None,
        hard: HardAttentionConfig,
    ) -> Tensor:
        """Give the loss of hard attention, and move the baseline; costs are of real words (b t)."""
        before, padded = float(self.baseline), ~real[:, :, None]
        counts = real.sum(dim=1, keepdim=True).clamp_min(1)
        self.baseline.lerp_(costs.sum() / counts.sum(), 1 - hard.baseline_decay)
        return reinforce_loss(
            costs * real.shape[1] / counts,  # its mean over t is that over a text's own words
            weights.masked_fill(padded, 0.0),
            None if chosen is None else chosen.masked_fill(padded, 0.0),
            baseline=before,
            config=hard,
            reduction="mean",
        )

    def _texts(self, real: Tensor) -> Tensor:
        """Turn a mean over texts into one over words: texts times the mean length, over words."""
        return len(real) * self.how.length / real.sum().clamp_min(1)


class AnswerLesson(Lesson):
    """Learns to choose the right answer.

    Args:
        model: of questions about pictures.
        present: turns batches of the validation part into examples.
        answers: to choose from.
        smoothing: of the answers, 0 to below 1.
    """

    def __init__(
        self,
        model: nn.Module,
        present: Present,
        answers: tuple[str, ...],
        *,
        smoothing: float = 0.0,
    ) -> None:
        super().__init__(model)
        self.present = present
        self.answers = answers
        self.smoothing = smoothing

    def forward(self, batch: WordExamples) -> Outcome:  # type: ignore[override]
        """Give the loss of a batch: the mean over its questions."""
        logits = self._logits(batch)
        answers = batch.answers if batch.answers is not None else logits.argmax(1)
        loss = F.cross_entropy(logits, answers, label_smoothing=self.smoothing)
        return Outcome(loss, {"correct": (logits.detach().argmax(dim=1) == answers).sum()})

    @torch.no_grad()
    def judge(self, batches: Any, *, tick: Tick | None = None) -> Judgement:  # noqa: ANN401
        """Measure the answers to questions that it does not learn from; any right one will do.

        Args:
            batches: of questions, in the order of the set.
            tick: called after each batch with its position.
        """
        self.model.eval()
        device = next(self.model.parameters()).device
        kinds: dict[str, list[bool]] = {}
        asked: QuestionSet = batches.questions
        for batch in batches.epoch(0):
            if len(batch):
                examples = self.present(batch, device, "")
                chosen = self._logits(examples).argmax(1).tolist()
                for index, number in zip(batch.indices, chosen, strict=True):
                    right = self.answers[number] in asked.answers[index]
                    kinds.setdefault(asked.kinds[index], []).append(right)
            if tick is not None:
                tick(batch.position)
        every = [one for own in kinds.values() for one in own]
        accuracy = sum(every) / max(len(every), 1)
        each = {kind or "all": sum(own) / len(own) for kind, own in sorted(kinds.items())}
        return Judgement({"accuracy": accuracy}, accuracy, {"per_kind": each})

    def _logits(self, batch: WordExamples) -> Tensor:
        model: Any = self.model
        told = batch.source
        if told.dim() == 4:
            told = model.encoder(told)
        return cast("Tensor", model.answerer(told, batch.words).logits).float()


def _references(batches: Any, batch: Any) -> list[tuple[str, ...]]:  # noqa: ANN401
    if hasattr(batch, "references"):
        return list(batch.references)
    return [batches.pairs.references(index) for index in batch.indices]


@torch.no_grad()
def write(model: WordModel, examples: WordExamples, *, beam: int, longest: int) -> list[Hypothesis]:
    """Let a model write about each source of a batch.

    Args:
        model: in evaluation mode.
        examples: their sources.
        beam: width of the search; 1 takes the likeliest word each time.
        longest: most words.
    """
    state = model.read(examples.source, examples.mask)
    if beam == 1:
        return greedy(model, state, max_length=longest)
    return [own[0] for own in beam_search(model, state, beam=beam, max_length=longest)]


def judged_captions(texts: list[str], references: list[tuple[str, ...]]) -> Judgement:
    """Score captions; the goal is CIDEr-D.

    Args:
        texts: that were written.
        references: what people wrote of each picture.
    """
    if not texts:
        return Judgement({"bleu4": None}, 0.0)
    scores = score_captions(texts, references)
    numbers = {**_bleu(scores), "cider": scores.cider, "rouge": scores.rouge}
    goal = scores.cider if len(texts) > 1 else _bleu_goal(scores)  # of one picture it is 0
    return Judgement({**numbers, "exact": scores.exact}, goal, _shown(texts, references))


def judged_translations(
    texts: list[str], references: list[tuple[str, ...]], *, lower: bool = False
) -> Judgement:
    """Score translations; the goal is BLEU-4.

    Args:
        texts: that were written.
        references: translations of each source.
        lower: leave capitals out of account.
    """
    if not texts:
        return Judgement({"bleu4": None}, 0.0)
    scores = score_translations(texts, references, lower=lower)
    numbers = {**_bleu(scores), "exact": scores.exact}
    return Judgement(numbers, _bleu_goal(scores), _shown(texts, references))


def _bleu(scores: CaptionScores | TranslationScores) -> dict[str, float]:
    return {f"bleu{n}": value for n, value in enumerate(scores.bleu, start=1)}


def _bleu_goal(scores: CaptionScores | TranslationScores) -> float:
    return scores.bleu[3] + 1e-3 * scores.bleu[0]  # BLEU-1 decides where BLEU-4 is the same


def _shown(texts: list[str], references: list[tuple[str, ...]]) -> dict[str, Any]:
    few = list(zip(texts, references, strict=True))[:_SHOWN]
    return {"texts": [{"written": text, "references": list(own[:2])} for text, own in few]}
