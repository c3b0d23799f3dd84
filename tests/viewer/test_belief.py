"""What a report says of whether to believe its maps."""

import base64

import numpy as np
import pytest
from PIL import Image

from saccade.data.transforms import Preprocessing
from saccade.errors import ConfigError
from saccade.explanation import explain
from saccade.explanation.honesty import Effort
from saccade.models import build
from saccade.predict import Predictor, load
from saccade.viewer.belief import BeliefPart
from saccade.viewer.pack import pack
from saccade.viewer.report import Options, report
from tests.samples import drawn_model, paint, save_model, write_good


@pytest.fixture
def predictor(tmp_path) -> Predictor:
    save_model(tmp_path / "model.safetensors")
    return load(tmp_path / "model.safetensors")


def test_shown_pictures_are_tested(predictor, tmp_path):
    paths = write_good(tmp_path, 3)
    data = report(predictor, predictor.look(paths), Options(title="", pictures=2))
    pack(data, title="")
    effort = Effort(steps=7, draws=3)
    expected = explain(predictor, paths[:2], method="rollout", honest=effort)
    for index, one in enumerate(picture["belief"] for picture in data["pictures"]):
        told = expected.belief.to_dict(index)
        assert one["reason"] is None
        assert one["followed"] == data["pictures"][index]["top"][0]["label"]
        assert one["weights"] == pytest.approx(told["weights"], abs=1e-5)
        assert one["shift"] == pytest.approx(told["shift"], abs=1e-5)
        values = np.frombuffer(base64.b64decode(one["map"]), "<f4").reshape(one["grid"])
        np.testing.assert_allclose(values, expected.map[index], atol=1e-6)
        own = one["curves"]["deletion"]["own"]
        assert len(own) == len(one["curves"]["shares"]) == 7
        assert own[0] == pytest.approx(data["pictures"][index]["top"][0]["probability"], abs=1e-3)
    assert data["belief"]["method"] == "rollout"
    assert data["belief"]["summary"]["images"] == 2
    assert data["belief"]["passes"] == 2 * 7 * 4


def test_patience_ends_and_quick_does_not_begin(predictor):
    part = BeliefPart(predictor, wanted=True, patience=0.0)
    first, second = part.picture(paint()), part.picture(paint())
    assert "verdict" in first
    assert "may take 0 s in all" in second["reason"]["en"]
    assert "--patience 10" in second["reason"]["ko"]
    quick = BeliefPart(predictor, wanted=False, patience=60)
    assert quick.picture(paint()) is None
    assert quick.describe() is None
    with pytest.raises(ConfigError, match="patience of at least 0"):
        Options(title="", patience=-1)


def small(name: str, **changes) -> Predictor:
    model = build(name, num_classes=2, **changes).eval()
    cut = Preprocessing(img_size=(16, 16))
    return Predictor(model=model, preprocessing=cut, classes=("a", "b"), name=name)


def test_gradcam_where_rollout_is_refused():
    changes = {"img_size": 16, "patch_size": 2, "window_size": 4, "embed_dim": 8}
    part = BeliefPart(
        small("swin_tiny_patch4_window7_224", **changes, depths=(1,), num_heads=(2,)),
        wanted=True,
        patience=60,
    )
    assert part.picture(Image.new("RGB", (20, 16), "grey"))["grid"] == [8, 8]
    assert part.describe()["method"] == "gradcam"


def test_maps_that_cannot_be_made_say_why(monkeypatch):
    padded = Predictor(
        model=drawn_model(img_size=(9, 9), img_fit="pad"),
        preprocessing=Preprocessing(img_size=(9, 9)),
        classes=("a", "b", "c"),
        name="",
    )
    part = BeliefPart(padded, wanted=True, patience=60)
    told = part.picture(paint())["reason"]
    assert "patches that cover the image" in told["en"]
    assert "만들거나 시험할 수 없었습니다" in told["ko"]
    assert part.describe()["summary"] is None
