"""Words of right captions of scenes get the boxes of what they name."""

from dataclasses import replace

import pytest
import torch

from saccade.data.geometry import Geometry
from saccade.data.words.scene_sets import ScenePlan
from saccade.data.words.scene_writing import write_scenes
from saccade.data.words.scenes import SceneRules
from saccade.models.words.hypothesis import Hypothesis
from saccade.writing.captions import Captioned
from saccade.writing.scene_looks import looks_of, scene_boxes

RULES = SceneRules(side=64, least=2, most=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("scenes") / "set"
    write_scenes(place, ScenePlan(count=2, rules=RULES, languages=("en", "ko")))
    return place


def wrote(text: str, cells: int = 4) -> Captioned:
    words = tuple(text.split())
    weights = torch.rand(len(words), cells, generator=torch.Generator().manual_seed(0))
    best = Hypothesis(tuple(range(len(words))), 0.0, (0.0,) * len(words), weights, True)
    geometry = Geometry.of((64, 64))
    return Captioned(
        name="x",
        picture=None,
        geometry=geometry,
        grid=(2, 2),
        hypotheses=(best,),
        texts=(text,),
        words=(words,),
    )


def test_each_word_that_names_a_thing_has_its_box(folder):
    right = scene_boxes(folder)[(folder / "images" / "000000.png").resolve()]
    first = right[0]
    one = wrote(first.sentence.text)
    ((maps, boxes, geometry),) = looks_of(one, right)
    things = [thing for thing in first.sentence.things() if thing is not None]
    named = [word for word, thing in enumerate(first.sentence.things()) if thing is not None]
    assert things
    torch.testing.assert_close(boxes, torch.tensor([first.boxes[i] for i in things]))
    assert torch.equal(maps, one.hypotheses[0].weights[named].reshape(-1, 2, 2))
    assert geometry == one.geometry


def test_captions_of_the_other_side_and_in_korean_are_right_too(folder):
    right = scene_boxes(folder)[(folder / "images" / "000001.png").resolve()]
    texts = {each.sentence.text for each in right}
    assert any("색" in text for text in texts)
    assert sum("색" not in text for text in texts) > 1
    assert all(looks_of(wrote(each.sentence.text), right) for each in right)


def test_a_wrong_caption_and_one_without_maps_have_no_looks(folder):
    right = scene_boxes(folder / "captions.tsv")[(folder / "images" / "000000.png").resolve()]
    assert looks_of(wrote("a red circle that is not there"), right) == []
    one = wrote(right[0].sentence.text)
    blind = replace(one.hypotheses[0], weights=None)
    assert looks_of(replace(one, hypotheses=(blind,)), right) == []
    assert looks_of(one, ()) == []


def test_what_is_no_set_of_scenes_has_no_boxes(folder, tmp_path):
    assert scene_boxes(tmp_path) is None
    (tmp_path / "scenes.json").write_text("{}")
    assert scene_boxes(tmp_path) is None
