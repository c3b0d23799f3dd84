"""saccade caption: write what is in pictures, and show where each word looked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from saccade.cli import output
from saccade.cli.switch import Switch
from saccade.cli.writing_words import writing_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from saccade.viewer.word_views import View
    from saccade.writing.captions import Captioned

    References = Mapping[Path, tuple[str, ...]]


def caption(
    *given: str,
    model: str | None = None,
    beam: int = 5,
    n_best: int = 1,
    max_length: int = 50,
    length_penalty: float = 0.0,
    attention: Path | None = None,
    references: Path | None = None,
    json: Switch = False,
    csv: Switch = False,
    batch_size: int = 16,
) -> int:
    """Write captions of pictures; a text that does not end is given as far as it came.

    Args:
        given: pictures as files, folders or patterns; before them the weight file or the folder of
            a run, unless --model names it. Without either the newest run of captions is taken.
        model: a weight file, or the folder of a run.
        beam: captions of a picture that are followed at once; 1 takes the likeliest word each time.
        n_best: captions to give for each picture, at most as many as the beam.
        max_length: most words of a caption.
        length_penalty: power of its length that a caption's log-probability is divided by; 0
            favours short ones, 1 ranks by the mean.
        attention: a page (.html) or a figure (.png, .svg) with a map for each word.
        references: a file of captions that people wrote, to show beside them.
        json: print one JSON object a line for each picture, with the numbers of each word.
        csv: print CSV.
        batch_size: pictures at a time.
    """
    from saccade.cli.sources import find
    from saccade.cli.word_pictures import check_attention, view_of_caption, write_attention
    from saccade.cli.word_sources import find_model, read_references
    from saccade.cli.word_tables import Noted
    from saccade.writing.captions import CaptionWriter
    from saccade.writing.search import Search

    check_attention(attention)
    search = Search(beam=beam, n_best=n_best, max_length=max_length, length_penalty=length_penalty)
    weights, pictures = find_model("caption", given, model)
    writer, (paths, bad) = CaptionWriter(weights), find(pictures)
    truths, left = read_references(references)

    def view(one: Captioned) -> View:
        return view_of_caption(one, _truths(one, truths))

    noted: Noted[Captioned] = Noted(None if attention is None else view)
    found = noted.passing(writer.write(paths, search, batch_size=batch_size))
    _tell(found, truths, json=json, csv=csv)
    output.skipped([*bad, *writer.bad, *left], of=len(paths) + len(bad) + len(left))
    noted.tell_cut(max_length)
    if attention is not None and noted.views:
        write_attention(attention, noted.views, task="caption")
    return 0 if len(writer.bad) < len(paths) else 1


def _truths(one: Captioned, truths: References) -> tuple[str, ...]:
    return truths.get(Path(one.name).resolve(), ())


def _tell(found: Iterable[Captioned], truths: References, *, json: bool, csv: bool) -> None:
    from saccade.cli.word_tables import as_told, rows_of

    if json:
        for one in found:
            told = {"picture": one.name, "captions": as_told(one)}
            wrote = _truths(one, truths)
            output.as_json_line(told | ({"references": wrote} if truths else {}))
    elif csv:
        header = ("picture", "rank", "caption", "score", "finished")
        output.as_csv(header, (row for one in found for row in rows_of(one.name, one)))
    else:
        words = writing_words()
        columns = {words["picture"]: "left", words["caption"]: "left", words["score"]: "right"}
        if truths:
            columns[words["reference"]] = "left"
        output.table(columns, [row for one in found for row in _rows(one, truths)])


def _rows(one: Captioned, truths: References) -> Iterator[tuple[str, ...]]:
    """Give the rows of a picture in the table for people; its name stands in the first."""
    from saccade.cli.word_tables import rows_of, shown_text

    wrote = _truths(one, truths)[:1] or ("",)
    for name, rank, text, score, finished in rows_of(one.name, one):
        first, told = rank == 1, shown_text(text, finished=finished)
        last = (wrote[0] if first else "",) if truths else ()
        yield (name if first else "", told, f"{score:.4f}", *last)
