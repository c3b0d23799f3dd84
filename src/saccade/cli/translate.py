"""saccade translate: translate sentences, and show what each written word read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from saccade.cli import output
from saccade.cli.switch import Switch
from saccade.cli.writing_words import writing_words
from saccade.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from saccade.writing.translations import Translated


def translate(
    *given: str,
    model: str | None = None,
    file: Path | None = None,
    output_file: Annotated[Path | None, Parameter(name=("--output", "-o"))] = None,
    beam: int = 5,
    n_best: int = 1,
    max_length: int = 50,
    length_penalty: float = 0.0,
    attention: Path | None = None,
    json: Switch = False,
    batch_size: int = 16,
) -> int:
    """Translate sentences: those given, those of --file, or the lines of standard input.

    Args:
        given: sentences; before them the weight file or the folder of a run, unless --model names
            it. Without either the newest run of translation is taken.
        model: a weight file, or the folder of a run.
        file: a text file with a sentence in each line.
        output_file: a file to write the best translations to, one a line.
        beam: translations of a sentence that are followed at once; 1 takes the likeliest word each
            time.
        n_best: translations to give for each sentence, at most as many as the beam.
        max_length: most words of a translation.
        length_penalty: power of its length that a translation's log-probability is divided by; 0
            favours short ones, 1 ranks by the mean.
        attention: a page (.html) or a figure (.png, .svg) with what each written word read.
        json: print one JSON object a line for each sentence, with the numbers of each word.
        batch_size: sentences at a time.
    """
    from saccade.cli.word_pictures import check_attention, view_of_translation, write_attention
    from saccade.cli.word_sources import find_model
    from saccade.cli.word_tables import Noted, tell_unknown
    from saccade.files import check_writable
    from saccade.writing.search import Search
    from saccade.writing.translations import TranslationWriter

    check_attention(attention)
    if output_file is not None:
        check_writable(output_file)
    search = Search(beam=beam, n_best=n_best, max_length=max_length, length_penalty=length_penalty)
    weights, texts = find_model("translate", given, model)
    writer, sentences = TranslationWriter(weights), _sentences(texts, file)
    noted: Noted[Translated] = Noted(None if attention is None else view_of_translation)
    found = noted.passing(writer.write(sentences, search, batch_size=batch_size))
    done = _tell(found, output_file, json=json)
    tell_unknown((one.sentence, one.unknown) for one in done)
    empty = sum(bool(one.remark) for one in done)
    if empty:
        output.note(writing_words()["empty"].format(count=empty, of=len(done)))
    noted.tell_cut(max_length)
    if attention is not None and noted.views:
        write_attention(attention, noted.views, task="translate")
    return 0


def _sentences(texts: tuple[str, ...], file: Path | None) -> tuple[str, ...] | list[str]:
    """Take the sentences from where they are given.

    Raises:
        ConfigError: both sentences and a file are given.
        DataError: the file is no text, or there is no sentence.
    """
    if texts and file is not None:
        raise ConfigError("sentences or --file", "both", "one of them")
    found = texts or _lines(file)
    if not found:
        source = "standard input" if file is None else str(file)
        raise DataError("sentences to translate", f"none in {source}", 'saccade translate "..."')
    return found


def _lines(file: Path | None) -> list[str]:
    """Read the lines of a file or of standard input, as UTF-8."""
    name = "standard input" if file is None else str(file)
    try:
        data = sys.stdin.buffer.read() if file is None else file.read_bytes()
        return data.decode("utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no UTF-8 text"
        raise DataError(f"a text of sentences in {name}", why, "another file") from error


def _tell(found: Iterable[Translated], file: Path | None, *, json: bool) -> list[Translated]:
    """Write or print the translations, and give them back."""
    from saccade.cli.word_tables import as_told
    from saccade.files import write_text

    done: list[Translated] = []
    for one in found:
        done.append(one)
        if json:
            told = {"sentence": one.sentence, "translations": as_told(one)}
            remark = {"remark": one.remark} if one.remark else {}
            output.as_json_line(told | {"unknown": one.unknown} | remark)
    if file is not None:
        write_text(file, "".join(f"{one.text}\n" for one in done))
        output.note(writing_words()["written"].format(path=file))
    elif not json:
        words = writing_words()
        names = (words["sentence"], words["translation"], words["score"])
        columns = dict(zip(names, ("left", "left", "right"), strict=True))
        output.table(columns, [row for one in done for row in _rows(one)])
    return done


def _rows(one: Translated) -> Iterator[tuple[str, str, str]]:
    """Give the rows of a sentence in the table; the sentence stands in the first."""
    from saccade.cli.word_tables import rows_of, shown_text

    if not one.hypotheses:
        yield one.sentence, "", ""
    for name, rank, text, score, finished in rows_of(one.sentence, one):
        first = name if rank == 1 else ""
        yield first, shown_text(text, finished=finished), f"{score:.4f}"
