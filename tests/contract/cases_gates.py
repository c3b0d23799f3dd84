"""Cases of channel gates, warps and glimpses, as arguments of `Case`."""

_SQUEEZE = {
    "mechanism": "squeeze_excitation",
    "sizes": {"channels": 4},
    "inputs": {"x": (2, 4, 3, 5)},
    "sums_to_one": False,
    "features": 1,
}
_WARP = {
    "mechanism": "spatial_transformer",
    "sizes": {"channels": 2},
    "inputs": {"x": (2, 2, 3, 5)},
    "map": {"b": 2, "h": 3, "w": 5, "xy": 2},
    "sums_to_one": False,
    "features": 1,
    "slack": 16.0,  # a rounded number of the localisation moves the whole grid
}

GATES: tuple[dict[str, object], ...] = (
    {**_SQUEEZE, "options": {"reduction": 1}, "map": {"b": 2, "c": 4}},
    {**_SQUEEZE, "options": {"local_kernel": 3}, "map": {"b": 2, "c": 4}},
    {**_SQUEEZE, "options": {"where": "spatial"}, "map": {"b": 2, "h": 3, "w": 5}},
    *(
        {
            **_SQUEEZE,
            "options": {"where": where, "reduction": 1},
            "map": {"b": 2, "c": 4, "h": 3, "w": 5},
        }
        for where in ("both", "both_max")
    ),
)

WARPS: tuple[dict[str, object], ...] = (
    *(
        {**_WARP, "options": {"warp": warp, "padding_mode": padding, "align_corners": aligned}}
        for warp, padding, aligned in (
            ("attention", "zeros", False),
            ("affine", "border", True),
            ("projective", "reflection", True),
            ("thin_plate", "zeros", True),
        )
    ),
    {
        **_WARP,
        "options": {"parallel": 3, "size": (2, 4)},
        "map": {"b": 2, "groups": 3, "h": 2, "w": 4, "xy": 2},
    },
    {
        **_WARP,
        "options": {"warp": "affine_3d"},
        "inputs": {"x": (2, 2, 4, 3, 5)},
        "map": {"b": 2, "t": 4, "h": 3, "w": 5, "xyz": 3},
    },
)

GLIMPSES: tuple[dict[str, object], ...] = (
    {
        "mechanism": "glimpse",
        "sizes": {"channels": 2},
        "options": {"size": 3, "scales": 2},
        "inputs": {"images": (2, 2, 5, 7), "locations": (2, 2)},
        "map": {"b": 2, "s": 2, "box": 4},
        "sums_to_one": False,
        "features": 1,
    },
)
