"""Small reports whose every number is known, for the tests of the viewer."""

import base64
import io
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

DEPTH, HEADS = 2, 3


@dataclass(kw_only=True)
class Known:
    """A payload together with the attention (depth heads n n) and rollout (n n) it stores."""

    payload: dict
    attention: list[np.ndarray] = field(default_factory=list)
    rollout: list[np.ndarray] = field(default_factory=list)


def base64_of(array: np.ndarray, kind: str) -> str:
    return base64.b64encode(np.ascontiguousarray(array, dtype=kind).tobytes()).decode()


def encode_rows(attention: np.ndarray) -> tuple[dict, str, np.ndarray]:
    """Store weights as 16-bit shares of each row's maximum; return what a reader gets back."""
    largest = attention.max(axis=-1).astype("<f4")
    shares = np.round(attention / largest[..., None].astype("f8") * 65535).astype("<u2")
    stored = {"encoding": "u16row", "data": base64_of(shares, "<u2")}
    return stored, base64_of(largest, "<f4"), shares / 65535 * largest[..., None].astype("f8")


def picture_address(width: int, height: int) -> str:
    y, x = np.mgrid[:height, :width]
    pixels = np.stack([255 * x / width, 255 * y / height, 128 + 0 * x], axis=-1).astype("u1")
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def softmax(scores: np.ndarray) -> np.ndarray:
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


def spread(mean: np.ndarray, uniform: float) -> dict:
    return {"mean": mean.tolist(), "std": (mean / 10).tolist(), "uniform": uniform}


def one_picture(name: str, width: int, height: int, box: dict, tokens: int, seed: int) -> tuple:
    random = np.random.default_rng(seed)
    attention = softmax(3 * random.normal(size=(DEPTH, HEADS, tokens, tokens)))
    rollout = softmax(random.normal(size=(tokens, tokens))).astype("<f4")
    stored, largest, decoded = encode_rows(attention)
    picture = {
        "name": name,
        "src": picture_address(width, height),
        "width": width,
        "height": height,
        "box": box,
        "top": [
            {"label": "cat & <b>dog</b>", "index": 1, "probability": 0.75},
            {"label": "ship", "index": 0, "probability": 0.25},
        ],
        "truth": "ship",
        "layers": [],
        "attention": stored,
        "rowmax": largest,
        "rollout": base64_of(rollout, "<f4"),
        "distance": (8 + random.random((DEPTH, HEADS))).tolist(),
        "entropy": (1 + random.random((DEPTH, HEADS))).tolist(),
        "belief": {"reason": {"en": "Not tested here.", "ko": "여기서는 시험하지 않았습니다."}},
    }
    return picture, decoded, rollout


def believing(grid: tuple[int, int], verdict: tuple[str, ...] = ("believable",)) -> dict:
    """What the tests of one map gave."""
    curve = {"own": [0.9, 0.2, 0.1], "random": [0.9, 0.6, 0.1]}
    curve |= {"low": [0.9, 0.5, 0.1], "high": [0.9, 0.7, 0.1]}
    values = np.arange(grid[0] * grid[1])
    return {
        "reason": None,
        "verdict": list(verdict),
        "words": "",
        "followed": "ship",
        "grid": list(grid),
        "map": base64_of(values, "<f4"),
        "insertion": {"value": 0.8125, "random": 0.5, "random_spread": 0.05, "advantage": 0.3125},
        "deletion": {"value": 0.25, "random": 0.625, "random_spread": 0.05, "advantage": 0.375},
        "weights": 0.125,
        "shift": 0.875,
        "reasons": {},
        "curves": {"shares": [0, 0.5, 1], "insertion": curve, "deletion": curve},
    }


def beliefs(count: int, verdict: tuple[str, ...] = ("believable",)) -> dict:
    """What the tests of all maps gave together."""
    mean = {"mean": 0.5, "spread": 0.25, "count": count, "random": 0.4, "advantage": 0.1}
    tests = dict.fromkeys(("insertion", "deletion", "weights", "shift"), mean)
    summary = {"images": count, **tests, "verdict": list(verdict), "words": ""}
    made = {"method": "rollout", "steps": 7, "draws": 3, "passes": 64, "seconds": 1.5}
    return {**made, "limits": {}, "summary": summary}


def known(prefix: tuple[str, ...] = ("cls",), grid: tuple[int, int] = (3, 5)) -> Known:
    """Two pictures, one centre-cropped and one of 8x8 squeezed, patches of 8x6 pixels (h w)."""
    (rows, columns), (high, wide) = grid, (8, 6)
    model_high, model_wide = rows * high, columns * wide
    tokens = len(prefix) + rows * columns
    size = [model_wide, model_high]
    scale = model_high / 60  # the short side, 60, becomes the model's height
    crop = {"scale": [scale] * 2, "offset": [-(100 * scale - model_wide) / 2, 0.0], "size": size}
    squeeze = {"scale": [model_wide / 8, model_high / 8], "offset": [0.0, 0.0], "size": size}
    first = one_picture("folder/first.png", 100, 60, crop, tokens, seed=1)
    second = one_picture("tiny.png", 8, 8, squeeze, tokens, seed=2)
    mean = 8 + np.arange(DEPTH * HEADS).reshape(DEPTH, HEADS).astype(float)
    vectors = np.random.default_rng(3).normal(size=(rows * columns, 4))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    filters = np.random.default_rng(4).integers(0, 256, size=(4, high, wide, 3))
    payload = {
        "schema": "saccade.report/3",
        "title": "Known numbers",
        "model": {
            "name": "vit_test",
            "parameters": 1_234_567,
            "classes": ["ship", "cat & <b>dog</b>"],
            "img_size": [model_high, model_wide],
            "patch": [high, wide],
            "prefix": list(prefix),
            "grid": [rows, columns],
            "depth": DEPTH,
            "heads": HEADS,
        },
        "provenance": {"saccade": "0.1.0", "torch": "2.13.0", "date": "2026-11-21"},
        "pictures": [first[0], second[0]],
        "layers": [],
        "distance": spread(mean, 12.5),
        "entropy": spread(mean / 10, 2.7),
        "belief": None,
        "n_images": 2,
        "filters": {
            "size": [high, wide],
            "channels": 3,
            "explained": [0.4, 0.3, 0.2, 0.1],
            "images": [base64_of(image, "u1") for image in filters],
        },
        "positions": {
            "grid": [rows, columns],
            "similarity": base64_of(vectors @ vectors.T, "<f4"),
        },
        "notes": [{"en": "One file was left out.", "ko": "파일 하나를 제외했습니다."}],
        "skipped": [{"name": "broken.jpg", "reason": "truncated after 12 bytes"}],
    }
    return Known(payload=payload, attention=[first[1], second[1]], rollout=[first[2], second[2]])
