"""Maps in pixels of the picture, against boxes and fixations."""

import pytest
import torch

from saccade.data.geometry import Geometry
from saccade.data.transforms import Preprocessing
from saccade.explanation import explain
from saccade.explanation.agreement import GAZE, Seen, gaze, on_picture, pointing
from saccade.predict import Predictor
from tests.samples import drawn_model, paint


@pytest.fixture(scope="module")
def found():
    """A map of a picture of 24x16 pixels whose middle 16x16 become 8x8."""
    cut = Preprocessing(img_size=(8, 8), crop_pct=1.0)
    predictor = Predictor(model=drawn_model(), preprocessing=cut, classes=("a", "b", "c"), name="")
    return explain(predictor, [paint(24, 16)], method="rollout", honest=False)


def test_the_map_lies_where_the_model_looked(found) -> None:
    seen = on_picture(found)
    assert (seen.corner, seen.size, tuple(seen.map.shape)) == ((4, 0), (24, 16), (16, 16))
    assert found.geometries[0] == Geometry((24, 16), 1, (8, 8), (0.5, 0.5), (-2.0, 0.0))
    # A model pixel is two picture pixels: their mean lies in the middle between them.
    model = found.upsampled()[0]
    assert float(seen.map[4:6, 4:6].mean()) == pytest.approx(float(model[2, 2]), abs=1e-3)
    whole = torch.nn.functional.interpolate(
        model[None, None], scale_factor=2, mode="bilinear", align_corners=False
    )[0, 0]
    torch.testing.assert_close(seen.map, whole, atol=1e-6, rtol=1e-5)


def test_bare_images_are_their_own_pictures(normal) -> None:
    bare = explain(drawn_model(), normal(1, 3, 8, 8), method="rollout", honest=False)
    seen = on_picture(bare)
    assert seen.corner == (0, 0)
    torch.testing.assert_close(seen.map, bare.upsampled()[0])


def test_boxes_are_told_in_pixels_of_the_picture() -> None:
    values = torch.zeros(40, 60)
    values[30, 50] = 3.0
    values[2, 2] = 1.0
    seen = Seen(values, (10, 5), (80, 50))
    inside = pointing(seen, torch.tensor([[58.0, 33.0, 62.0, 37.0]]))  # 48-52 and 28-32 of the map
    assert (inside["hit"], inside["inside"], inside["boxes"]) == (True, 0.75, 1)
    assert inside["area"] == pytest.approx(16 / 2400)
    near = torch.tensor([[40.0, 33.0, 46.0, 37.0]])  # ends 14.5 px left of the middle of the pixel
    assert pointing(seen, near)["hit"]
    assert not pointing(seen, near - 1.0)["hit"]
    assert (
        pointing(Seen(torch.zeros(4, 4), (0, 0), (4, 4)), torch.tensor([[0.0, 0, 2, 2]]))["inside"]
        is None
    )


def test_people_who_look_where_the_map_is_bright_agree() -> None:
    y, x = torch.meshgrid(torch.arange(40.0), torch.arange(60.0), indexing="ij")
    bright = torch.exp(-((x - 50) ** 2 + (y - 8) ** 2) / 50)
    points = torch.tensor([[60.5, 13.5], [62.5, 12.5], [59.0, 14.0], [1.0, 1.0]])
    told = gaze(Seen(bright, (10, 5), (80, 50)), points, sigma=5)
    assert told["fixations"] == 3  # the last one lies where the model did not look
    assert told["nss"] > 3
    assert told["auc_judd"] > 0.95
    assert told["centre"]["nss"] < 0
    assert told["kl"] < told["centre"]["kl"]
    assert set(GAZE) <= set(told)


def test_what_is_not_defined_is_none() -> None:
    told = gaze(Seen(torch.ones(20, 20), (0, 0), (20, 20)), torch.tensor([[3.0, 4.0]]))
    assert told["nss"] is None
    assert told["kl"] is None
    assert told["centre"]["nss"] is not None
