"""Alignment: the scores by which a decoder's state asks the words of a source.

Source: Luong, Pham, Manning, "Effective Approaches to Attention-based Neural Machine Translation",
EMNLP 2015, arXiv:1508.04025, section 3.1, equations 7 to 9; the scaled dot product is Vaswani et
al., "Attention Is All You Need", NeurIPS 2017, arXiv:1706.03762, section 3.2.1.
Axes: b batch, i queries, j keys, q features of a query, d of an item, k hidden units.
Cost: i·j products of q numbers; concat has i·j·k evaluations of tanh instead. What the score makes
of the memory alone is made once for all queries.
Differs: a memory longer than the table of the location score is read up to its last entry, a
shorter one takes the first entries, as the paper says; `concat` splits W[q; k] into two products.
"""

import math
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.attention.place import Place
from saccade.attention.tap import Attended, Tap
from saccade.errors import ConfigError
from saccade.layers.softmax import masked_softmax
from saccade.shapes import expect, expect_dtype

Score = Literal["dot", "scaled_dot", "general", "concat", "location"]


def alignment_attention(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    mask: Tensor | None = None,
    *,
    scale: float = 1.0,
) -> Attended:
    """Mix values by the softmax of query·key, which is not scaled unless asked for.

    Args:
        queries: what is asked (... i q).
        keys: what answers (... j q); W k for the general score.
        values: what is mixed (... j d).
        mask: booleans that broadcast to (... i j); True where a key may be read. A query that may
            read nothing gets zeros.
        scale: factor of the products; 1/sqrt(q) for the scaled dot product.

    Returns:
        The mixed values (... i d) and the weights (... i j), whose rows sum to one.

    Example:
        >>> import torch
        >>> query = torch.tensor([[0.990, 0.099, 0.099]])
        >>> keys = torch.tensor(
        ...     [[0.050, 0.000, 0.998], [0.020, 0.020, 0.999], [0.976, 0.098, 0.195],
        ...      [0.020, 0.999, 0.020]])
        >>> values = torch.tensor([[1.0, 2, 5], [1, 1, 5], [3, 2, 4], [6, 1, 2]])
        >>> output, weights = alignment_attention(query, keys, values)
        >>> [round(x, 3) for x in weights[0].tolist()]
        [0.189, 0.184, 0.442, 0.184]
        >>> [round(x, 3) for x in output[0].tolist()]
        [2.805, 1.631, 4.005]

        A decoder's state that asks five words, which are keys and values at once:

        >>> words = torch.tensor(
        ...     [[0.1, 0.0, 0.8], [0.1, 0.9, 0.0], [0.0, 0.1, 0.8], [0.2, 0.1, 0.6],
        ...      [0.9, 0.0, 0.1]])
        >>> context = alignment_attention(torch.tensor([[0.2, 0.9, 0.0]]), words, words).output
        >>> [round(x, 3) for x in context[0].tolist()]
        [0.243, 0.339, 0.37]
    """
    weights = masked_softmax(queries @ keys.transpose(-2, -1) * scale, mask)
    return Attended(weights @ values, weights)


