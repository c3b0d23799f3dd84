"""A real model on real files, all the way into a browser."""

import pytest
import torch

from saccade.inspection.kit.rollout import rollout
from saccade.predict import load
from saccade.viewer.report import Options, report
from tests.samples import save_model, write_good

pytestmark = pytest.mark.browser


def test_the_page_shows_the_numbers_of_the_trace(opened, tmp_path):
    save_model(tmp_path / "model.safetensors")
    predictor = load(tmp_path / "model.safetensors")
    paths = write_good(tmp_path / "pictures", 2)
    (view,) = predictor.look(paths)
    data = report(predictor, [view], Options(title="Real"))
    page = opened(data, "#layer=1&head=2")
    page.assert_quiet()
    attention = view.trace.attention
    # The readout names the largest value of the class token's row over patches, to four digits.
    row = attention[0, 1, 2, 0, 1:]
    shown = page.text("body")
    assert f"{float(row.max()):.4g}" in shown
    page.press("r")  # the rollout
    through = rollout(attention)[0, 0, 1:]
    assert f"{float(through.max()):.4g}" in page.text("body")
    page.assert_quiet()
    assert torch.isfinite(through).all()
