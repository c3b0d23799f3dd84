"""The equations of one step of a recurrent layer, with torch's order of the gates.

Source: Elman, "Finding Structure in Time", Cognitive Science 14, 1990 (the plain cell); Hochreiter,
Schmidhuber, "Long Short-Term Memory", Neural Computation 9, 1997, with the forget gate of Gers,
Schmidhuber, Cummins, Neural Computation 12, 2000; Cho et al., "Learning Phrase Representations
using RNN Encoder-Decoder", EMNLP 2014, arXiv:1406.1078 (the gated unit).
Axes: b batch, i and h features in and out; gates are stacked along the rows of the weights.
Differs: two biases, as torch has them, of which one would do. The gated unit's reset gate comes
after the recurrent matrix and its bias, as in torch, where the paper has it before.
"""

import torch.nn.functional as F
from torch import Tensor


def rnn_step(
    x: Tensor,
    hidden: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None = None,
    bias_hh: Tensor | None = None,
) -> Tensor:
    """Take one step of a plain recurrent layer, h' = tanh(W x + U h).

    Args:
        x: what comes in (b i).
        hidden: the state before (b h).
        weight_ih: W (h i).
        weight_hh: U (h h).
        bias_ih: added to W x (h).
        bias_hh: added to U h (h).

    Returns:
        The state after (b h).
    """
    return (F.linear(x, weight_ih, bias_ih) + F.linear(hidden, weight_hh, bias_hh)).tanh()


def lstm_step(
    x: Tensor,
    state: tuple[Tensor, Tensor],
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None = None,
    bias_hh: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Take one step of long short-term memory.

    c' = forget·c + write·tanh(new), h' = show·tanh(c').

    Args:
        x: what comes in (b i).
        state: what it showed and what it kept before, h and c, both (b h).
        weight_ih: of the input, for the gates write, forget, new and show in this order (4h i).
        weight_hh: of the state, in the same order (4h h).
        bias_ih: added to the former (4h).
        bias_hh: added to the latter (4h).

    Returns:
        h' and c', both (b h).
    """
    hidden, cell = state
    gates = F.linear(x, weight_ih, bias_ih) + F.linear(hidden, weight_hh, bias_hh)
    write, forget, new, show = gates.chunk(4, dim=-1)
    cell = forget.sigmoid() * cell + write.sigmoid() * new.tanh()
    return show.sigmoid() * cell.tanh(), cell


def gru_step(
    x: Tensor,
    hidden: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None = None,
    bias_hh: Tensor | None = None,
) -> Tensor:
    """Take one step of a gated recurrent unit.

    n = tanh(W x + reset·(U h)), h' = (1 - keep)·n + keep·h.

    Args:
        x: what comes in (b i).
        hidden: the state before (b h).
        weight_ih: of the input, for reset, keep and new in this order (3h i).
        weight_hh: of the state, in the same order (3h h).
        bias_ih: added to the former (3h).
        bias_hh: added to the latter (3h); its last third lies inside of the reset.

    Returns:
        The state after (b h).
    """
    reset_x, keep_x, new_x = F.linear(x, weight_ih, bias_ih).chunk(3, dim=-1)
    reset_h, keep_h, new_h = F.linear(hidden, weight_hh, bias_hh).chunk(3, dim=-1)
    keep = (keep_x + keep_h).sigmoid()
    new = (new_x + (reset_x + reset_h).sigmoid() * new_h).tanh()
    return (1 - keep) * new + keep * hidden
