"""The panel of layers in a browser: every kind of map, by clicks, keys and addresses."""

import json

import numpy as np
import pytest

from saccade.inspection import heat, pictures
from saccade.inspection.summary import whole
from saccade.viewer.report import Options, report
from tests import toys
from tests.samples import paint
from tests.viewer.test_page import figure

pytestmark = pytest.mark.browser

GRID = (6, 8)
SHEETS = ["gate", "spatial", "both", "both grids", *toys.KINDS[3:]]


@pytest.fixture
def toy(tmp_path):
    """The payload of a toy on two pictures of 128x48 pixels, of which it sees the middle half."""
    predictor = toys.predictor(grid=GRID)
    paths = [tmp_path / f"{number}.png" for number in range(2)]
    for number, path in enumerate(paths):
        paint(128, 48, seed=number).save(path)
    (view,) = predictor.look(paths)
    data = report(predictor, [view], Options(title="Toy", honest=False))
    layers = {layer.name.removeprefix("parts."): layer for layer in view.trace.layers}
    return json.loads(json.dumps(data)), layers


def sheet(name: str, **more) -> str:
    return "#" + "&".join([f"sheet={SHEETS.index(name)}", *(f"{k}={v}" for k, v in more.items())])


def click(view, x, y):
    """Click a pixel of the model's image, which is x + 32 in the picture."""
    stage = view.page.locator("#sheet-stage").bounding_box()
    across = stage["x"] + stage["width"] * (x + 32.5) / 128
    view.page.mouse.click(across, stage["y"] + stage["height"] * (y + 0.5) / 48)


def colour(view, x, y):
    """The canvas at a pixel of the model's image."""
    script = """([x, y]) => {
      const canvas = document.getElementById("sheet-picture");
      const at = [Math.floor(x * canvas.width), Math.floor(y * canvas.height)];
      return [...canvas.getContext("2d").getImageData(...at, 1, 1).data].slice(0, 3);
    }"""
    return view.page.evaluate(script, [(x + 32.5) / 128, (y + 0.5) / 48])


@pytest.mark.parametrize("name", ["dense", "local", "reduced"])
def test_a_click_shows_what_the_point_reads(opened, toy, name):
    payload, layers = toy
    view = opened(payload, sheet(name, part=0))
    view.page.select_option("#sheet-controls select[name=part]", "1")
    click(view, 17, 30)
    values = heat(layers[name], at=(17, 30))[1].double().numpy()
    best = np.unravel_index(values.argmax(), values.shape)
    place = f"row {best[0]}, column {best[1]}"
    shown = view.text("#sheet-strongest")
    assert shown.endswith(place)
    assert float(shown.split(" ")[0]) == pytest.approx(values.max(), rel=2e-3)
    # The cell of the pointer, (17, 30) on a keys' grid over 64x48 pixels.
    rows, columns = values.shape
    cell = (30 * rows // 48, 17 * columns // 64)
    pointer = view.text("#sheet-pointer")
    assert f"row {cell[0]}, column {cell[1]} · source pixel x 49, y 30" in pointer
    assert view.choice()["at"].startswith("0.2")
    view.assert_quiet()


def test_the_map_lies_where_it_belongs(opened, toy):
    payload, _ = toy
    view = opened(payload, sheet("local", at="0.270_0.640", part=0, opacity=100, colours="grey"))
    # Query row 3, column 2; its window of 3x3 cells covers x 8-32, y 16-40; the last weighs most.
    assert min(colour(view, 30, 38)) > 240
    assert max(colour(view, 34, 38)) < 20
    assert max(colour(view, 30, 42)) < 20
    assert 20 < max(colour(view, 10, 18)) < 100
    mark = view.page.locator("#sheet-mark").bounding_box()
    stage = view.page.locator("#sheet-stage").bounding_box()
    assert mark["width"] / stage["width"] == pytest.approx(8 / 128, rel=0.02)
    assert (mark["x"] - stage["x"]) / stage["width"] == pytest.approx((32 + 16) / 128, rel=0.02)


def test_passes_and_all_of_them_together(opened, toy):
    payload, layers = toy
    view = opened(payload, sheet("cross", at="0.270_0.640"))
    (picture,) = pictures(layers["cross"])
    together = whole(picture, [3], [2]).at(0, 0)[0]
    assert view.text("#sheet-tick-high") == figure(float(together.max()))
    view.press(".")
    assert view.choice()["part"] == "0"
    assert view.text("#sheet-tick-high") == figure(1 / 13)


def test_bars_are_read_by_pointer_and_by_keys(opened, toy):
    payload, layers = toy
    view = opened(payload, sheet("gate"))
    values = layers["gate"].weights[0].double().numpy()
    assert view.text("#sheet-bars .spot") == f"12 channels, mean {figure(values.mean())}"
    chart = view.page.locator("#sheet-bars .chart")
    frame = chart.bounding_box()
    inner = frame["width"] - 62
    view.page.mouse.move(frame["x"] + 52 + inner * 3.5 / 12, frame["y"] + 100)
    assert view.text("#sheet-bars .spot") == f"channel 3: {figure(values[3])}"
    view.page.mouse.move(5, 5)
    chart.focus()
    view.press("ArrowRight", "ArrowRight")
    assert view.text("#sheet-bars .spot") == f"channel 1: {figure(values[1])}"
    view.press("n")
    assert f"channel 1: {figure(float(layers['gate'].weights[1][1]))}" == view.text(
        "#sheet-bars .spot"
    )
    view.assert_quiet()
