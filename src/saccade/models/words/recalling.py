"""Attention over keys and values that are kept from before, so that no word is projected twice.

Source: Vaswani et al., "Attention Is All You Need", NeurIPS 2017, arXiv:1706.03762, section 3.2.3.
Axes: b batch, i queries, j keys, d features, heads.
Differs: the paper says nothing of keeping; the numbers are the same.
"""

from einops import rearrange
from torch import Tensor
from torch.nn import functional

from saccade.attention.multi_head import MultiHeadAttention
from saccade.shapes import expect


class RecallingAttention(MultiHeadAttention):
    """Multi-head attention whose memory may be what `remember` made of it.

    `forward(query, memory)` takes a memory (b j d), or its keys and values (b 2 heads j d).
    Weights and all else are as in its parent.
    """

    def remember(self, memory: Tensor) -> Tensor:
        """Project a memory (b j d) to its keys and values (b 2 heads j d), to be read many times.

        Raises:
            ShapeError: the rank or the number of features is wrong.
        """
        width = self.proj.in_features
        expect(memory, "b j d", "the memory", d=width)
        bias = self._stacked_bias()
        rows = None if bias is None else bias[width:]
        both = functional.linear(memory, self.qkv.weight[width:], rows)
        return rearrange(both, "b j (s m d) -> b s m j d", s=2, m=self.heads)

    def look(self, query: Tensor, kept: Tensor, mask: Tensor | None = None) -> Tensor:
        """Make the map (b i j), the mean over heads: where each query looks; no tap hears of it.

        Args:
            query: tokens that read (b i d).
            kept: what `remember` made (b 2 heads j d).
            mask: booleans (b j), True where a key may be read.
        """
        queries, keys, _ = self._project(query, kept)
        scores = (self.q_norm(queries) * queries.shape[-1] ** -0.5) @ self.k_norm(keys).mT
        # Not `softmax`, which a recorder takes for one more attention of the model.
        if mask is None:
            return scores.log_softmax(-1).exp().mean(1)
        mask = mask[:, None, None]
        weights = scores.masked_fill(~mask, float("-inf")).log_softmax(-1).exp()
        return weights.masked_fill(~mask.any(-1, keepdim=True), 0.0).mean(1)

    def _project(self, query: Tensor, memory: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        if memory is None or memory.dim() != 5:
            return super()._project(query, memory)
        width, bias = self.proj.in_features, self._stacked_bias()
        rows = None if bias is None else bias[:width]
        queries = functional.linear(query, self.qkv.weight[:width], rows)
        keys, values = memory.unbind(1)
        return rearrange(queries, "b i (m d) -> b m i d", m=self.heads), keys, values
