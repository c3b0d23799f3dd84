"""Show, Attend and Tell: an LSTM that looks at places of an image before each word.

Source: Xu et al., "Show, Attend and Tell: Neural Image Caption Generation with Visual Attention",
ICML 2015, arXiv:1502.03044, section 3.1.2 (eq. 1-3: the LSTM; 4-6: the score; 7: deep output) and
section 4 (soft and hard attention); the authors' code (github.com/kelvinxu/arctic-captions) and
the tutorial github.com/sgrvinod/a-PyTorch-Tutorial-to-Image-Captioning, which differ from it and
from each other: `CaptionLstmConfig` has each difference as an option.
Axes: b rows, s sources (images), t words, j places, d features of a place, k units of the score,
v vocabulary.
Differs: rows of different lengths stand in one batch; padded steps have logits and weights 0.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from saccade.attention.place import Place
from saccade.attention.tap import Tap
from saccade.errors import DataError, ShapeError
from saccade.layers.softmax import masked_softmax
from saccade.models.words.caption_config import CaptionLstmConfig
from saccade.models.words.decoding import State, Step, WordModel, Written, by_source
from saccade.models.words.hard_attention import Choice, choose, draw_choice
from saccade.shapes import expect, expect_dtype

__all__ = ["AnnotationAttention", "CaptionLstm", "CaptionLstmConfig", "Course"]


class Course(NamedTuple):
    """What a teacher-forced pass gives.

    Args:
        logits: of each next word (b t v).
        weights: the softmax over the places before each word (b t j).
        chosen: the places that were drawn (b t j), 1 among zeros; None where none was drawn.
    """

    logits: Tensor
    weights: Tensor
    chosen: Tensor | None


class _Look(NamedTuple):
    """One look: the gated mix of annotations (b d), the softmax (b j), what mixed them (b j)."""

    context: Tensor
    weights: Tensor
    chosen: Tensor


class AnnotationAttention(nn.Module):
    """The score e = w·f(W_a a_j + W_h h), and its softmax over the places.

    Args:
        config: its sizes and options.
    """

    def __init__(self, config: CaptionLstmConfig) -> None:
        super().__init__()
        units = config.attention
        # In place, on a sum that nothing else needs.
        self.bend = torch.tanh_ if config.activation == "tanh" else torch.relu_
        self.temperature = config.temperature
        self.key = nn.Linear(config.features, units)
        deeper = ((nn.Linear(units, units), nn.Tanh()) for _ in range(config.context_layers))
        self.context = nn.Sequential(*(layer for pair in deeper for layer in pair))
        self.query = nn.Linear(config.hidden, units, bias=config.query_bias)
        self.score = nn.Linear(units, 1)
        self.tap = Tap("b i j")

    def project(self, annotations: Tensor) -> Tensor:
        """Project annotations (s j d) to keys (s j k), once for all words."""
        return self.context(self.key(annotations))

    def forward(self, hidden: Tensor, keys: Tensor, mask: Tensor | None = None) -> Tensor:
        """Weigh the places for each hidden state: (b n) to (b j).

        Args:
            hidden: states of the LSTM; b/s rows in a row belong to one source.
            keys: what `project` gave (s j k).
            mask: booleans (s j), True where a place may be looked at.
        """
        queries = by_source(self.query(hidden), keys)
        units = self.bend(keys[:, None] + queries[:, :, None])
        scores = self.score(units).squeeze(-1) / self.temperature
        return masked_softmax(scores, None if mask is None else mask[:, None]).flatten(0, 1)


class CaptionLstm(WordModel):
    """The attending LSTM on annotations (b j d) of any encoder.

    Args:
        config: its sizes and options; see its presets `official` and `tutorial`.
    """

    shares_memory = True

    def __init__(self, config: CaptionLstmConfig) -> None:
        super().__init__()
        self.config = config
        size, hidden, deep = config.features, config.hidden, config.deep_output != "none"
        self.attention = AnnotationAttention(config)
        self.embedding = nn.Embedding(config.vocab, config.embed)
        self.cell = nn.LSTMCell(config.embed + size, hidden)
        if config.one_bias:
            del self.cell.bias_hh
            self.cell.register_buffer("bias_hh", torch.zeros(4 * hidden), persistent=False)
        self.start_layer = nn.Linear(size, size) if config.init_layers == 2 else None
        self.start_hidden = nn.Linear(size, hidden)
        self.start_cell = nn.Linear(size, hidden)
        outputs = {"none": 0, "scalar": 1, "vector": size}[config.gate]
        self.gate = nn.Linear(hidden, outputs) if outputs else None
        self.deep_hidden = nn.Linear(hidden, config.embed) if deep else None
        self.deep_context = nn.Linear(size, config.embed) if deep else None
        self.word = nn.Linear(config.embed if deep else hidden, config.vocab)
        self.drop = nn.Dropout(config.dropout)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all weights anew, as `weight_init` says."""
        for part in self.modules():
            if isinstance(part, nn.Linear | nn.Embedding | nn.LSTMCell):
                part.reset_parameters()
        if self.config.weight_init == "normal":
            self._reset_normal()
            return
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)
        nn.init.uniform_(self.word.weight, -0.1, 0.1)
        nn.init.zeros_(self.word.bias)
        if self.config.one_bias:
            nn.init.zeros_(self.cell.bias_hh)

    def read(self, source: Tensor, mask: Tensor | None = None) -> State:
        """Take in annotations (b j d): the state before the first word.

        Args:
            source: the annotations.
            mask: booleans (b j), True where an annotation is real; None when all are.

        Raises:
            ShapeError: the axes or the size of an annotation differ.
        """
        expect(source, "b j d", "the annotations", d=self.config.features)
        expect_dtype(source, "floats", "the annotations")
        mean = source.mean(dim=1)
        state = {"memory": source, "memory_keys": self.attention.project(source)}
        if mask is not None:
            expect(mask, "b j", "the mask", b=source.shape[0], j=source.shape[1])
            expect_dtype(mask, "booleans", "the mask")
            state["memory_mask"] = mask
            real = mask[:, :, None].to(source.dtype)
            mean = (source * real).sum(dim=1) / real.sum(dim=1).clamp_min(1)
        if self.start_layer is not None:
            mean = self.drop(torch.relu(self.start_layer(mean)))
        hidden, cell = self.start_hidden(mean), self.start_cell(mean)
        bent = self.config.init == "tanh"
        return state | {
            "hidden": hidden.tanh() if bent else hidden,
            "cell": cell.tanh() if bent else cell,
        }

    def step(self, words: Tensor, state: State) -> Step:
        """Look, and take the words just written (b): logits (b v) and weights (b j) of the next."""
        how: Choice = "expectation" if self.config.hard is None else self.config.hard.at_test
        look = self._look(state, how, None)
        self.attention.tap(look.weights[:, None], self._place(1))
        embedded = self._embedded(words)
        hidden, cell = self.cell(
            torch.cat([embedded, look.context], dim=1), (state["hidden"], state["cell"])
        )
        logits = self._logits(embedded, hidden, look.context)
        return Step(logits, state | {"hidden": hidden, "cell": cell}, look.weights)

    def forward(self, source: Tensor, words: Tensor, mask: Tensor | None = None) -> Written:
        """Write along given words: annotations (b j d), words (b t) to (b t v) and (b t j).

        Args:
            source: as for `read`.
            words: the input words, START first, PAD on the right.
            mask: as for `read`.
        """
        course = self.follow(source, words, mask)
        return Written(course.logits, course.weights)

    def follow(
        self,
        source: Tensor,
        words: Tensor,
        mask: Tensor | None = None,
        *,
        generator: torch.Generator | None = None,
    ) -> Course:
        """Write along given words as `forward` does, and tell which places were drawn.

        Args:
            source: as for `read`.
            words: the input words (b t), START first, PAD on the right.
            mask: as for `read`.
            generator: draws the places of hard attention; of the CPU.

        Raises:
            ShapeError: there is not one row of words for each source.
        """
        state = self.read(source, mask)
        expect(words, "b t", "the words", b=source.shape[0])
        if words.shape[1] < 1:
            raise ShapeError("at least one input word", "none", "START before the first word")
        how = self._choice(generator)
        embedded = self._embedded(words)
        looks, hiddens = [], []
        for embedding in embedded.unbind(1):
            look = self._look(state, how, generator)
            inputs = torch.cat([embedding, look.context], dim=1)
            hidden, cell = self.cell(inputs, (state["hidden"], state["cell"]))
            state = state | {"hidden": hidden, "cell": cell}
            looks.append(look)
            hiddens.append(hidden)
        return self._course(words, embedded, looks, hiddens, how)

    def _course(
        self,
        words: Tensor,
        embedded: Tensor,
        looks: list[_Look],
        hiddens: list[Tensor],
        how: Choice,
    ) -> Course:
        context, weights, chosen = (torch.stack(parts, dim=1) for parts in zip(*looks, strict=True))
        padded = (words == self.config.pad)[:, :, None]
        logits = self._logits(embedded, torch.stack(hiddens, dim=1), context)
        weights = self.attention.tap(weights.masked_fill(padded, 0.0), self._place(words.shape[1]))
        drawn = chosen.masked_fill(padded, 0.0) if how == "sample" else None
        return Course(logits.masked_fill(padded, 0.0), weights, drawn)

    def _look(self, state: State, how: Choice, generator: torch.Generator | None) -> _Look:
        memory, mask = state["memory"], state.get("memory_mask")
        weights = self.attention(state["hidden"], state["memory_keys"], mask)
        chosen = choose(weights, how, generator)
        context = (by_source(chosen, memory) @ memory).flatten(0, 1)
        if self.gate is not None:
            context = self.gate(state["hidden"]).sigmoid() * context
        return _Look(context, weights, chosen)

    def _choice(self, generator: torch.Generator | None) -> Choice:
        hard = self.config.hard
        if hard is None:
            return "expectation"
        return draw_choice(hard, generator) if self.training else hard.at_test

    def _embedded(self, words: Tensor) -> Tensor:
        try:
            embedded = self.embedding(words)
        except (IndexError, RuntimeError) as error:
            raise DataError(
                f"numbers of words from 0 to {self.config.vocab - 1}",
                f"{words.dtype} from {words.min().item()} to {words.max().item()}",
                "the vocabulary that the model was trained with",
            ) from error
        if self.config.first == "zero":
            embedded = embedded.masked_fill((words == self.config.start)[..., None], 0.0)
        return embedded

    def _logits(self, embedded: Tensor, hidden: Tensor, context: Tensor) -> Tensor:
        """Equation 7, or the words straight off the hidden state."""
        hidden = self.drop(hidden)
        if self.deep_hidden is None or self.deep_context is None:
            return self.word(hidden)
        mixed = embedded + self.deep_hidden(hidden) + self.deep_context(context)
        return self.word(self.drop(mixed.tanh()) if self.config.deep_output == "tanh" else mixed)

    def _place(self, steps: int) -> Place | None:
        """Where the keys lie: on the grid of the encoder, if it told one without special tokens."""
        return None if self.grid is None else Place((steps,), self.grid)

    def _reset_normal(self) -> None:
        for name, weight in self.named_parameters():
            square = weight.dim() == 2 and weight.shape[0] == weight.shape[1]
            if weight.dim() == 1:
                nn.init.zeros_(weight)
            elif name == "cell.weight_hh":
                for gate in weight.data.chunk(4):
                    nn.init.orthogonal_(gate)
            elif square and not name.startswith("attention.key"):
                nn.init.orthogonal_(weight)
            else:
                nn.init.normal_(weight, std=0.01)
        if self.config.one_bias:
            nn.init.zeros_(self.cell.bias_hh)
