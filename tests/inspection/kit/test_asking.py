"""Who asks."""

import pytest
import torch

from saccade.errors import ConfigError
from saccade.inspection.kit.asking import asked_row, asking, told
from saccade.layers import TokenLayout

PATCHES = {"grid": (1, 3), "patch": (4, 4)}


@pytest.mark.parametrize(
    ("prefix", "query", "tokens", "words"),
    [
        (("cls",), None, [0], "class token"),
        (("dist", "cls", "reg0"), None, [1], "class token"),
        (("reg0", "reg1"), None, [2, 3, 4], "mean of patches"),
        ((), None, [0, 1, 2], "mean of patches"),
        (("cls",), 2, [2], "query 2"),
    ],
)
def test_the_class_token_or_all_patches(prefix, query, tokens, words) -> None:
    layout = TokenLayout(prefix, **PATCHES)
    assert asking(layout, query) == tokens
    assert told(layout, query) == words
    maps = torch.arange(float(layout.tokens**2)).reshape(1, layout.tokens, -1)
    expected = maps[:, tokens].mean(dim=1)
    torch.testing.assert_close(asked_row(maps, layout, query), expected)


@pytest.mark.parametrize("query", [-1, 4])
def test_no_such_token(query: int) -> None:
    with pytest.raises(ConfigError, match=f"a query token from 0 to 3, got {query}"):
        asking(TokenLayout(("cls",), **PATCHES), query)
