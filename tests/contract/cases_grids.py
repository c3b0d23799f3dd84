"""Cases of mechanisms that cut, coarsen or pool the map they read, as arguments of `Case`."""

_MAP = {"inputs": {"x": (2, 4, 3, 5)}, "features": 1}
_AUGMENTED = {
    **_MAP,
    "mechanism": "augmented_conv",
    "sizes": {"channels": 4, "heads": 2, "key_channels": 6, "value_channels": 2},
}
_WINDOWED = {
    **_MAP,
    "mechanism": "windowed",
    "sizes": {"channels": 4, "heads": 2},
    "inputs": {"x": (2, 4, 6, 5)},
}
_REDUCED = {**_MAP, "mechanism": "reduced", "sizes": {"channels": 4, "heads": 2}}

AUGMENTED: tuple[dict[str, object], ...] = (
    {**_AUGMENTED, "options": {"size": (3, 5)}, "map": {"b": 2, "heads": 2, "i": 15, "j": 15}},
    {
        **_AUGMENTED,
        "options": {"size": (2, 3), "stride": 2},
        "map": {"b": 2, "heads": 2, "i": 6, "j": 6},
    },
    {
        **_AUGMENTED,
        "options": {"size": (3, 2), "pool": True},
        "map": {"b": 2, "heads": 2, "i": 6, "j": 6},
    },
    {
        **_AUGMENTED,
        "sizes": {"channels": 4, "heads": 2, "key_channels": 6, "value_channels": 4},
        "options": {"size": (3, 5)},
        "map": {"b": 2, "heads": 2, "i": 15, "j": 15},
    },
)

WINDOWED: tuple[dict[str, object], ...] = (
    {
        **_WINDOWED,
        "options": {"window_size": 3},
        "map": {"b": 2, "heads": 2, "i": 30, "j": 9},
    },
    {
        **_WINDOWED,
        "options": {"window_size": 3, "shift": 1, "boundary": "mask", "qkv_bias": False},
        "map": {"b": 2, "heads": 2, "i": 30, "j": 9},
    },
    {
        **_WINDOWED,
        "options": {"window_size": 4, "shift": 2, "boundary": "reflect"},
        "map": {"b": 2, "heads": 2, "i": 30, "j": 16},
    },
)

REDUCED: tuple[dict[str, object], ...] = (
    {**_REDUCED, "map": {"b": 2, "heads": 2, "i": 15, "j": 2}},
    {
        **_REDUCED,
        "options": {"reduction": 1, "qkv_bias": False},
        "map": {"b": 2, "heads": 2, "i": 15, "j": 15},
    },
    {**_REDUCED, "options": {"linear": True}, "map": {"b": 2, "heads": 2, "i": 15, "j": 49}},
)

GRIDS = (*AUGMENTED, *WINDOWED, *REDUCED)
