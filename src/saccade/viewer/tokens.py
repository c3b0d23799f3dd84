"""The part of a report that only models of tokens have: attention, rollout, distance, positions."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from saccade.inspection.kit.distance import attention_distance, attention_entropy, uniform_distance
from saccade.inspection.kit.filters import embedding_filters
from saccade.inspection.kit.positions import position_similarity
from saccade.inspection.kit.rollout import rollout
from saccade.inspection.layer_map import LayerMap
from saccade.layers.tokens import TokenLayout
from saccade.predict import Predictor
from saccade.viewer.encoding import base64_of, rounded, spread


def token_maps(layers: Sequence[LayerMap]) -> list[LayerMap]:
    """The layers in which tokens read tokens in several heads, if all those are alike."""
    found = [layer for layer in layers if layer.over_tokens and layer.weights.dim() == 4]
    return found if len({layer.weights.shape for layer in found}) == 1 else []


class TokenPart:
    """Gathers the token maps of a model over all pictures.

    Args:
        predictor: whose maps they are.
    """

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor
        self._layout: TokenLayout | None = None
        self._attention = torch.zeros(0)
        self._distances: list[Tensor] = []
        self._entropies: list[Tensor] = []

    def take(self, layers: Sequence[LayerMap]) -> bool:
        """Count the maps of a batch; False when there are none."""
        if not layers or layers[0].layout is None:
            return False
        self._layout = layers[0].layout
        self._attention = torch.stack([layer.weights for layer in layers], dim=1)
        self._distances.append(attention_distance(self._attention, self._layout))
        self._entropies.append(attention_entropy(self._attention))
        return True

    @property
    def bytes(self) -> int:
        """What the maps of one picture take in the page."""
        return 2 * self._attention[0].numel() if self._distances else 0

    def picture(self, image: int, *, whole: bool) -> dict[str, object]:
        """The maps of one image of the last batch; `whole` says whether with every head."""
        if not self._distances:
            return dict.fromkeys(("attention", "rowmax", "rollout", "distance", "entropy"))
        attention = self._attention[image]
        peak = attention.amax(dim=-1, keepdim=True).clamp_min(torch.finfo(torch.float32).tiny)
        shares = (attention / peak * 65535.0).round().to(torch.int32).numpy().astype("<u2")
        return {
            "attention": {"encoding": "u16row", "data": base64_of(shares)} if whole else None,
            "rowmax": base64_of(peak[..., 0].numpy().astype("<f4")),
            "rollout": base64_of(rollout(attention[None])[0].numpy().astype("<f4")),
            "distance": rounded(self._distances[-1][image]),
            "entropy": rounded(self._entropies[-1][image]),
        }

    def model(self) -> dict[str, object]:
        """What the tokens are; nothing but zeros where there are none."""
        if self._layout is None:
            return {"patch": None, "prefix": [], "grid": None, "depth": 0, "heads": 0}
        layout = self._layout
        return {
            "patch": list(layout.patch),
            "prefix": list(layout.prefix),
            "grid": list(layout.grid),
            "depth": self._attention.shape[1],
            "heads": self._attention.shape[2],
        }

    def statistics(self) -> dict[str, Any]:
        """Distance and entropy over all pictures, the first filters, the positions."""
        if self._layout is None:
            return dict.fromkeys(("distance", "entropy", "filters", "positions"))
        distance, entropy = torch.cat(self._distances), torch.cat(self._entropies)
        uniform = float(np.log(self._layout.tokens))
        return {
            "distance": {**spread(distance), "uniform": uniform_distance(self._layout)},
            "entropy": {**spread(entropy), "uniform": uniform},
            "filters": _filters(self._predictor),
            "positions": _positions(self._predictor, self._layout),
        }


def _filters(predictor: Predictor) -> dict[str, object] | None:
    weight = predictor.model.patch_kernel()
    if weight.shape[1] not in (1, 3):
        return None
    found = embedding_filters(weight)
    images = (found.images * 255).round().to(torch.uint8).numpy()
    return {
        "size": list(images.shape[1:3]),
        "channels": images.shape[3],
        "explained": [round(float(share), 6) for share in found.explained],
        "images": [base64_of(image) for image in images],
    }


def _positions(predictor: Predictor, layout: TokenLayout) -> dict[str, object] | None:
    table = predictor.model.position_table()
    if table is None:
        return None
    tokens = layout.grid[0] * layout.grid[1]
    similarity = position_similarity(table, layout.grid).reshape(tokens, tokens)
    return {
        "grid": list(layout.grid),
        "similarity": base64_of(similarity.numpy().astype("<f4")),
    }
