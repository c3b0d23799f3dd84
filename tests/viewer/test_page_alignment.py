"""The map lies where the model looked: crop, squeeze, padding and mirroring, to the pixel."""

import numpy as np
import pytest

from tests.viewer.payloads import base64_of, known

pytestmark = pytest.mark.browser

ALONE = "#source=rollout&query=cls&opacity=100&colours=grey"


def one_bright_patch(report, picture, row, column):
    """Let the class token read one patch only."""
    rollout = np.zeros((16, 16))
    rollout[0, 1 + 5 * row + column] = 1
    report.payload["pictures"][picture]["rollout"] = base64_of(rollout, "<f4")


def canvas_pixel(view, x, y, bounds):
    """Read the canvas at a point of the source picture; bounds are (left, top, width, height)."""
    left, top, width, height = bounds
    script = """([x, y]) => {
      const canvas = document.getElementById("picture");
      const at = [Math.floor(x * canvas.width), Math.floor(y * canvas.height)];
      return [...canvas.getContext("2d").getImageData(...at, 1, 1).data].slice(0, 3);
    }"""
    return view.page.evaluate(script, [(x - left) / width, (y - top) / height])


def assert_only_patch(view, left, top, right, bottom, bounds):
    bright = [(left + 1, top + 1), (right - 1, bottom - 1), ((left + right) / 2, bottom - 1)]
    middle = (top + bottom) / 2
    dark = [(left - 1, middle), (right + 1, middle), ((left + right) / 2, bottom + 1)]
    assert all(min(canvas_pixel(view, *at, bounds)) > 240 for at in bright)
    assert all(max(canvas_pixel(view, *at, bounds)) < 20 for at in dark)


def test_centre_crop(opened):
    report = known()
    one_bright_patch(report, 0, row=1, column=3)
    view = opened(report.payload, ALONE)
    # Scale 0.4, offset -5, patches 8x6: x (18 + 5) / 0.4 to (24 + 5) / 0.4, y 8 / 0.4 to 16 / 0.4.
    assert_only_patch(view, 57.5, 20, 72.5, 40, (0, 0, 100, 60))
    # Outside the crop, at (5, 30), the picture is (12, 127, 128), dimmed to 38 % and (16 18 22).
    np.testing.assert_allclose(canvas_pixel(view, 5.5, 30.5, (0, 0, 100, 60)), [15, 60, 62], atol=3)


def test_tiny_picture_is_squeezed_and_enlarged(opened):
    report = known()
    one_bright_patch(report, 1, row=1, column=2)
    view = opened(report.payload, ALONE + "&picture=1")
    size = "[document.getElementById('picture').width, document.getElementById('picture').height]"
    assert view.page.evaluate(size) == [640, 640]
    # 8x8 pixels under 3x5 patches: one patch is 8/5 wide and 8/3 high.
    edge = [8 * 2 / 5, 8 / 3, 8 * 3 / 5, 8 * 2 / 3]
    for x, y, bright in (
        (edge[0] + 0.1, edge[1] + 0.1, True),
        (edge[2] - 0.1, edge[3] - 0.1, True),
        (edge[0] - 0.1, 4, False),
        (edge[2] + 0.1, 4, False),
    ):
        assert (min(canvas_pixel(view, x, y, (0, 0, 8, 8))) > 240) == bright


def test_mirrored_and_padded(opened):
    report = known()
    box = {"scale": [-0.3, 0.3], "offset": [30.0, 3.0], "size": [30, 24]}
    report.payload["pictures"][0]["box"] = box
    one_bright_patch(report, 0, row=1, column=3)
    view = opened(report.payload, ALONE)
    bounds = (0, -10, 100, 80)  # ten source pixels of padding above and below
    # Columns count from the right: x (30 - 24) / 0.3 to (30 - 18) / 0.3, y (8 - 3) / 0.3 onwards.
    assert_only_patch(view, 20, 5 / 0.3, 40, 13 / 0.3, bounds)
    stage = view.page.locator("#stage").bounding_box()
    assert stage["width"] / stage["height"] == pytest.approx(100 / 80, rel=0.01)
    view.page.mouse.move(
        stage["x"] + stage["width"] * 0.105, stage["y"] + stage["height"] * 5.5 / 80
    )
    assert view.text("#pointer-text") == "0 · patch row 0, column 4 · padding around the picture"
    view.page.mouse.click(
        stage["x"] + stage["width"] * 0.105, stage["y"] + stage["height"] * 15.5 / 80
    )
    assert view.text("#query-text").startswith("patch row 0, column 4")
    view.press("ArrowRight")  # the next patch to the right on the screen
    assert view.text("#query-text").startswith("patch row 0, column 3")


def test_smooth_keeps_the_centre_of_a_patch(opened):
    report = known()
    one_bright_patch(report, 0, row=1, column=3)
    view = opened(report.payload, ALONE + "&drawing=smooth")
    bounds = (0, 0, 100, 60)
    assert min(canvas_pixel(view, 65, 30, bounds)) > 235
    assert 60 < canvas_pixel(view, 57.5, 30, bounds)[0] < 190


def test_colour_maps_rise_evenly(opened):
    view = opened(known().payload)
    script = """async () => {
      const { PALETTES, palette } = await import("saccade/colours.js");
      return PALETTES.map((name) => [...palette(name)]);
    }"""
    for table in view.page.evaluate(script):
        light = (np.array(table).reshape(256, 3) / 255) ** 2.2 @ [0.2126, 0.7152, 0.0722]
        assert (np.diff(light) > -0.002).all()
        assert light[-1] - light[0] > 0.6
