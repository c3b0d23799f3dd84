"""Numbers as text: little-endian arrays in base64, large ones with 16 bits a value."""

import base64

import numpy as np
import torch
from torch import Tensor


def base64_of(array: np.ndarray) -> str:
    """Write the bytes of an array, row by row."""
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def floats(values: Tensor) -> dict[str, str]:
    """Write values as 32-bit floats."""
    return {"encoding": "f4", "data": base64_of(values.float().numpy().astype("<f4"))}


def spans(values: Tensor) -> dict[str, str]:
    """Write values (... j) as 16-bit shares between the lowest and the highest of their row."""
    low, high = values.amin(dim=-1), values.amax(dim=-1)
    width = (high - low).clamp_min(torch.finfo(torch.float32).tiny)
    shares = ((values - low[..., None]) / width[..., None] * 65535.0).round().to(torch.int32)
    return {
        "encoding": "u16span",
        "data": base64_of(shares.numpy().astype("<u2")),
        "low": base64_of(low.numpy().astype("<f4")),
        "high": base64_of(high.numpy().astype("<f4")),
    }


def spread(values: Tensor) -> dict[str, list[list[float]]]:
    """Mean and standard deviation over pictures of values (picture layer head)."""
    std = values.std(dim=0, correction=0) if len(values) else values
    return {"mean": rounded(values.mean(dim=0)), "std": rounded(std)}


def rounded(values: Tensor) -> list[list[float]]:
    """Values (layer head) with five decimals."""
    return [[round(float(value), 5) for value in row] for row in values]
