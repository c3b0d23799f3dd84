"""Whether one small grey picture is another one, moved, stretched, brightened or slightly cropped.

Source: the alignment is that of Lucas, Kanade, "An Iterative Image Registration Technique with an
Application to Stereo Vision", IJCAI 1981, section 4.3: Gauss-Newton on the squared difference, with
gain and bias solved for beside the motion.
Axes: p pairs, h w pixels, k h*w.
Differs: motions are two stretches and two shifts, for pairs all at once, first on half the pixels.
"""

import numpy as np

SIDE = 32  # pixels of a thumbnail
_STRETCH, _SHIFT = 0.25, 0.3  # the most; a shift is in halves of a side
_COARSE, _FINE = 6, 4  # rounds
_HOPELESS = 0.75  # correlation after the coarse rounds below which nothing follows
_LEAST = 0.55  # share of the pixels that both must show


def aligned_correlations(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Move and stretch pictures onto others, and tell how well they then agree.

    Args:
        first: thumbnails (p h w), any real type, 0-255.
        second: thumbnails (p h w).

    Returns:
        For each pair (p 2): the correlation of the pixels that both show, -1 to 1, and that of
        their detail, which is what blurring takes away; -1 where they do not come together.
    """
    found = np.full((len(first), 2), -1.0)
    a, b = first.astype(np.float32), second.astype(np.float32)
    start = np.zeros((len(a), 4), np.float32)
    motion, coarse = _followed(_half(_blurred(a)), _half(_blurred(b)), start, _COARSE)
    good = np.flatnonzero(coarse > _HOPELESS)
    if len(good):
        a, b = a[good], b[good]
        motion, whole = _followed(a, b, motion[good], _FINE)
        warped, seen = _warped(b, motion)
        blurred, _ = _warped(_blurred(b), motion)
        sharp = (a - _blurred(a)).reshape(len(a), -1)
        found[good] = np.stack([whole, _correlation(sharp, warped - blurred, seen)], axis=1)
    return found


def _followed(
    a: np.ndarray, b: np.ndarray, motion: np.ndarray, rounds: int
) -> tuple[np.ndarray, np.ndarray]:
    """Improve motions (p 4) of `b` (p h w) so that it looks like `a`; the best and how good."""
    down, right = np.gradient(b, axis=(1, 2))
    target, (u, v) = a.reshape(len(a), -1), _grid(a.shape[1])
    half = np.float32(a.shape[1] / 2)
    best, kept = np.full(len(a), -1.0), motion
    for number in range(rounds + 1):
        warped, seen = _warped(b, motion)
        score = _correlation(target, warped, seen)
        better = score > best
        best, kept = np.where(better, score, best), np.where(better[:, None], motion, kept)
        if number < rounds:
            x, y = (_warped(slope, motion)[0] * seen for slope in (right, down))
            moves = (x * u, y * v, x * half, y * half)
            columns = np.stack([warped * seen, seen, *moves], axis=-1)
            motion = _step(columns, target * seen, motion)
    return kept, best


def _step(columns: np.ndarray, target: np.ndarray, motion: np.ndarray) -> np.ndarray:
    """One round of Gauss-Newton: gain, bias and motion (6) that explain the target best."""
    normal = columns.swapaxes(1, 2) @ columns
    ridge = np.trace(normal, axis1=1, axis2=2)[:, None, None] * 2e-4
    normal += np.eye(6, dtype=np.float32) * (ridge * np.array([0, 0, 1, 1, 1, 1]) + 1e-3)
    right = columns.swapaxes(1, 2) @ target[..., None]
    solved = np.linalg.solve(normal.astype(np.float64), right.astype(np.float64))[..., 0]
    gain = np.maximum(solved[:, :1], 0.2)
    limits = np.array([_STRETCH, _STRETCH, _SHIFT, _SHIFT])
    return np.clip(motion + solved[:, 2:] / gain, -limits, limits).astype(np.float32)


def _grid(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the pixels are, in pixels from the middle: across and down, (1 k) each."""
    v, u = np.mgrid[0:side, 0:side].reshape(2, -1).astype(np.float32)
    middle = np.float32((side - 1) / 2)
    return (u - middle)[None], (v - middle)[None]


def _warped(pictures: np.ndarray, motion: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Look a picture (p h w) up at moved places: values (p k), and 1 where the place is inside."""
    side = pictures.shape[1]
    u, v = _grid(side)
    middle, half = np.float32((side - 1) / 2), np.float32(side / 2)
    x = middle + (1 + motion[:, 0:1]) * u + motion[:, 2:3] * half
    y = middle + (1 + motion[:, 1:2]) * v + motion[:, 3:4] * half
    seen = ((x >= 0) & (x <= side - 1) & (y >= 0) & (y <= side - 1)).astype(np.float32)
    x, y = (np.clip(place, 0, side - 1.001).astype(np.float32) for place in (x, y))
    column, row = x.astype(np.int64), y.astype(np.int64)
    right, down = x - column, y - row
    flat, place = pictures.reshape(len(pictures), -1), row * side + column
    corners = (np.take_along_axis(flat, place + step, axis=1) for step in (0, 1, side, side + 1))
    first, second, third, fourth = corners
    upper, lower = first + (second - first) * right, third + (fourth - third) * right
    return upper + (lower - upper) * down, seen


def _correlation(a: np.ndarray, b: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Pearson's correlation (p) of values (p k) where they are seen; -1 where too few are."""
    count = seen.sum(axis=1, keepdims=True) + 1e-6
    a = (a - (a * seen).sum(axis=1, keepdims=True) / count) * seen
    b = (b - (b * seen).sum(axis=1, keepdims=True) / count) * seen
    found = (a * b).sum(axis=1) / np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1) + 1e-6)
    return np.where(count[:, 0] > _LEAST * seen.shape[1], found, -1.0)


def _blurred(pictures: np.ndarray) -> np.ndarray:
    """Blur pictures (p h w) by 1 2 1 along both axes, twice."""
    for _ in range(2):
        wide = np.pad(pictures, ((0, 0), (1, 1), (1, 1)), "edge")
        rows = (wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]) / 4
        pictures = (rows[:, :, :-2] + 2 * rows[:, :, 1:-1] + rows[:, :, 2:]) / 4
    return pictures


def _half(pictures: np.ndarray) -> np.ndarray:
    """Average squares of 2 x 2 pixels."""
    count, height, width = pictures.shape
    return pictures.reshape(count, height // 2, 2, width // 2, 2).mean(axis=(2, 4))
