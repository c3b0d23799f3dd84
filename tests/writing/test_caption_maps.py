"""Where a captioner looked, as a map."""

from dataclasses import replace

import pytest
import torch

from saccade.errors import CheckpointError, DataError, TraceError
from saccade.explanation.gaze_sources import over_picture
from saccade.writing.caption_maps import caption_map, caption_source
from saccade.writing.captions import CaptionWriter
from saccade.writing.search import Search
from tests.samples import write_bad, write_good
from tests.word_models import weights_of


def test_the_mean_of_the_words_over_the_picture(tmp_path) -> None:
    (path,) = write_good(tmp_path, 1)
    one = next(CaptionWriter(weights_of("caption")).write([path], Search(beam=3)))
    weights = one.hypotheses[0].weights
    total = torch.zeros(one.grid)
    for row in weights:
        total += row.view(one.grid)
    expected = over_picture(total / len(weights), one.geometry)
    torch.testing.assert_close(caption_map(one), expected)
    assert caption_map(one).shape == (one.picture.height, one.picture.width)
    blind = replace(one, hypotheses=(replace(one.hypotheses[0], weights=None),))
    with pytest.raises(TraceError, match="a captioner that tells where it looks"):
        caption_map(blind)


def test_squashed_or_cropped(tmp_path) -> None:
    (path,) = write_good(tmp_path, 1)
    whole = caption_source(weights_of("caption"))(path, None)
    crop = caption_source(weights_of("caption"), crop=True)(path, None)
    own = next(CaptionWriter(weights_of("caption")).write([path], Search(beam=3)))
    torch.testing.assert_close(crop, caption_map(own))
    assert whole.shape == crop.shape
    assert not torch.equal(whole, crop)


def test_no_picture_and_no_captioner(tmp_path) -> None:
    source = caption_source(weights_of("caption"))
    with pytest.raises(DataError, match="a picture that can be read"):
        source(write_bad(tmp_path)[0], None)
    with pytest.raises(CheckpointError):
        caption_source(weights_of("ask"))
