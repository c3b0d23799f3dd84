"""The page shows the right numbers: clicks, keys, addresses, files."""

import csv
import io

import numpy as np
import pytest

from tests.viewer.payloads import known

pytestmark = pytest.mark.browser


def figure(value):
    """Four significant digits, as the page writes them for everyday values."""
    digits = 3 - int(np.floor(np.log10(value)))
    return f"{value:.{digits}f}"


def pixel_of(page, x, y, width, height):
    """Where the centre of a source pixel of the picture lies on the screen."""
    stage = page.locator("#stage").bounding_box()
    return (
        stage["x"] + stage["width"] * (x + 0.5) / width,
        stage["y"] + stage["height"] * (y + 0.5) / height,
    )


def test_opens_quietly_and_needs_nothing_else(opened):
    view = opened(known().payload)
    assert view.text("#title") == "Known numbers"
    view.page.wait_for_timeout(300)
    view.assert_quiet()


@pytest.mark.parametrize("prefix", [("cls",), ("cls", "dist"), ()])
def test_clicked_patch_shows_its_row(opened, prefix):
    report = known(prefix)
    view = opened(report.payload)
    view.page.select_option("select[name=layer]", "1")
    view.page.select_option("select[name=head]", "2")
    # Scale 0.4, offset -5: source (62.5, 30.5) is model (20, 12.2), row 1, column 3.
    view.page.mouse.click(*pixel_of(view.page, 62, 30, 100, 60))
    query = len(prefix) + 1 * 5 + 3
    row = report.attention[0][1, 2, query]
    assert "patch row 1, column 3 · source pixels x 58–73, y 20–40" in view.text("#query-text")
    assert view.text("#pointer-text").startswith(f"{figure(row[query])} · patch row 1, column 3")
    assert "source pixel x 62, y 30" in view.text("#pointer-text")
    patches = row[len(prefix) :]
    best = int(patches.argmax())
    place = f"patch row {best // 5}, column {best % 5}"
    assert view.text("#strongest-text") == f"{figure(patches[best])} · {place}"
    assert view.text("#tick-high") == figure(patches.max())
    for token, name in enumerate(prefix):
        assert f"{name} {figure(row[token])}" in view.text("#prefix-text")
    assert f"patches {100 * patches.sum():.1f} %" in view.text("#prefix-text")
    view.assert_quiet()


def test_columns_means_and_rollout(opened):
    report = known()
    view = opened(report.payload, "#picture=1&layer=0&head=mean&query=r2c4&direction=column")
    column = report.attention[1][0].mean(axis=0)[:, -1]
    assert view.text("#tick-high") == figure(column[1:].max())
    assert f"cls {figure(column[0])}" in view.text("#prefix-text")
    assert f"together {figure(column.sum())}" in view.text("#prefix-text")
    view.press("r", "m")
    assert view.text("#tick-high") == figure(report.rollout[1][-1, 1:].max())
    view.press("c")
    assert view.text("#tick-high") == figure(report.rollout[1][0, 1:].max())


def test_scales_share_their_ends(opened):
    report = known()
    view = opened(report.payload, "#layer=1&head=0&query=cls&scale=heads")
    row = report.attention[0][1, :, 0, 1:]
    assert view.text("#tick-high") == figure(row.max())
    view.page.select_option("select[name=scale]", "range")
    assert view.text("#tick-low") == figure(row[0].min())
    assert view.text("#tick-high") == figure(row[0].max())
    view.page.select_option("select[name=scale]", "unit")
    assert (view.text("#tick-low"), view.text("#tick-high")) == ("0", "1.000")


def test_what_was_cropped_away_has_no_value(opened):
    view = opened(known().payload)
    view.page.mouse.move(*pixel_of(view.page, 5, 30, 100, 60))
    assert view.text("#pointer-text") == "source pixel x 5, y 30 · outside the model's view"
    assert "outside" in view.text("#caption")


def test_keys_move_everything(opened):
    view = opened(known(("cls", "dist")).payload, "#layer=0&head=0&query=r1c1")
    view.press("ArrowRight", "ArrowDown", "]", ".", "n", "m")
    choice = view.choice()
    assert choice["query"] == "r2c2"
    assert (choice["layer"], choice["head"], choice["picture"]) == ("1", "1", "1")
    assert choice["direction"] == "column"
    view.press("ArrowDown", "[", ",", "p", "c", "c")
    choice = view.choice()
    assert (choice["query"], choice["layer"], choice["head"]) == ("dist", "0", "0")
    assert choice["picture"] == "0"
    view.press(",", ".", ".", ".", ".")
    assert view.choice()["head"] == "mean"
    view.press("?")
    assert view.page.locator("#help").is_visible()
    view.press("Escape")
    view.assert_quiet()


def test_address_restores_the_choice_and_ignores_nonsense(opened):
    report = known()
    view = opened(report.payload, "#picture=1&layer=1&head=2&query=r0c3&colours=ember&opacity=30")
    again = view.choice()
    assert {"picture": "1", "layer": "1", "head": "2", "query": "r0c3"}.items() <= again.items()
    assert (again["colours"], again["opacity"]) == ("ember", "30")
    assert "row 0, column 3" in view.text("#query-text")
    view = opened(report.payload, "#picture=99&layer=-3&head=x&query=r9c9&scale=__proto__&source=1")
    assert view.choice()["picture"] == "1"
    assert view.choice()["query"] == "cls"
    view.assert_quiet()


def test_saved_values_are_the_shown_ones(opened):
    report = known()
    view = opened(report.payload, "#layer=1&head=2&query=r1c3")
    with view.page.expect_download() as download:
        view.page.click("#save-values")
    assert download.value.suggested_filename == "first-layer1-head2-r1c3-row.csv"
    table = list(csv.DictReader(io.StringIO(download.value.path().read_text())))
    values = [float(line["value"]) for line in table]
    np.testing.assert_allclose(values, report.attention[0][1, 2, 9], rtol=1e-12)
    with view.page.expect_download() as download:
        view.page.click("#save-picture")
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
    view.assert_quiet()
