"""What an audit can find, in plain words: what it is, and the cure.

Words in braces are numbers of the finding. `cli/audit_words.py` says the same in Korean.
"""

from collections.abc import Mapping

# name: (what was found, what to do)
VERDICTS: Mapping[str, tuple[str, str]] = {
    "not_finite": (
        "{count} of {total} entries are NaN or infinite",
        "look for a division by zero or for half precision before the map was saved",
    ),
    "columns": (
        "the columns sum to one (off by {columns:.2g}) and the rows do not (off by {rows:.2g}): "
        "the softmax ran over the queries",
        "softmax(dim=-1) over the keys, or transpose the matrix if it was saved turned",
    ),
    "min_max": (
        "every entry was stretched so that the lowest is 0 and the highest 1, so rows sum to "
        "{low:.4g} to {high:.4g} instead of 1",
        "save the weights as they are, and stretch only the copy that is drawn",
    ),
    "scaled": (
        "all rows sum to {sum:.5g} instead of 1: the map was multiplied by a number",
        "divide by {sum:.5g}; a sum over heads instead of their mean, or dropout, does this",
    ),
    "product": (
        "this is no softmax: rows sum to {low:.4g} to {high:.4g}, the lowest entry is {least:.4g}, "
        "and the rank is {rank} for {tokens} tokens, so it is a product of two thin tables: the "
        "layer's output times V^T, or the scores before the softmax",
        "take softmax(q @ k.T * scale) of the same layer, before it meets the values",
    ),
    "not_softmax": (
        "this is no softmax: rows sum to {low:.4g} to {high:.4g}, the lowest entry is {least:.4g}",
        "take softmax(q @ k.T * scale); an output times V^T, scores, gradients and features are "
        "no attention",
    ),
    "column_scaled": (
        "rows sum to {low:.4g} to {high:.4g} and the largest eigenvalue is {root:.6g}: each column "
        "was divided by the sum of a row",
        "a / a.sum(-1, keepdim=True): without keepdim the columns are scaled, not the rows",
    ),
    "column_scaled_product": (
        "no entry is negative and rows sum to {low:.4g} to {high:.4g}: a rollout whose columns "
        "were scaled instead of its rows, or heads that were fused by max and not divided again",
        "a / a.sum(-1, keepdim=True) after the heads are fused, in every layer",
    ),
    "lost_mass": (
        "rows sum to {low:.4g} to {high:.4g}, never more than one: keys were cut off, or set to "
        "zero, after the softmax",
        "keep every key, or divide each row by its sum again",
    ),
    "prefix_mass": (
        "rows sum to {low:.4g} to {high:.4g}: the columns of tokens that are no patches were cut "
        "off, and their mass with them",
        "divide rows by their sums before distances or entropies are measured",
    ),
    "uniform": (
        "{count} of {total} maps are uniform (entropy {entropy:.4f} of the largest possible): they "
        "tell nothing",
        "check that the weights are loaded and that the scores are not zero or divided twice",
    ),
    "identity": (
        "every token reads itself only (diagonal {diagonal:.4g}): nothing else was recorded",
        "record the softmax itself, not the residual path or a mask",
    ),
    "same_rows": (
        "all queries read the same (rows differ by {spread:.2g} of their highest entry): the map "
        "cannot tell one query or class from another",
        "look at single layers; the attention flow of a deep model is always like this, and so is "
        "one row that was repeated",
    ),
    "first_layer_flow": (
        "all queries read the same and entries lie from {low:.3f} to {high:.3f}: this is attention "
        "flow, which in a deep model is only the column sums of the first layer",
        "use rollout or a method with gradients; this flow knows neither the query nor the class",
    ),
    "tokens": (
        "{tokens} tokens are {excess:+d} to what a grid of {rows}x{columns} with prefix {prefix} "
        "needs",
        "give --grid and --prefix of the model, or keep every token when saving",
    ),
    "wrong_end": (
        "the rows of the {rows}x{columns} grid begin at token {found} and not at token 0 (contrast "
        "{margin:.2f}): the class token is still in it and the last patch is missing",
        "drop the first tokens, [..., {dropped}:, {dropped}:], not the last ones",
    ),
    "shifted": (
        "the rows of the {rows}x{columns} grid begin at token {found} and not at token {wanted} "
        "(contrast {margin:.2f}): the map is off by {excess:+d} tokens",
        "count the tokens before the patches again: --prefix {found} would fit",
    ),
    "class_in_map": (
        "the first entry is {times:.1f} times the highest of all others, and the left column "
        "continues the right one: a class token that reads itself stands where a patch should",
        "drop the tokens before the patches, [1:], and not the last ones, [:-1], and reshape again",
    ),
    "no_grid": (
        "{tokens} tokens make no square grid with 0, 1, 2 or 5 tokens before it, so places were "
        "not examined",
        "give --grid ROWSxCOLUMNS, and --prefix; tokens may have been cut off",
    ),
    "shifted_map": (
        "the left column continues the right one {ratio:.2f} times as smoothly as its own "
        "neighbour: the map may be off by one token, with a class token at its start",
        "drop the tokens before the patches, not the last ones, and reshape again",
    ),
    "crop": (
        "the map is {columns}x{rows} and the picture {width}x{height}: the map covers the middle "
        "{side_x}x{side_y} pixels, if the model's picture was cropped as usual",
        "lay it over x {left} to {right} and y {top} to {bottom}, not over the whole picture",
    ),
    "turned": (
        "the map is {columns}x{rows} and the upright picture {width}x{height}: the orientation in "
        "its EXIF data was not applied",
        "turn the picture before the model sees it, PIL.ImageOps.exif_transpose",
    ),
    "constant": (
        "every entry is {value:.4g}: the map tells nothing",
        "check the layer; after the last attention the gradients of patches are exactly zero",
    ),
    "stretched": (
        "the map runs from exactly 0 to exactly 1: it was stretched, so that weak and strong maps "
        "look alike",
        "keep the numbers before stretching when maps are compared",
    ),
}
