"""--attention: kinds of files, pages of empty captions, figures of what looks at nothing."""

import json

import pytest
import torch
from PIL import Image

from saccade.cli.word_pictures import check_attention, view_of_caption, write_attention
from saccade.data.geometry import Geometry
from saccade.errors import ConfigError, OutputError, TraceError
from saccade.models.words.hypothesis import Hypothesis
from saccade.writing.captions import Captioned


def view(count: int, *, blind: bool = False):
    weights = None if blind else torch.full((count, 4), 0.25)
    best = Hypothesis((5,) * count, -1.0, (-1.0,) * count, weights, True)
    one = Captioned(
        name="x.png",
        picture=Image.new("RGB", (8, 8)),
        geometry=Geometry.of((8, 8)),
        grid=(2, 2),
        hypotheses=(best,),
        texts=("고양이 " * count,),
        words=(("고양이",) * count,),
    )
    return view_of_caption(one, ("a person's",))


def test_kinds_of_files(tmp_path):
    check_attention(None)
    check_attention(tmp_path / "new" / "o.SVG")
    with pytest.raises(ConfigError, match=r"got o\.txt; try .*o\.html"):
        check_attention(tmp_path / "o.txt")
    (tmp_path / "d.html").mkdir()
    with pytest.raises(OutputError, match="a folder"):
        check_attention(tmp_path / "d.html")


@pytest.mark.parametrize("count", [0, 2])
@pytest.mark.parametrize("kind", ["html", "svg"])
def test_captions_of_any_length(count, kind, tmp_path, capsys):
    write_attention(tmp_path / f"o.{kind}", [view(count)], task="caption")
    text = (tmp_path / f"o.{kind}").read_text("utf-8")
    told = json.dumps("고양이")[1:-1] if kind == "html" else "고양이"
    assert (told in text) == (count > 0)
    assert f"o.{kind}" in capsys.readouterr().err


def test_what_looks_at_nothing_has_a_page_and_no_figure(tmp_path, capsys):
    write_attention(tmp_path / "o.html", [view(2, blind=True)], task="caption")
    assert "looks at nothing" in capsys.readouterr().err
    with pytest.raises(TraceError, match="one without attention"):
        write_attention(tmp_path / "o.svg", [view(2, blind=True)], task="caption")
