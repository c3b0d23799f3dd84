"""Sequence to sequence: a recurrent encoder reads words, a recurrent decoder writes others.

Source: Sutskever, Vinyals, Le, "Sequence to Sequence Learning with Neural Networks", NeurIPS 2014,
arXiv:1409.3215 (the bottleneck, the reversed source); Bahdanau, Cho, Bengio, ICLR 2015,
arXiv:1409.0473, and Luong, Pham, Manning, EMNLP 2015, arXiv:1508.04025 (attention); Bengio et al.,
"Scheduled Sampling for Sequence Prediction with Recurrent Neural Networks", NeurIPS 2015,
arXiv:1506.03099 (own words in training).
Axes: b row, s words of the source, t words to write, v words known, j = s.
Differs: a cell's weights are torch's, drawn as torch draws them. The own word that scheduled
sampling feeds is the likeliest, not a drawn one. Of a reversed source the memory stands in the
order of the words all the same, so that maps need no turning.
"""

import torch
from torch import Tensor, nn

from saccade.errors import ConfigError, DataError
from saccade.layers.recurrent import Encoded, RecurrentStack, true_lengths
from saccade.models.seq2seq_config import Seq2SeqConfig
from saccade.models.words.decoding import State, Step, WordModel, Written
from saccade.models.words.recurrent_decoder import RecurrentDecoder
from saccade.shapes import expect


class Seq2Seq(WordModel):
    """A translator of word numbers.

    Args:
        config: its sizes and choices.

    Example:
        >>> import torch
        >>> from saccade.models.seq2seq_config import Seq2SeqConfig
        >>> model = Seq2Seq(Seq2SeqConfig(source_words=20, target_words=30, hidden=8))
        >>> source = torch.tensor([[5, 6, 7, 2], [8, 9, 2, 0]])
        >>> written = model(source, words=torch.tensor([[1, 4, 5], [1, 6, 0]]))
        >>> written.logits.shape, written.weights.shape
        (torch.Size([2, 3, 30]), torch.Size([2, 3, 4]))
    """

    shares_memory = True

    def __init__(self, config: Seq2SeqConfig) -> None:
        super().__init__()
        self.config = config
        self.source = nn.Embedding(config.source_words, config.embedding, padding_idx=config.pad)
        self.target = nn.Embedding(config.target_words, config.embedding, padding_idx=config.pad)
        self.dropout = nn.Dropout(config.dropout)
        self.encoder = RecurrentStack(
            config.cell,
            config.embedding,
            config.hidden,
            layers=config.layers,
            bidirectional=config.bidirectional,
            dropout=config.dropout,
            bias=config.bias,
        )
        self.decoder = RecurrentDecoder(config)

    def read(self, source: Tensor, mask: Tensor | None = None) -> State:
        """Read sentences: the state before the first word.

        Args:
            source: word numbers (b s), int64, padded on the right.
            mask: booleans (b s), True where a word is real; by the padding's number when None.

        Raises:
            DataError: there is no word, or a number that the model does not know.
            ShapeError: a rank is wrong, or real words follow padding.
        """
        source = self._checked(source, self.config.source_words, "the source")
        mask = source != self.config.pad if mask is None else mask
        lengths = true_lengths(mask, source)
        turned = reverse_rows(source, lengths) if self.config.reverse_source else source
        encoded = self.encoder(self.dropout(self.source(turned)), mask)
        if self.config.reverse_source:
            encoded = Encoded(reverse_rows(encoded.outputs, lengths), encoded.states)
        return self.decoder.start(encoded, mask)

    def step(self, words: Tensor, state: State) -> Step:
        """Take the words just written (b) and score each next word (b v).

        Args:
            words: their numbers; START before the first.
            state: from `read` or from the step before.
        """
        readout, state, weights = self.decoder.advance(self.dropout(self.target(words)), state)
        return Step(self.decoder.write(readout), state, weights)

    def forward(
        self,
        source: Tensor,
        words: Tensor,
        mask: Tensor | None = None,
        *,
        ratio: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> Written:
        """Write along given words (teacher forcing).

        Args:
            source: as for `read`.
            words: the input words (b t), START first; padding on the right.
            mask: as for `read`.
            ratio: probability, for each row and step alone, of being told the true word before
                rather than the one that the model itself finds likeliest.
            generator: of these draws, on the CPU; torch's own when None.

        Raises:
            ConfigError: the ratio is not from 0 to 1.
            DataError: there is no word, or a number that the model does not know.
        """
        if not 0 <= ratio <= 1:
            raise ConfigError("a ratio from 0 to 1", str(ratio), "ratio=1.0")
        words = self._checked(words, self.config.target_words, "the words")
        state = self.read(source, mask)
        if ratio < 1:
            told = torch.rand(words.shape, generator=generator) < ratio
            return self._sampled(words, told.to(words.device), state)
        embedded = self.dropout(self.target(words))
        if self.decoder.is_parallel:
            readouts, weights = self.decoder.run(embedded, state)
        else:
            readouts, weights = self._told(embedded, state)
        return Written(self.decoder.write(readouts), weights)

    def _told(self, embedded: Tensor, state: State) -> tuple[Tensor, Tensor | None]:
        """Step along the true words (b t e): readouts (b t r), weights (b t j) or None."""
        readouts, weights = [], []
        for word in embedded.unbind(1):
            readout, state, looked = self.decoder.advance(word, state)
            readouts.append(readout)
            weights.append(looked)
        return torch.stack(readouts, 1), _stacked(weights)

    def _sampled(self, words: Tensor, told: Tensor, state: State) -> Written:
        """Step along the true words (b t) where told (b t), else along the model's own."""
        logits: list[Tensor] = []
        weights = []
        for time, true in enumerate(words.unbind(1)):
            own = logits[-1].argmax(-1) if logits else true
            step = self.step(torch.where(told[:, time], true, own), state)
            state = step.state
            logits.append(step.logits)
            weights.append(step.weights)
        return Written(torch.stack(logits, 1), _stacked(weights))

    def _checked(self, words: Tensor, known: int, name: str) -> Tensor:
        expect(words, "b t", name)
        if words.is_floating_point() or words.dtype == torch.bool or not words.numel():
            raise DataError(
                f"{name} as whole numbers, at least one", f"{tuple(words.shape)} of {words.dtype}"
            )
        low, high = words.aminmax()
        if low < 0 or high >= known:
            raise DataError(
                f"{name} as numbers from 0 to {known - 1}",
                str(int(low) if low < 0 else int(high)),
                "the vocabulary that the model was trained with",
            )
        return words.long()


def reverse_rows(x: Tensor, lengths: Tensor) -> Tensor:
    """Turn the true part of each row around; padding stays where it is. Doing it twice undoes it.

    Args:
        x: rows (b t) or (b t d), padded on the right.
        lengths: of their true parts (b).
    """
    times = torch.arange(x.shape[1], device=x.device)
    back = lengths[:, None] - 1 - times
    back = torch.where(back >= 0, back, times)
    return x.take_along_dim(back.reshape(*back.shape, *(1,) * (x.dim() - 2)), 1)


def _stacked(weights: list[Tensor | None]) -> Tensor | None:
    found = [each for each in weights if each is not None]
    return torch.stack(found, 1) if found else None