class AlignmentAttention(nn.Module):
    """A reader: each query mixes the memory by one of Luong's scores.

    Args:
        query_size: features q of a query.
        memory_size: features d of a memory item, which is both key and value.
        score: "dot" (query·key), "scaled_dot" (over sqrt(q)), "general" (query·W key), "concat"
            (v·tanh(W [query; key])) or "location" (row j of W times the query).
        hidden: units of the scoring network of "concat".
        positions: entries of the table of "location", the longest memory that is read whole.

    Raises:
        ConfigError: the score is unknown, a size is not positive or missing, or a dot product of
            two sizes is asked for.
    """

    def __init__(
        self,
        query_size: int,
        memory_size: int,
        *,
        score: Score = "dot",
        hidden: int | None = None,
        positions: int | None = None,
    ) -> None:
        super().__init__()
        _check(query_size, memory_size, score, hidden, positions)
        self.query_size, self.memory_size = query_size, memory_size
        self.kind: Score = score
        self.scale = 1 / math.sqrt(query_size) if score == "scaled_dot" else 1.0
        if score == "general":
            self.key = nn.Linear(memory_size, query_size, bias=False)
        elif score == "concat" and hidden:
            self.pair = nn.Linear(query_size + memory_size, hidden, bias=False)
            self.score = nn.Parameter(torch.empty(hidden))
        elif positions:
            self.location = nn.Linear(query_size, positions, bias=False)
        self.tap = Tap("b i j")
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the vector of "concat" uniformly in ±1/sqrt(k); matrices keep torch's start."""
        if self.kind == "concat":
            bound = 1.0 / math.sqrt(self.score.numel())
            nn.init.uniform_(self.score, -bound, bound)

    def project(self, memory: Tensor) -> Tensor:
        """Make of a memory (b j d) what its score needs, to be used for many queries.

        Returns:
            Keys (b j q) or, for "concat", (b j k); for "location" the memory itself.
        """
        expect(memory, "b j d", "the memory", d=self.memory_size)
        expect_dtype(memory, "floats", "the memory")
        if self.kind == "general":
            return self.key(memory)
        if self.kind == "concat":
            return F.linear(memory, self.pair.weight[:, self.query_size :])
        return memory

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
        expect(query, "b i d", "the query", d=self.query_size)
        expect_dtype(query, "floats", "the query")
        keys = self.project(memory) if keys is None else keys
        if mask is not None:
            expect_dtype(mask, "booleans", "the mask")
            mask = mask[:, None] if mask.dim() == 2 else mask
        read = self._read(query, keys, memory, mask)
        self.tap(read.weights, place)
        return read if need_weights else read.output

    def _read(self, query: Tensor, keys: Tensor, memory: Tensor, mask: Tensor | None) -> Attended:
        if self.kind == "concat":
            asked = F.linear(query, self.pair.weight[:, : self.query_size])
            scores = (asked[:, :, None] + keys[:, None]).tanh() @ self.score
        elif self.kind == "location":
            scores, mask = self._located(query, memory.shape[1], mask)
        else:
            return alignment_attention(query, keys, memory, mask, scale=self.scale)
        weights = masked_softmax(scores, mask)
        return Attended(weights @ memory, weights)

    def _located(
        self, query: Tensor, items: int, mask: Tensor | None
    ) -> tuple[Tensor, Tensor | None]:
        """Scores (b i j) by place, and a mask that hides the items beyond the table."""
        scores = self.location(query)[..., :items]
        beyond = items - scores.shape[-1]
        if beyond == 0:
            return scores, mask
        known = torch.arange(items, device=query.device) < scores.shape[-1]
        mask = known[None, None] if mask is None else mask & known
        return F.pad(scores, (0, beyond)), mask


def _check(
    query_size: int, memory_size: int, score: str, hidden: int | None, positions: int | None
) -> None:
    if min(query_size, memory_size) < 1:
        raise ConfigError("positive sizes", f"({query_size}, {memory_size})", "query_size=256")
    if score not in get_args(Score):
        raise ConfigError(f"a score out of {', '.join(get_args(Score))}", repr(score), "'general'")
    if score in ("dot", "scaled_dot") and query_size != memory_size:
        raise ConfigError(
            f"a query and a memory of one size for {score}",
            f"{query_size} and {memory_size}",
            "score='general'",
        )
    for name, size, owner in (("hidden", hidden, "concat"), ("positions", positions, "location")):
        if score == owner and (size is None or size < 1):
            raise ConfigError(f"{name} of at least 1 for {owner}", str(size), f"{name}=64")
        if score != owner and size is not None:
            raise ConfigError(f"{name} for {owner} only", f"it for {score}", f"{name}=None")
