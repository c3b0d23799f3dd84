"""Sets of generated scenes in a folder: pictures, captions, boxes, questions.

    scenes.json        how the set was made: numbers, rules, languages
    images/000000.png  the pictures
    captions.tsv       picture<tab>caption; captions.ko.tsv the same in Korean
    boxes.json         as COCO lays it out: images, annotations with bbox (x, y, width, height),
                       categories; besides, for each caption, which characters name which annotation
    questions.jsonl    a line for each question: picture, question, answer, kind, and the boxes of
                       what holds the answer and of what the question names; questions.ko.jsonl

A folder is written beside its name and takes it in one step, so it is whole or not there. The same
plan gives the same bytes.
"""

import json
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from saccade.data.words.scene_plain import boxes_of, question_lines, set_of, suffix
from saccade.data.words.scene_sets import ScenePlan, SceneSet, make_scenes
from saccade.errors import ConfigError, DataError, OutputError

_FORMAT = "saccade scenes 1"


def write_scenes(folder: Path | str, plan: ScenePlan) -> SceneSet:
    """Write a set of scenes to a folder; one that is there already is left as it is.

    Args:
        folder: a new folder, an empty one, or one that holds this very set.
        plan: what the set is made of.

    Returns:
        The set, as `read_scenes` gives it.

    Raises:
        OutputError: the folder holds something else, or cannot be written to.
        ConfigError: no arrangement was found that the rules allow.
    """
    target = Path(folder)
    if (target / "scenes.json").is_file():
        there = read_scenes(target)
        if there.plan == plan:
            return there
    made = make_scenes(plan)
    temporary: Path | None = None
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise OutputError(
                "a new or an empty folder for scenes", f"{target} with other files", "another name"
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        _fill(temporary, made)
        temporary.chmod(0o755)
        temporary.replace(target)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        reason = error.strerror or str(error)
        raise OutputError(f"to write scenes to {target}", reason, "another folder") from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                shutil.rmtree(temporary)
    return made


def read_scenes(folder: Path | str) -> SceneSet:
    """Read a set of scenes back; the pictures are left to whoever wants them.

    Args:
        folder: written by `write_scenes`.

    Raises:
        DataError: the folder holds no such set, or a damaged one.
    """
    root = Path(folder)
    hint = "saccade.data.words.scene_writing.write_scenes"
    try:
        head = json.loads((root / "scenes.json").read_text(encoding="utf-8"))
        if head.pop("format") != _FORMAT:
            raise DataError(f"scenes in the format {_FORMAT!r}", f"another in {root}", hint)
        plan = ScenePlan.from_dict(head)
        boxes = json.loads((root / "boxes.json").read_text(encoding="utf-8"))
        return set_of(plan, boxes, _question_text(root, plan))
    except OSError as error:
        raise DataError(f"a set of scenes in {root}", error.strerror or str(error), hint) from error
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, ConfigError) as error:
        words = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"a whole set of scenes in {root}", words, "writing it again") from error


def _question_text(root: Path, plan: ScenePlan) -> str:
    if not plan.questions:
        return ""
    name = f"questions{suffix(plan.languages[0])}.jsonl"
    return (root / name).read_text(encoding="utf-8")


def _fill(folder: Path, made: SceneSet) -> None:
    (folder / "images").mkdir()
    for name, scene in zip(made.names, made.scenes, strict=True):
        scene.painted().save(folder / name)
    for language, captions in made.captions.items():
        lines = (f"{n}\t{c.text}\n" for n, c in zip(made.names, captions, strict=True))
        _write(folder / f"captions{suffix(language)}.tsv", "".join(lines))
        if made.plan.questions:
            _write(folder / f"questions{suffix(language)}.jsonl", question_lines(made, language))
    _write(folder / "boxes.json", json.dumps(boxes_of(made), ensure_ascii=False))
    head = {"format": _FORMAT, **made.plan.to_dict()}
    _write(folder / "scenes.json", json.dumps(head, indent=1) + "\n")


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode())
