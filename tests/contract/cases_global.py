"""Cases of mechanisms that read the whole map, as arguments of `Case`."""

_NON_LOCAL = {
    "mechanism": "non_local",
    "sizes": {"channels": 4},
    "inputs": {"x": (2, 4, 3, 5)},
    "map": {"b": 2, "i": 15, "j": 15},
    "features": 1,
}
_CLIP = {"inputs": {"x": (2, 4, 2, 3, 5)}, "map": {"b": 2, "i": 30, "j": 4}}
_CRISS_CROSS = {
    "mechanism": "criss_cross",
    "sizes": {"channels": 4, "reduction": 2},
    "inputs": {"x": (2, 4, 3, 5)},
    "map": {"b": 2, "r": 2, "i": 15, "j": 7},
    "features": 1,
    "slack": 32.0,  # the second pass reads the roundings of the first
}

GLOBAL: tuple[dict[str, object], ...] = (
    # What is the same for all keys does not change a softmax.
    {**_NON_LOCAL, "silent": ("phi.bias",)},
    {**_NON_LOCAL, "options": {"similarity": "gaussian", "scale": True, "norm": False}},
    *(
        {**_NON_LOCAL, "options": {"similarity": similarity}, "sums_to_one": False}
        for similarity in ("dot_product", "concatenation")
    ),
    {
        **_NON_LOCAL,
        **_CLIP,
        "options": {"dims": 3, "pool": "after", "similarity": "dot_product"},
        "sums_to_one": False,
    },
    {
        **_NON_LOCAL,
        **_CLIP,
        "options": {"dims": 3, "span": "time"},
        "map": {"b": 2, "i": 30, "j": 2},
        "silent": ("phi.bias",),
    },
    {**_CRISS_CROSS, "silent": ("key_conv.bias",)},
    {
        **_CRISS_CROSS,
        "options": {"dims": 3, "recurrence": 1},
        "inputs": {"x": (2, 4, 2, 3, 5)},
        "map": {"b": 2, "r": 1, "i": 30, "j": 8},
        "silent": ("key_conv.bias",),
    },
)
