"""Cases of local relation and vector attention, as arguments of `Case`."""

_RELATION = {
    "mechanism": "local_relation",
    "sizes": {"channels": 4, "share": 2, "kernel_size": 3, "prior_hidden": 4},
    "inputs": {"x": (2, 4, 3, 5)},
    "map": {"b": 2, "groups": 2, "i": 15, "j": 9},
    "features": 1,
    # The softmax takes away what the prior adds to all places alike.
    "silent": ("prior.output.bias",),
}
_VECTOR = {
    "mechanism": "vector",
    "sizes": {"channels": 4, "relation_channels": 3, "share": 2, "kernel_size": 3},
    "inputs": {"x": (2, 4, 3, 5)},
    "map": {"b": 2, "groups": 2, "i": 15, "j": 9},
    "features": 1,
    # The softmax takes the last bias away, and a difference of positions their bias.
    "silent": ("conv_w.5.bias", "conv_p.bias"),
    "slack": 16.0,
}
_PATCH = {"kind": "patchwise"}

LOCAL: tuple[dict[str, object], ...] = (
    {**_RELATION, "options": {}},
    {**_RELATION, "options": {"similarity": "squared", "prior": "table", "boundary": "zero"}},
    {
        **_RELATION,
        "options": {"similarity": "absolute", "stride": 2, "layout": "interleaved"},
        "map": {"b": 2, "groups": 2, "i": 6, "j": 9},
    },
    {**_VECTOR, "options": {}},
    {**_VECTOR, "options": {"relation": "summation", "boundary": "mask"}},
    {**_VECTOR, "options": {"relation": "concatenation", "boundary": "zero"}},
    {**_VECTOR, "options": {"relation": "hadamard", "positions": False}},
    {
        **_VECTOR,
        "options": {"relation": "dot_product", "stride": 2},
        "map": {"b": 2, "groups": 2, "i": 6, "j": 9},
    },
    {**_VECTOR, "options": _PATCH, "sums_to_one": False},
    {**_VECTOR, "options": {**_PATCH, "relation": "star_product"}, "sums_to_one": False},
    {**_VECTOR, "options": {**_PATCH, "relation": "clique_product"}, "sums_to_one": False},
)
