"""Names of weights in the authors' files of EVA and EVA-02.

Source: github.com/baaivision/EVA. EVA has timm's names, which are ours. EVA-02 calls gates, values
and what comes of both `w1`, `w2` and `w3`; where its perceptron is packed, gates and values are one
matrix `w12`. Where queries, keys and values have a matrix each, the biases still stand alone.
Their CLIP keeps the network under `visual.`, beside one for text, which is left out.
"""

from saccade.checkpoints.mapping import Layout, Rule

_BLOCK = "blocks.{i}"
_REST = Rule("{x}", "{x}")
_IGNORED = (
    "rope.freqs_{p}",  # computed
    "{x}.rope.freqs_{p}",
    "{x}relative_position_index",
    "mask_token",  # stands for patches that are not shown, in training only
    "lm_head.{p}",  # what guesses such patches
)


def _renamed(*pairs: tuple[str, str]) -> tuple[Rule, ...]:
    return tuple(Rule(f"{_BLOCK}.{theirs}", f"{_BLOCK}.{ours}") for theirs, ours in pairs)


EVA02_PACKED = Layout(
    "EVA-02",
    (*_renamed(("mlp.w12.{p}", "mlp.fc1.{p}"), ("mlp.w3.{p}", "mlp.fc2.{p}")), _REST),
    _IGNORED,
)
EVA02 = Layout(
    "EVA-02",
    (
        *_renamed(
            ("mlp.w1.{p}", "mlp.fc1_g.{p}"),
            ("mlp.w2.{p}", "mlp.fc1_x.{p}"),
            ("mlp.w3.{p}", "mlp.fc2.{p}"),
            ("mlp.ffn_ln.{p}", "mlp.norm.{p}"),
            ("attn.inner_attn_ln.{p}", "attn.norm.{p}"),
            ("attn.q_bias", "attn.q_proj.bias"),
            ("attn.v_bias", "attn.v_proj.bias"),
        ),
        _REST,
    ),
    _IGNORED,
)
