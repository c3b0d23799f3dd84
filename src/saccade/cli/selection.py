"""saccade select: which features of a table tell the classes apart?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from saccade.cli import output
from saccade.cli.selection_words import method_words, selection_words
from saccade.cli.switch import Switch
from saccade.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from saccade.classic.found import Selection
    from saccade.classic.honest_selection import Honesty
    from saccade.data.number_tables import NumberTable


def select(
    table: str,
    /,
    *,
    target: str | None = None,
    k: int = 2,
    method: str = "fisher",
    search: Literal["top", "forward", "backward", "exhaustive"] | None = None,
    missing: Literal["error", "rows", "features"] = "error",
    leave_out: str = "",
    delimiter: str | None = None,
    honest: Switch = False,
    folds: int = 5,
    classifier: Literal["neighbours", "logistic"] = "neighbours",
    out: Annotated[Path | None, Parameter(alias="-o")] = None,
    save: Path | None = None,
    seed: int = 0,
    json: Switch = False,
) -> int:
    """Rank the features of a table by what they tell of its classes, and mask all but the best.

    Args:
        table: a .csv, .tsv or .npz file, or four_features, iris, wine, breast_cancer or digits.
        target: the column of classes in a file; y, target, label or class unless told.
        k: how many features are kept.
        method: fisher, anova, separability, separability_squared, correlation, auc,
            mutual_information, chi2, relief, l1, trees, mrmr, trace, neighbours or logistic; "all"
            compares the masks of all but the last two.
        search: how trace, neighbours and logistic look for a subset; forward unless told.
        missing: what to do with NaN, infinity and empty cells: name them and stop, leave out their
            rows, or their features.
        leave_out: columns of a file that are no features, with commas between them.
        delimiter: between the cells of a text file; what the first line has most of unless told.
        honest: measure the accuracy with the features chosen again in each fold, beside the number
            that leaks.
        folds: of --honest.
        classifier: of --honest.
        out: a picture of the choice to write, .svg or .png.
        save: a CSV to write, with the chosen features and the classes.
        seed: of what the method draws, and of the folds.
        json: print what was found as JSON.
    """
    from functools import partial

    from saccade.classic.honest_selection import honest_accuracy
    from saccade.classic.selection import select_features

    _check_files(out, save)
    found = _opened(table, target, leave_out, delimiter)
    given = partial(select_features, found.values, found.labels, names=found.names)
    ask = partial(given, k=k, missing=missing, seed=seed)
    if method == "all":
        _check_alone({"search": search, "honest": honest, "out": out, "save": save})
        return _compare(found, ask, as_json=json)
    chosen = ask(method=method, search=search)
    told = None
    if honest:
        told = honest_accuracy(
            found.values, found.labels, chosen, folds=folds, classifier=classifier
        )
    _write(found, chosen, out, save)
    if json:
        honesty = told and told.to_dict()
        output.as_json({"table": found.name, **chosen.to_dict(), "honest": honesty})
        return 0
    _tell(found, chosen, told)
    _tell_files({"figure": out, "saved": save})
    return 0


def _check_files(out: Path | None, save: Path | None) -> None:
    """See that what was asked for can be written, before anything is measured."""
    from saccade.files import check_writable
    from saccade.viewer.figure_pens import FIGURES

    if out is not None:
        check_writable(out, FIGURES)
    if save is not None:
        check_writable(save)


def _check_alone(options: Mapping[str, object]) -> None:
    """Refuse what `--method all` would not heed."""
    given = [f"--{name}" for name, value in options.items() if value]
    if given:
        raise ConfigError("one method", f"all with {' and '.join(given)}", "--method fisher")


def _opened(table: str, target: str | None, leave_out: str, delimiter: str | None) -> NumberTable:
    from saccade.data.bundled_tables import BUNDLED, bundled_table
    from saccade.data.number_tables import read_numbers

    if table in BUNDLED and not Path(table).exists():
        return bundled_table(table)
    gone = [name.strip() for name in leave_out.split(",") if name.strip()]
    return read_numbers(Path(table), target=target, leave_out=gone, delimiter=delimiter)


def _write(found: NumberTable, chosen: Selection, out: Path | None, save: Path | None) -> None:
    """Write the picture and the smaller table, where they were asked for."""
    from saccade.data.number_tables import table_text
    from saccade.files import write_text

    if out is not None:
        from saccade.viewer.selection_figure import FigureWords, write_selection_figure

        text = selection_words()
        told = FigureWords(*(text[f"figure_{part}"] for part in ("title", "best", "more")))
        write_selection_figure(
            out, found.values, found.labels, chosen, table=found.name, words=told
        )
    if save is not None:
        write_text(save, table_text(found, chosen.columns))


def _tell(found: NumberTable, chosen: Selection, honesty: Honesty | None) -> None:
    from saccade.classic.selection import METHODS
    from saccade.cli.remarks import tell_remarks

    text = selection_words()
    parts = {"table": found.name, "rows": chosen.rows, "d": len(chosen.names), "k": chosen.k}
    kinds = ", ".join(chosen.classes[:8]) + (" ..." if len(chosen.classes) > 8 else "")
    columns = {text["rank"]: "right", text["feature"]: "left", text["score"]: "right"}
    columns |= {text["mask"]: "right"} | ({text["folds"]: "right"} if honesty else {})
    rows = []
    for rank, place in enumerate(chosen.ranking, start=1):
        name = chosen.names[place]
        row = [rank, name, f"{chosen.scores[place]:.4g}", chosen.mask[place]]
        rows.append([*row, honesty.chosen.get(name, 0)] if honesty else row)
    output.table(
        columns, rows, title=text["title"].format(**parts, classes=kinds, method=chosen.method)
    )
    about = method_words(chosen.method, METHODS[chosen.method].about)
    output.line(text["score_is"].format(about=about))
    output.line(text["bits"].format(bits=_bits(chosen)))
    output.line(text["trace"].format(trace=f"{chosen.trace:.4g}"))
    tell_remarks(chosen.remarks)
    if honesty is not None:
        _tell_honesty(honesty, len(chosen.names))


def _tell_honesty(honesty: Honesty, count: int) -> None:
    text = selection_words()
    folds = {"classifier": honesty.classifier, "folds": len(honesty.inside)}
    output.line(text["honest"].format(**folds, chance=honesty.chance))
    for name in ("inside", "leaky", "everything"):
        scores = getattr(honesty, name)
        mean = sum(scores) / len(scores)
        spread = f"{min(scores):.1%} - {max(scores):.1%}"
        output.line(f"  {mean:6.1%}  ({spread})  {text[name].format(d=count)}")
    points = 100 * honesty.optimism
    output.line(text["optimism" if points > 0 else "no_optimism"].format(points=points))


def _tell_files(written: Mapping[str, Path | None]) -> None:
    for name, path in written.items():
        if path is not None:
            output.line(selection_words()[name].format(path=path))


def _compare(found: NumberTable, ask: Callable[..., Selection], *, as_json: bool) -> int:
    """Print the mask of each method that can judge the table, and why the others cannot."""
    from saccade.classic.selection import METHODS

    text = selection_words()
    kept: list[Selection] = []
    for name in METHODS.names():
        if name in ("neighbours", "logistic"):  # too slow for a first look
            continue
        try:
            kept.append(ask(method=name))
        except DataError as error:
            if not kept:  # it is not the method that is in the way
                raise
            output.note(text["left_out"].format(method=name, reason=error))
    if as_json:
        output.as_json({"table": found.name, "methods": [one.to_dict() for one in kept]})
        return 0
    columns = {text[part]: "left" for part in ("method", "search", "mask", "chosen")}
    parts = {"table": found.name, "k": kept[0].k, "d": len(found.names)}
    output.table(
        {**columns, "tr(Sw^-1 Sb)": "right"},
        [
            (one.method, one.search, _bits(one), ", ".join(one.chosen), f"{one.trace:.4g}")
            for one in kept
        ],
        title=text["all_title"].format(**parts),
    )
    return 0


def _bits(one: Selection) -> str:
    return " ".join(map(str, one.mask))
