"""Sets of generated scenes as plain JSON, and back."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from saccade.data.words.scene_captions import Language, Mention, Sentence
from saccade.data.words.scene_questions import Question
from saccade.data.words.scene_sets import ScenePlan, SceneSet
from saccade.data.words.scenes import Box, Scene, Thing

_ROUND = 4
_DIGEST = ("kind", "names", "seen", "named")


def suffix(language: Language) -> str:
    """Give what stands before the ending of a file in a language."""
    return "" if language == "en" else f".{language}"


def boxes_of(made: SceneSet) -> dict[str, Any]:
    """Tell things and captions as COCO tells boxes: images, annotations, categories, captions.

    The number of an annotation counts over the whole set; `thing` counts within its image. An
    annotation's shape, colour, size, centre and radius say how it was painted.
    """
    kinds = {shape: number for number, shape in enumerate(made.plan.rules.shapes, start=1)}
    annotations: list[dict[str, Any]] = []
    for image, scene in enumerate(made.scenes):
        for number, thing in enumerate(scene.things):
            place = {"id": len(annotations), "image_id": image, "thing": number}
            kind = {"category_id": kinds[thing.shape], "bbox": _sides(thing.box)}
            annotations.append({**place, **kind, **asdict(thing)})
    side = made.plan.rules.side
    return {
        "images": [
            {"id": number, "file_name": name, "width": side, "height": side}
            for number, name in enumerate(made.names)
        ],
        "annotations": annotations,
        "categories": [{"id": number, "name": shape} for shape, number in kinds.items()],
        "captions": [
            {"image_id": image, "language": language, **asdict(told)}
            for language, captions in made.captions.items()
            for image, told in enumerate(captions)
        ],
    }


def question_lines(made: SceneSet, language: Language) -> str:
    """Tell the questions in a language, each as a line of JSON."""
    lines = []
    for name, scene, questions in zip(made.names, made.scenes, made.questions, strict=True):
        for one in questions:
            line = {
                "image": name,
                "question": one.text(language),
                "answer": one.answered(language),
                "answer_en": one.answer,
                "regions": [_edges(scene.things[number].box) for number in one.seen],
                "named_regions": [_edges(scene.things[number].box) for number in one.named],
                **{key: getattr(one, key) for key in _DIGEST},
            }
            lines.append(json.dumps(line, ensure_ascii=False) + "\n")
    return "".join(lines)


def set_of(plan: ScenePlan, boxes: Mapping[str, Any], questions: str) -> SceneSet:
    """Make a set again from what `boxes_of` and `question_lines` gave.

    Args:
        plan: what the set was made of.
        boxes: the boxes.
        questions: the lines of one language, or nothing.

    Raises:
        ValueError: a part is missing; KeyError, TypeError and IndexError likewise.
    """
    names = tuple(str(image["file_name"]) for image in boxes["images"])
    things: list[list[Thing]] = [[] for _ in names]
    for one in boxes["annotations"]:
        parts = {key: one[key] for key in Thing.__dataclass_fields__}
        things[one["image_id"]].append(Thing(**{**parts, "centre": tuple(one["centre"])}))
    rules = plan.rules
    clear = rules.clear * rules.side
    scenes = tuple(Scene(tuple(each), rules.side, clear, rules.ground) for each in things)
    captions = {language: _captions(boxes, language) for language in plan.languages}
    asked: dict[str, list[Question]] = {name: [] for name in names}
    for line in questions.splitlines():
        found = json.loads(line)
        parts = {key: found[key] for key in ("names", "seen", "named")}
        lists = {key: tuple(value) for key, value in parts.items()}
        asked[found["image"]].append(Question(found["kind"], answer=found["answer_en"], **lists))
    told = {len(each) for each in captions.values()}
    if told | {len(names)} != {plan.count}:
        raise ValueError(f"{len(names)} pictures and {sorted(told)} captions for {plan.count}")
    return SceneSet(plan, names, scenes, captions, tuple(map(tuple, asked.values())))


def _captions(boxes: Mapping[str, Any], language: Language) -> tuple[Sentence, ...]:
    return tuple(
        Sentence(one["text"], tuple(Mention(*mention) for mention in one["mentions"]))
        for one in boxes["captions"]
        if one["language"] == language
    )


def _edges(box: Box) -> list[float]:
    return [round(edge, _ROUND) for edge in box]


def _sides(box: Box) -> list[float]:
    x0, y0, x1, y1 = box
    return [round(number, _ROUND) for number in (x0, y0, x1 - x0, y1 - y0)]
