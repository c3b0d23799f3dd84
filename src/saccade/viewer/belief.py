"""Whether to believe the map of each shown picture: the tests that a report makes by default.

The map is the rollout that the answer was made of; where a model has none, Grad-CAM. The tests stop
when a number of seconds is spent, so that a large model does not make a report slow without bound.
"""

import time
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from saccade.data.geometry import Geometry
from saccade.errors import SaccadeError, TraceError
from saccade.explanation import Explanation, explain
from saccade.explanation.belief import LIMITS, Belief, Followed, summarise
from saccade.explanation.honesty import Effort
from saccade.predict import Predictor
from saccade.viewer.encoding import base64_of

_METHODS = ("rollout", "gradcam")
Words = dict[str, str]


class BeliefPart:
    """Tests the maps of pictures, one after the other, as long as there is time.

    Args:
        predictor: whose maps they are.
        wanted: whether to test at all.
        patience: seconds after which no other picture is tested; the first one always is.
    """

    def __init__(self, predictor: Predictor, *, wanted: bool, patience: float) -> None:
        self._predictor = predictor
        self._wanted = wanted
        self._patience = patience
        self._effort = Effort(steps=7, draws=3)  # a page has many pictures
        self._method: str | None = None
        self._passes = 0
        self._times: list[float] = []
        self._rows: list[dict[str, Any]] = []

    def picture(self, picture: Image.Image) -> dict[str, Any] | None:
        """Test the map of one picture; None when nothing is tested at all.

        Args:
            picture: upright, as the model is shown it.
        """
        if not self._wanted:
            return None
        spent = sum(self._times)
        if self._times and spent + self._times[-1] > self._patience:
            return {"reason": _impatient(self._patience)}
        begun = time.perf_counter()
        try:
            found = self._explained(picture)
        except (SaccadeError, RuntimeError) as error:
            return {"reason": _impossible(error)}
        finally:
            self._times.append(time.perf_counter() - begun)
        if found.belief is None:
            return None
        self._passes = found.belief.passes
        row = found.belief.to_dict()
        self._rows.append(row)
        values = found.map[0].detach().cpu()
        return {
            "reason": None,
            **row,
            "followed": self._predictor.classes[row["followed"]],
            "grid": list(values.shape),
            "map": base64_of(values.numpy().astype("<f4")),
            "curves": _curves(found.belief),
        }

    def describe(self) -> dict[str, Any] | None:
        """Say how the tests were made, what they cost, and what they gave on average."""
        if not self._wanted or not self._times:
            return None
        return {
            "method": self._method,
            "steps": self._effort.steps,
            "draws": self._effort.draws,
            "passes": self._passes,
            "seconds": round(sum(self._times), 1),
            "limits": dict(LIMITS),
            "summary": summarise(self._rows) if self._rows else None,
        }

    def _explained(self, picture: Image.Image) -> Explanation:
        """Explain with the first method that the model has, and keep to it."""
        predictor = self._predictor
        _check_canvas(predictor)
        pixels, _ = predictor.preprocessing.apply(picture, Geometry.of(picture.size))
        images = predictor.preprocessing.normalize(torch.from_numpy(pixels.copy())[None])
        images = images.to(next(predictor.model.parameters()).device)
        for method in (self._method,) if self._method else _METHODS:
            try:
                found = explain(predictor.model, images, method=method, honest=self._effort)
            except TraceError as error:
                refusal = error
                continue
            self._method = method
            return found
        raise refusal


def _check_canvas(predictor: Predictor) -> None:
    canvas = predictor.model.canvas
    if canvas is not None and (canvas.size, canvas.corner) != (
        tuple(predictor.preprocessing.img_size),
        (0, 0),
    ):
        got = f"{canvas.size} inside of the model"
        raise TraceError("patches that cover the image that the model is given", got)


def _curves(belief: Belief) -> dict[str, Any] | None:
    if belief.insertion is None or belief.deletion is None:
        return None
    shares = [round(float(share), 4) for share in belief.insertion.shares]
    both = {"insertion": belief.insertion, "deletion": belief.deletion}
    return {"shares": shares, **{name: _curve(one) for name, one in both.items()}}


def _curve(followed: Followed) -> dict[str, list[float]]:
    random = followed.random[:, 0]
    return {
        "own": _rounded(followed.own[0]),
        "random": _rounded(random.mean(dim=0)),
        "low": _rounded(random.amin(dim=0)),
        "high": _rounded(random.amax(dim=0)),
    }


def _rounded(values: Tensor) -> list[float]:
    return [round(float(value), 4) for value in values]


def _impatient(patience: float) -> Words:
    more = f"saccade inspect --patience {10 * max(patience, 1):.0f}"
    return {
        "en": f"Not tested: the tests may take {patience:g} s in all; {more} tests more pictures.",
        "ko": f"시험하지 않았습니다. 시험에는 모두 {patience:g}초까지만 씁니다. {more}을 주면 "
        "더 많은 그림을 시험합니다.",
    }


def _impossible(error: Exception) -> Words:
    why = " ".join(str(error).split())
    return {
        "en": f"This map could not be made or tested: {why}.",
        "ko": f"이 맵은 만들거나 시험할 수 없었습니다: {why}.",
    }
