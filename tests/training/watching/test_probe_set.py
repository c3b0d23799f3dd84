import base64
import io

import numpy as np
import pytest
from PIL import Image

from saccade.data.transforms import Preprocessing
from saccade.errors import DataError
from saccade.training.watching.probe_set import open_probes
from tests.samples import paint, write_bad
from tests.training.watching.conftest import PIXELS


def test_pictures_of_a_folder_as_the_model_gets_them(pictures) -> None:
    probes = open_probes(pictures, PIXELS)
    assert probes.names == ("0.png", "1.png", "2.png")
    assert probes.pixels.shape == (3, 1, 6, 6)
    assert open_probes(str(pictures), PIXELS).fingerprint == probes.fingerprint
    listed = open_probes(sorted(pictures.iterdir()), PIXELS)
    np.testing.assert_array_equal(listed.pixels, probes.pixels)
    shown = base64.b64decode(probes.sources()[1].partition(",")[2])
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(shown))), probes.pixels[1, 0])


def test_large_pictures_are_kept_as_jpeg() -> None:
    probes = open_probes([paint(80, 80), paint(80, 80)], Preprocessing(img_size=(80, 80)))
    assert probes.names == ("picture 0", "picture 1")
    assert probes.sources()[0].startswith("data:image/jpeg;base64,")


def test_more_are_left_out_and_said(pictures) -> None:
    probes = open_probes(pictures, PIXELS, most=2)
    assert len(probes.names) == 2
    assert probes.notes == ("the first 2 of 3 pictures are watched",)


def test_broken_ones_are_named(pictures, tmp_path) -> None:
    write_bad(pictures)
    notes = open_probes(pictures, PIXELS).notes
    assert any("empty.jpg is not watched: an empty file" in note for note in notes)
    (tmp_path / "nothing").mkdir()
    with pytest.raises(DataError, match=r"expected pictures to watch, got .*; try a folder"):
        open_probes(tmp_path / "nothing", PIXELS)


def test_names_are_unique(pictures, tmp_path) -> None:
    (tmp_path / "more").mkdir()
    paint(6, 6).save(tmp_path / "more" / "0.png")
    probes = open_probes([pictures / "0.png", tmp_path / "more" / "0.png"], PIXELS)
    assert probes.names == ("0.png", "0.png (2)")
