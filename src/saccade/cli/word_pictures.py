"""--attention: what a model looked at for each word, as a page or as figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from saccade.cli import output
from saccade.cli.writing_words import writing_words
from saccade.errors import TraceError
from saccade.files import check_writable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from saccade.models.words.hypothesis import Hypothesis
    from saccade.viewer.word_views import Sentence, View
    from saccade.writing.answers import Answered
    from saccade.writing.captions import Captioned
    from saccade.writing.translations import Translated

_KINDS = (".html", ".png", ".svg")


def check_attention(path: Path | None) -> None:
    """See that attention can be written, before the work that finds it.

    Raises:
        ConfigError: the file is of no kind that can be written.
        OutputError: it cannot be written.
    """
    if path is not None:
        check_writable(path, _KINDS)


def write_attention(path: Path, views: Sequence[View], *, task: str) -> None:
    """Write one page of all views, or a figure of each; name the files on stderr.

    Args:
        path: ends in .html, .png or .svg; of several figures out.png becomes out-1.png and so on.
        views: what is shown.
        task: "caption", "translate" or "ask".

    Raises:
        TraceError: a figure of a model that looks at nothing.
        OutputError: a file cannot be written.
    """
    from saccade.viewer.words_page import write_words_page

    words = writing_words()
    if path.suffix.lower() != ".html":
        _write_figures(path, views)
        return
    if views and all(_looks(view)[1] is None for view in views):
        output.note(words["blind"])
    write_words_page(views, path, title=words[f"{task}_title"], command=f"saccade {task}")
    output.note(words["written"].format(path=path))


def view_of_caption(one: Captioned, truths: Sequence[str] = ()) -> View:
    """Make the view of a picture and its captions.

    Args:
        one: what was written.
        truths: what people wrote of it.
    """
    from saccade.viewer.word_views import WordPicture

    return WordPicture(
        name=one.name,
        picture=one.picture,
        geometry=one.geometry,
        grid=one.grid,
        hypotheses=_sentences(one.hypotheses, one.words, one.texts),
        truths=tuple(truths),
    )


def view_of_translation(one: Translated) -> View:
    """Make the view of a sentence and its translations."""
    from saccade.viewer.word_views import AlignmentView

    hypotheses = _sentences(one.hypotheses, one.words, one.texts)
    return AlignmentView(source=one.source, hypotheses=hypotheses, name=one.sentence)


def view_of_answer(one: Answered) -> View:
    """Make the view of a question and its answers."""
    from saccade.viewer.word_views import QuestionView

    return QuestionView(
        name=one.name,
        picture=one.picture,
        geometry=one.geometry,
        grid=one.grid,
        question=one.words,
        answers=one.answers,
        maps=one.maps,
    )


def _sentences(
    hypotheses: Sequence[Hypothesis], words: Sequence[tuple[str, ...]], texts: Sequence[str]
) -> tuple[Sentence, ...]:
    from saccade.viewer.word_views import Sentence

    every = zip(hypotheses, words, texts, strict=True)
    return tuple(Sentence.of(*each) for each in every)


def _looks(view: View) -> tuple[tuple[str, ...], Tensor | None]:
    """Give the words of the best text, or the looks of a question, and their maps."""
    from saccade.viewer.word_views import QuestionView

    if not isinstance(view, QuestionView):
        best = view.hypotheses[0]
        return best.words, best.maps
    told, count = writing_words()["look"], 0 if view.maps is None else len(view.maps)
    return tuple(told.format(number=number + 1) for number in range(count)), view.maps


def _write_figures(path: Path, views: Sequence[View]) -> None:
    told = writing_words()["written"]
    for number, view in enumerate(views, start=1):
        file = path if len(views) == 1 else path.with_stem(f"{path.stem}-{number}")
        _write_figure(file, view)
        output.note(told.format(path=file))


def _write_figure(path: Path, view: View) -> None:
    from saccade.viewer.word_views import AlignmentView
    from saccade.viewer.words_figure import write_alignment_figure, write_caption_figure

    words, maps = _looks(view)
    if maps is None:
        raise TraceError(
            "a model that looks while it writes", "one without attention", "--attention out.html"
        )
    if isinstance(view, AlignmentView):
        write_alignment_figure(path, view.source, words, maps)
    else:
        write_caption_figure(path, view.picture, words, maps, view.grid, geometry=view.geometry)
