"""Questions about images: a question looks at a grid several times, each time knowing more.

Source: Yang, He, Gao, Deng, Smola, "Stacked Attention Networks for Image Question Answering", CVPR
2016, arXiv:1511.02274: section 3.1 (the image as a grid), 3.2 (the question), 3.3 (eq. 15-21).
Axes: b batch, t words, j places of the grid, row by row, d features, k units of a score, r looks
(passes), v answers.

    m_j   = tanh( W_I f_j + p_j + b_I )                       the memory
    e_j   = w_r · tanh( W_r m_j + U_r u_{r-1} + b_r )          score of place j at look r
    α_r   = softmax_j(e)
    u_r   = u_{r-1} + sum over j of α_rj m_j,  u_0 = the question
    v     = W u_R + b                                         answers, before their softmax

Differs: positions p_j are added, so that "left of" can be told; w_r has no bias, which the softmax
takes away; readers as in `question_reader`.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from saccade.attention.additive import AdditiveAttention, additive_attention
from saccade.attention.place import Place
from saccade.attention.tap import Attended
from saccade.errors import ConfigError, ShapeError
from saccade.layers.positions import GridPositions, start_positions
from saccade.layers.tokens import TokenLayout
from saccade.models.question_config import QuestionConfig
from saccade.models.words.grids import GridConfig, GridEncoder
from saccade.models.words.question_reader import make_reader
from saccade.shapes import expect, expect_dtype

__all__ = [
    "Answered",
    "Hop",
    "QuestionAnswerer",
    "QuestionConfig",
    "StackedAttention",
    "small_eyes",
]


class Answered(NamedTuple):
    """What a question gets.

    Args:
        logits: of the answers (b v).
        weights: what each look reads (b r j); they sum to one over the places j.
    """

    logits: Tensor
    weights: Tensor


class Hop(nn.Module):
    """One look: additive attention that gives its weights, too.

    Args:
        width: features d of the question and of the memory.
        hidden: units k of the score.
    """

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.attention = AdditiveAttention(width, width, hidden)

    def forward(self, query: Tensor, memory: Tensor, place: Place) -> Attended:
        """Read the memory (b j d) for a question (b d); give (b d) and the weights (b j)."""
        part = self.attention
        queries, keys = part.query(query)[:, None], part.project(memory)
        output, weights = additive_attention(queries, keys, memory, part.score)
        part.tap(weights, place)
        return Attended(output[:, 0], weights[:, 0])


class StackedAttention(nn.Module):
    """Answers questions about annotations of a grid.

    Args:
        config: sizes and choices.

    Raises:
        ConfigError: the width does not go with the positions or the heads.
    """

    positions: GridPositions | Tensor | None

    def __init__(self, config: QuestionConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.embedding = nn.Embedding(config.vocab, config.embed, padding_idx=config.pad)
        self.reader = make_reader(
            config.reader, config.embed, width, layers=config.layers, heads=config.heads
        )
        self.memory = nn.Linear(config.features, width)
        self._start_positions()
        self.hops = nn.ModuleList(Hop(width, config.attention) for _ in range(config.hops))
        self.drop = nn.Dropout(config.dropout)
        self.head = nn.Linear(width, config.answers)

    def _start_positions(self) -> None:
        layout = TokenLayout((), self.config.grid, (1, 1))
        start = start_positions(self.config.positions, layout, self.config.width)
        if isinstance(start, Tensor) and not isinstance(start, nn.Parameter):
            self.register_buffer("positions", start, persistent=False)
        else:
            self.positions = start

    def read(self, questions: Tensor, mask: Tensor | None = None) -> Tensor:
        """Turn questions (b t) into vectors (b d).

        Args:
            questions: numbers of words, int64, padded on the right.
            mask: booleans (b t), True where a word is real; where it is not `pad` when None.

        Raises:
            ShapeError: they are no whole numbers with two axes, or name words that are not there.
        """
        expect(questions, "b t", "the questions")
        whole = not (questions.is_floating_point() or questions.dtype == torch.bool)
        if not whole or not questions.numel():
            got = f"{questions.dtype} {tuple(questions.shape)}"
            raise ShapeError("questions as whole numbers, at least one each", got, "int64 (b t)")
        if questions.min() < 0 or questions.max() >= self.config.vocab:
            got = f"{int(questions.min())} to {int(questions.max())}"
            hint = "the vocabulary that the model was trained with"
            raise ShapeError(f"words from 0 to {self.config.vocab - 1}", got, hint)
        mask = questions != self.config.pad if mask is None else mask
        return self.reader(self.embedding(questions), mask)

    def remember(self, annotations: Tensor) -> Tensor:
        """Turn annotations (b j d) into the memory that is looked at (b j d), with positions.

        Raises:
            ShapeError: their number is not that of the grid's places, or their features differ.
        """
        config = self.config
        places = config.grid[0] * config.grid[1]
        expect(annotations, "b j d", "the annotations", j=places, d=config.features)
        expect_dtype(annotations, "floats", "the annotations")
        found = self.memory(annotations)
        if self.positions is None:
            return found.tanh()
        table = self.positions() if isinstance(self.positions, GridPositions) else self.positions
        return (found + table).tanh()

    def forward(
        self, annotations: Tensor, questions: Tensor, mask: Tensor | None = None
    ) -> Answered:
        """Answer a question about each grid.

        Args:
            annotations: of the places, row by row (b j d).
            questions: numbers of words (b t), padded on the right.
            mask: booleans (b t), True where a word is real; where it is not `pad` when None.

        Raises:
            ShapeError: a size or type is wrong, or there are not as many questions as grids.
        """
        memory, query = self.remember(annotations), self.read(questions, mask)
        expect(query, "b d", "the questions' vectors", b=len(memory))
        place, weights = Place((1, 1), self.config.grid), []
        for hop in self.hops:
            seen = hop(query, memory, place)
            query = query + seen.output
            weights.append(seen.weights)
        return Answered(self.head(self.drop(query)), torch.stack(weights, 1))


class QuestionAnswerer(nn.Module):
    """Answers questions about images: an encoder that gives a grid, then stacked attention.

    Args:
        encoder: turns images (b c h w) into annotations (b j d) of its `grid`.
        config: sizes and choices; its features and grid are those of the encoder.

    Raises:
        ConfigError: the encoder's features or grid differ, or it gives special tokens.
    """

    def __init__(self, encoder: GridEncoder, config: QuestionConfig) -> None:
        super().__init__()
        given, wanted = (encoder.features, encoder.grid), (config.features, config.grid)
        if given != wanted or encoder.prefix:
            raise ConfigError(
                f"an encoder with {wanted[0]} features on a grid {wanted[1]} alone",
                f"{given[0]} on {given[1]} after {len(encoder.prefix)} special tokens",
                f"features={given[0]}, grid={given[1]}",
            )
        self.encoder = encoder
        self.answerer = StackedAttention(config)

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of the places that are looked at."""
        return self.encoder.grid

    def to_dict(self) -> dict[str, Any]:
        """Both configs as plain JSON."""
        question = self.answerer.config.to_dict()
        return {"encoder": self.encoder.config.to_dict(), "question": question}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "QuestionAnswerer":
        """Make a model with fresh weights from what `to_dict` gave.

        Raises:
            ConfigError: a part or a field is missing, unknown or cannot work.
        """
        if not {"encoder", "question"} <= set(values):
            raise ConfigError("the configs encoder and question", str([*values]), "to_dict()")
        encoder = GridEncoder(GridConfig.from_dict(values["encoder"]))
        return cls(encoder, QuestionConfig.from_dict(values["question"]))

    def forward(self, images: Tensor, questions: Tensor, mask: Tensor | None = None) -> Answered:
        """Answer a question about each image.

        Args:
            images: (b c h w).
            questions: numbers of words (b t), padded on the right.
            mask: booleans (b t), True where a word is real.
        """
        return self.answerer(self.encoder(images), questions, mask)


def small_eyes(side: int = 64) -> GridConfig:
    """Describe a small network to be trained from nothing on scenes: a grid of side/8 squares.

    Args:
        side: of the images, in pixels.
    """
    options = {
        "img_size": side,
        "block": "basic",
        "stem": "deep",
        "stem_chs": 12,
        "layers": (1, 1),
        "widths": (32, 64),
    }
    return GridConfig(network="resnet18", options=options, tuned=-1)
