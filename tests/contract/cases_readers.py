"""Cases of readers of a memory by one of the alignment scores, as arguments of `Case`."""

_ALIGNMENT = {
    "mechanism": "alignment",
    "sizes": {"query_size": 4, "memory_size": 4},
    "inputs": {"query": (2, 2, 4), "memory": (2, 3, 4)},
    "map": {"b": 2, "i": 2, "j": 3},
    "mask": (2, 2, 3),
}

PLAIN: tuple[dict[str, object], ...] = (
    {**_ALIGNMENT, "options": {"score": "dot"}},
    {**_ALIGNMENT, "options": {"score": "scaled_dot"}, "mask": (2, 3)},
)

LEARNED: tuple[dict[str, object], ...] = (
    {**_ALIGNMENT, "options": {"score": "general"}},
    {**_ALIGNMENT, "options": {"score": "concat", "hidden": 5}},
    {**_ALIGNMENT, "options": {"score": "location", "positions": 5}},
)
