"""Sets of scenes as plain JSON: as COCO tells boxes, questions line by line, and back."""

import json

import pytest

from saccade.data.words.scene_plain import boxes_of, question_lines, set_of, suffix
from saccade.data.words.scene_sets import ScenePlan, make_scenes

MADE = make_scenes(ScenePlan(count=5, questions=2, languages=("ko",)))


def test_boxes_as_coco_tells_them() -> None:
    told = boxes_of(MADE)
    assert [image["file_name"] for image in told["images"]] == list(MADE.names)
    assert len(told["annotations"]) == sum(len(scene.things) for scene in MADE.scenes)
    names = {one["id"]: one["name"] for one in told["categories"]}
    for number, one in enumerate(told["annotations"]):
        thing = MADE.scenes[one["image_id"]].things[one["thing"]]
        x0, y0, x1, y1 = thing.box
        assert one["id"] == number
        assert one["bbox"] == pytest.approx([x0, y0, x1 - x0, y1 - y0], abs=1e-4)
        assert names[one["category_id"]] == thing.shape == one["shape"]


def test_question_lines() -> None:
    lines = [json.loads(line) for line in question_lines(MADE, "ko").splitlines()]
    assert len(lines) == sum(map(len, MADE.questions))
    first, one = lines[0], MADE.questions[0][0]
    assert first["question"] == one.text("ko")
    assert first["answer"] == one.answered("ko")
    boxes = [MADE.scenes[0].things[number].box for number in one.seen]
    assert [pytest.approx(box, abs=1e-4) for box in boxes] == first["regions"]
    assert (suffix("en"), suffix("ko")) == ("", ".ko")


def test_a_set_comes_back_from_json_and_a_part_that_misses_is_told() -> None:
    told = json.loads(json.dumps(boxes_of(MADE)))
    assert set_of(MADE.plan, told, question_lines(MADE, "ko")) == MADE
    with pytest.raises(ValueError, match="4 pictures and \\[5\\] captions for 5"):
        set_of(MADE.plan, {**told, "images": told["images"][:4], "annotations": []}, "")
