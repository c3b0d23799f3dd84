"""Files of captions: every usual format, read to one row for each picture and its captions.

Source of the formats: Lin et al., "Microsoft COCO", ECCV 2014, arXiv:1405.0312 (captions_*.json);
Karpathy, Fei-Fei, CVPR 2015, arXiv:1412.2306 (dataset_*.json, whose part restval joins training);
Hodosh, Young, Hockenmaier, JAIR 47, 2013 (Flickr8k.token.txt and the lists of its parts).

Nothing is opened but the file. What cannot be used is named with its place, and left out.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from saccade.data.decode import shown
from saccade.data.sets import BadFile
from saccade.data.words.reading import (
    Row,
    at_line,
    lines_of,
    part_of,
    read_json,
    read_json_lines,
    read_rows,
    read_text,
)
from saccade.errors import DataError

ENDINGS = (".json", ".jsonl", ".csv", ".tsv", ".txt", ".token")

IMAGE_KEYS = ("image", "file_name", "filename", "file", "path", "image_path", "image_name", "img")
SPLIT_KEYS = ("split", "part", "subset")

_WHAT = "captions"
_CAPTION = ("caption", "captions", "text", "sentence", "sentences", "raw", "comment")
_NUMBERED = re.compile(r"(.+)#(\d+)")
_LIST = re.compile(r"(train|dev|val|test)_?images?\.txt$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CaptionRow:
    """What a file says in one place of a picture.

    Args:
        place: where it says so, such as "captions.tsv line 3".
        image: path of the picture as it is written there; empty where there is none.
        captions: of the picture, as they are written; some may be empty.
        part: "train", "val" or "test"; empty where the file does not say.
    """

    place: str
    image: str
    captions: tuple[str, ...]
    part: str = ""


def read_captions(path: Path) -> tuple[list[CaptionRow], list[BadFile]]:
    """Read a file of captions, whatever its format.

    Args:
        path: of JSON, JSON lines, CSV or tab separated text.

    Returns:
        One row for each place where a picture stands, and what cannot be used.

    Raises:
        DataError: it is no file of captions.
    """
    problems: list[BadFile] = []
    ending = path.suffix.lower()
    if ending == ".json":
        rows = _from_json(path, problems)
    elif ending == ".jsonl":
        rows = _from_lines(path, problems)
    elif ending in ENDINGS:
        rows = _from_table(path, problems)
    else:
        raise DataError(
            f"captions in one of {', '.join(ENDINGS)}", shown(path.name), "another file"
        )
    return rows, problems


def _from_table(path: Path, problems: list[BadFile]) -> list[CaptionRow]:
    """Read two columns, a table with a header, or the token file of Flickr8k."""
    rows = read_rows(path, read_text(path, _WHAT), problems)
    if rows and all(_NUMBERED.fullmatch(row[0]) for _, row in rows[:3]):
        return _numbered(path, rows)
    names = [cell.strip().lower() for cell in rows[0][1]] if rows else []
    image, caption = column(names, IMAGE_KEYS), column(names, _CAPTION)
    if image is None or caption is None:
        return [_two_columns(path, line, cells) for line, cells in rows]
    split = column(names, SPLIT_KEYS)
    found: list[CaptionRow] = []
    for line, cells in rows[1:]:
        if len(names) == 2 and image < caption:
            found.append(_two_columns(path, line, cells))
        elif len(cells) != len(names):
            reason = f"{len(cells)} cells below {len(names)} columns"
            problems.append(at_line(path, line, reason))
        else:
            word = "" if split is None else cells[split]
            row = (line_place(path, line), cells[image], (cells[caption],))
            _add(found, problems, row, word, required=split is not None)
    return found


def _numbered(path: Path, rows: Sequence[Row]) -> list[CaptionRow]:
    """Read Flickr8k's `name.jpg#0<tab>caption`, with the lists of parts that lie beside it."""
    lists = [other for other in sorted(path.parent.iterdir()) if _LIST.search(other.name)]
    parts: dict[str, str] = {}
    for other in lists:
        found = _LIST.search(other.name)
        part = part_of(found[1]) if found else None
        names = lines_of(read_text(other, "a list of pictures"))
        parts.update({name.strip(): part or "" for name in names})
    result: list[CaptionRow] = []
    for line, cells in rows:
        number = _NUMBERED.fullmatch(cells[0].strip())
        name = number[1] if number else cells[0].strip()
        caption = "\t".join(cells[1:])
        if parts and name not in parts:
            continue  # 91 pictures of Flickr8k are in no list
        result.append(CaptionRow(line_place(path, line), name, (caption,), parts.get(name, "")))
    return result


def _two_columns(path: Path, line: int, cells: Sequence[str]) -> CaptionRow:
    """Read an image and its caption; separators that are not quoted belong to the caption."""
    return CaptionRow(line_place(path, line), cells[0].strip(), (", ".join(_trimmed(cells[1:])),))


