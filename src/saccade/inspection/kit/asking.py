"""Who asks: the token whose reading is shown.

It is the one that was chosen, else the class token, else, in models that have none and average
their patches, all patches alike.
"""

import torch
from torch import Tensor

from saccade.errors import ConfigError
from saccade.layers.tokens import TokenLayout

_CLASS = "cls"


def asking(layout: TokenLayout, query: int | None = None) -> list[int]:
    """Number the tokens that ask.

    Args:
        layout: the order of the tokens.
        query: the token that was chosen, from 0, or None.

    Raises:
        ConfigError: there is no such token.
    """
    if query is not None:
        if not 0 <= query < layout.tokens:
            raise ConfigError(f"a query token from 0 to {layout.tokens - 1}", str(query), "query=0")
        return [query]
    found = [number for number, name in enumerate(layout.prefix) if name == _CLASS]
    return found or list(range(len(layout.prefix), layout.tokens))


def asked_row(maps: Tensor, layout: TokenLayout, query: int | None = None) -> Tensor:
    """What those who ask read of all tokens, on average: (... i j) to (... j).

    Args:
        maps: over all tokens.
        layout: the order of the tokens.
        query: the token that was chosen, from 0, or None.

    Raises:
        ConfigError: there is no such token.
    """
    tokens = asking(layout, query)
    if len(tokens) == 1:
        return maps[..., tokens[0], :]
    chosen = torch.tensor(tokens, device=maps.device)
    return maps.index_select(-2, chosen).mean(dim=-2)


def told(layout: TokenLayout, query: int | None = None) -> str:
    """Who asks, in words.

    Raises:
        ConfigError: there is no such token.
    """
    tokens = asking(layout, query)
    if len(tokens) > 1 and query is None:
        return "mean of patches"
    number = tokens[0]
    return "class token" if query is None else f"query {number}"
