"""Additive attention: a small network says how well each key answers the query.

Source: Bahdanau, Cho, Bengio, "Neural Machine Translation by Jointly Learning to Align and
Translate", ICLR 2015, arXiv:1409.0473, section 3.1 and appendix A.1.2.
Axes: b batch, i queries, j keys, d features, k hidden units of the scoring network.
Cost: i·j·k evaluations of tanh; the projection of the keys is made once for all queries.
"""

import math
from typing import Literal

import torch
from torch import Tensor, nn

from saccade.attention.place import Place
from saccade.attention.tap import Attended, Tap
from saccade.errors import ConfigError
from saccade.layers.softmax import masked_softmax
from saccade.shapes import expect, expect_dtype


def additive_attention(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    score: Tensor,
    mask: Tensor | None = None,
    *,
    activation: Literal["tanh", "relu"] = "tanh",
) -> Attended:
    """Mix values by the softmax of v·tanh(query + key).

    Args:
        queries: projected queries (... i k).
        keys: projected keys (... j k).
        values: what is mixed (... j d).
        score: the vector v (k).
        mask: booleans that broadcast to (... i j); True where a key may be read. A query that may
            read nothing gets zeros.
        activation: "tanh" as in the paper, or "relu" as in a well-known captioning tutorial.

    Returns:
        The mixed values (... i d) and the weights (... i j), whose rows sum to one.
    """
    hidden = queries[..., :, None, :] + keys[..., None, :, :]
    scores = (hidden.tanh() if activation == "tanh" else hidden.relu()) @ score
    weights = masked_softmax(scores, mask)
    return Attended(weights @ values, weights)


class AdditiveAttention(nn.Module):
    """A reader: each query mixes the memory by a learned, additive score.

    Args:
        query_size: features of a query.
        memory_size: features of a memory item, which is both key and value.
        hidden: units k of the scoring network.
        activation: what bends the sum; "tanh" is the paper's.

    Raises:
        ConfigError: a size is not positive.
    """

    def __init__(
        self,
        query_size: int,
        memory_size: int,
        hidden: int,
        *,
        activation: Literal["tanh", "relu"] = "tanh",
    ) -> None:
        super().__init__()
        if min(query_size, memory_size, hidden) < 1:
            raise ConfigError(
                "positive sizes", f"({query_size}, {memory_size}, {hidden})", "hidden=256"
            )
        self.activation: Literal["tanh", "relu"] = activation
        self.query = nn.Linear(query_size, hidden, bias=False)
        self.key = nn.Linear(memory_size, hidden)
        self.score = nn.Parameter(torch.empty(hidden))
        self.tap = Tap("b i j")
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the scoring vector uniformly in ±1/sqrt(k); the projections keep torch's start."""
        bound = 1.0 / math.sqrt(self.score.numel())
        nn.init.uniform_(self.score, -bound, bound)

    def project(self, memory: Tensor) -> Tensor:
        """Project a memory (b j d) to its keys (b j k), to be used for many queries."""
        expect(memory, "b j d", "the memory", d=self.key.in_features)
        expect_dtype(memory, "floats", "the memory")
        return self.key(memory)

    def forward(
        self,
        query: Tensor,
        memory: Tensor,
        mask: Tensor | None = None,
        *,
        keys: Tensor | None = None,
        place: Place | None = None,
        need_weights: bool = False,
    ) -> Tensor | Attended:
        """Read the memory: (b i q) and (b j d) to (b i d).

        Args:
            query: what is asked (b i q).
            memory: what is read (b j d).
            mask: booleans (b j) or (b i j), where b may be 1; True where the memory may be read.
            keys: the memory's projection, when `project` made it before.
            place: where queries and keys lie, for positions of a map; only shown to listeners.
            need_weights: give the weights (b i j) too, as `Attended`.

        Raises:
            ShapeError: a rank or a number of features is wrong, or the mask is not boolean.
        """
        expect(query, "b i d", "the query", d=self.query.in_features)
        expect_dtype(query, "floats", "the query")
        keys = self.project(memory) if keys is None else keys
        if mask is not None:
            expect_dtype(mask, "booleans", "the mask")
            mask = mask[:, None] if mask.dim() == 2 else mask
        read = additive_attention(
            self.query(query), keys, memory, self.score, mask, activation=self.activation
        )
        self.tap(read.weights, place)
        return read if need_weights else read.output