def _from_lines(path: Path, problems: list[BadFile]) -> list[CaptionRow]:
    rows: list[CaptionRow] = []
    for line, record in read_json_lines(path, _WHAT, problems):
        _add_record(rows, problems, line_place(path, line), record)
    return rows


def _from_json(path: Path, problems: list[BadFile]) -> list[CaptionRow]:
    """Read COCO's, Karpathy's or a plain list."""
    found = read_json(path, _WHAT)
    if isinstance(found, dict) and isinstance(found.get("images"), list):
        images = found["images"]
        if isinstance(found.get("annotations"), list):
            return list(_coco(path, images, found["annotations"], problems))
        found = images
    elif isinstance(found, dict) and all(isinstance(own, list | str) for own in found.values()):
        found = [{"image": name, "captions": own} for name, own in found.items()]
    if not isinstance(found, list):
        got = "JSON without a list of pictures"
        raise DataError(f"captions at {shown(path)}", got, "COCO's, Karpathy's or a plain list")
    rows: list[CaptionRow] = []
    for number, record in enumerate(found, start=1):
        place = f"{shown(path.name)} entry {number}"
        if isinstance(record, dict):
            _add_record(rows, problems, place, record)
        else:
            problems.append(BadFile(place, "no JSON object"))
    return rows


def _coco(
    path: Path, images: list[object], annotations: list[object], problems: list[BadFile]
) -> Iterator[CaptionRow]:
    """Read pictures with ids, and captions with the ids of their pictures."""
    captions: dict[object, list[str]] = {}
    name = shown(path.name)
    known = {
        key: one
        for one in images
        if isinstance(one, dict) and (key := id_in(one, "id")) is not None
    }
    for number, one in enumerate(annotations, start=1):
        key = id_in(one, "image_id")
        caption = one.get("caption") if isinstance(one, dict) else None
        if not isinstance(caption, str):
            problems.append(BadFile(f"{name} annotation {number}", "no caption"))
        elif key not in known:
            reason = f"a caption of the picture {key}, which is not there"
            problems.append(BadFile(f"{name} annotation {number}", reason))
        else:
            captions.setdefault(key, []).append(caption)
    for key, one in known.items():
        file = one.get("file_name")
        place = f"{name} picture {key}"
        yield CaptionRow(place, file if isinstance(file, str) else "", tuple(captions.get(key, ())))


def id_in(record: object, key: str) -> str | None:
    """Give an id, whether it is written as a number or as a text."""
    value = record.get(key) if isinstance(record, Mapping) else None
    return str(value) if isinstance(value, int | str) else None


def _add_record(
    rows: list[CaptionRow], problems: list[BadFile], place: str, record: Mapping[str, object]
) -> None:
    """Read an object with a picture, one or more captions, and perhaps a part."""
    lower = {key.lower(): value for key, value in record.items()}
    image = next((lower[key] for key in IMAGE_KEYS if key in lower), "")
    folder = lower.get("filepath")  # Karpathy's, such as "val2014"
    if not isinstance(image, str):
        problems.append(BadFile(place, "no name of a picture"))
        return
    image = f"{folder}/{image}" if isinstance(folder, str) and folder and image else image
    captions = _sentences([lower[key] for key in _CAPTION if key in lower])
    if captions is None:
        problems.append(BadFile(place, "captions that are not text"))
        return
    split = next((lower[key] for key in SPLIT_KEYS if key in lower), None)
    _add(rows, problems, (place, image, captions), str(split or ""), required=split is not None)


def _sentences(found: Sequence[object]) -> tuple[str, ...] | None:
    """Read a caption, a list of captions, or Karpathy's list of sentences."""
    captions: list[str] = []
    for one in found:
        for sentence in one if isinstance(one, list) else [one]:
            text = sentence
            if isinstance(sentence, Mapping):
                text = sentence.get("raw") or sentence.get("caption") or sentence.get("tokens")
            if isinstance(text, list):
                text = " ".join(map(str, text))
            if not isinstance(text, str):
                return None
            captions.append(text)
    return tuple(captions)


def _add(
    rows: list[CaptionRow],
    problems: list[BadFile],
    row: tuple[str, str, tuple[str, ...]],
    word: str,
    *,
    required: bool,
) -> None:
    """Add a row with the part that a word stands for, or name it."""
    part = part_of(word)
    if required and part is None:
        problems.append(BadFile(row[0], f"{word!r} as the split, not train, val or test"))
    else:
        rows.append(CaptionRow(row[0], row[1].strip(), row[2], part or ""))


def column(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    """Find the column that has the first of some names; None where there is none."""
    return next((names.index(name) for name in wanted if name in names), None)


def _trimmed(cells: Sequence[str]) -> list[str]:
    return [cell.strip() for cell in cells]


def line_place(path: Path, line: int) -> str:
    """Name a line of a file."""
    return f"{shown(path.name)} line {line}"
