"""Names of weights in the authors' files of BEiT and BEiT v2.

Source: github.com/microsoft/unilm, folders `beit` and `beit2`. They are timm's, which are ours; in
pretraining all blocks share one table of biases, `rel_pos_bias`.
"""

from saccade.checkpoints.mapping import Layout, Rule

BEIT = Layout(
    "BEiT",
    (Rule("{x}", "{x}"),),
    (
        "{x}relative_position_index",  # computed
        "mask_token",  # stands for patches that are not shown, in training only
        "lm_head.{p}",  # what guesses such patches
        "cls_pt_layers.{x}",  # BEiT v2's: blocks and a head that only pretraining has
        "cls_pt_norm.{p}",
        "cls_pt_lm_head.{p}",
    ),
)
