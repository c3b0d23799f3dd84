"""What parts of the kit found, as one HTML page that needs nothing else.

Tables, notes and drawings stand in the file itself; headings are English and Korean. A table over
pictures has one cell for each measure: mean ± standard deviation, and least … most below it.
"""

import base64
import html
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources

from PIL import Image

from saccade import __version__
from saccade.inspection.kit.findings import Findings
from saccade.inspection.kit.spreads import Cell, Stat, Summary
from saccade.inspection.kit.words import ABOUT, TITLES, korean

_LONG = 200  # rows of a table that has no shorter form


def page(
    found: Mapping[str, Findings], *, model: str, refused: Mapping[str, str] | None = None
) -> str:
    """Write the page.

    Args:
        found: what each part found, by its name.
        model: what the model is called.
        refused: a sentence for each part that the model cannot have.
    """
    template = (resources.files("saccade.inspection.kit") / "page.html").read_text("utf-8")
    listed = "".join(f'<li><a href="#{name}">{_title(name)}</a></li>' for name in found)
    body = [f'<nav aria-label="contents"><ul>{listed}</ul></nav>' if len(found) > 1 else ""]
    body += ["<main>", *(_section(name, one) for name, one in found.items())]
    if refused:
        body.append(f"<section><h2>{_both('not for this model')}</h2>")
        for told in dict.fromkeys(refused.values()):
            names = ", ".join(_title(name) for name, why in refused.items() if why == told)
            body.append(f'<p class="note">{names}: {html.escape(told)}</p>')
        body.append("</section>")
    heading = html.escape(model)
    texts = {
        "title": f"{heading}: {html.escape(', '.join(found))}",
        "heading": heading,
        "body": "\n".join([*body, "</main>"]),
        "foot": f"saccade {html.escape(__version__)}",
    }
    for name, text in texts.items():
        before, _, after = template.partition("{{" + name + "}}")
        template = before + text + after
    return template


def _section(name: str, found: Findings) -> str:
    about = _pair(*ABOUT[name]) if name in ABOUT else ""
    parts = [f'<section id="{name}"><h2>{_title(name)}</h2><p>{about}</p>']
    parts += [f'<p class="note">{_both(note)}</p>' for note in found.notes]
    parts += [_figure(name, drawing, picture) for drawing, picture in found.charts.items()]
    parts.append(_table(found))
    return "\n".join([*parts, "</section>"])


def _figure(name: str, drawing: str, picture: Image.Image) -> str:
    data = io.BytesIO()
    picture.save(data, format="PNG")
    source = f"data:image/png;base64,{base64.b64encode(data.getvalue()).decode('ascii')}"
    told = html.escape(drawing)
    caption = "" if drawing == "chart" else f"<figcaption>{told}</figcaption>"
    return (
        f'<figure><img src="{source}" width="{picture.width}" height="{picture.height}" '
        f'alt="{html.escape(name)}: {told}">{caption}</figure>'
    )


def _table(found: Findings) -> str:
    if found.summary is not None:
        return _spread(found.summary)
    header, rows = found.brief or (found.header, found.rows[:_LONG])
    return _framed(header, [[_cell(cell) for cell in row] for row in rows])


def _spread(summary: Summary) -> str:
    count = f"n = {summary.pictures} pictures"
    told = (
        "Each number is the mean over the pictures ± their standard deviation, and below it the "
        "least … the most of them."
    )
    # A word has its Korean beside it on the page, so a column for that says nothing more.
    kept = [place for place, key in enumerate(summary.keys) if "Korean" not in key]
    rows = [
        [
            *(_cell(line.labels[place]) for place in kept),
            *(_stat(stat) for stat in line.stats),
            *(_cell(cell) for cell in line.after),
        ]
        for line in summary.lines
    ]
    header = [*(summary.keys[place] for place in kept), *summary.measures, *summary.after]
    return f"<p>{_both(told)} {_both(count)}</p>{_framed(header, rows)}"


def _framed(header: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    heads = "".join(f'<th scope="col">{_both(name)}</th>' for name in header)
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return (
        f'<div class="wide" tabindex="0"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return f"<td>{_both(cell)}</td>"
    return f'<td class="number">{_number(cell)}</td>'


def _stat(stat: Stat) -> str:
    if not math.isfinite(stat.mean):
        return "<td></td>"
    return (
        f'<td class="number">{_number(stat.mean)} ± {stat.std:.3g}'
        f"<small>{_number(stat.least)} … {_number(stat.most)}</small></td>"
    )


def _number(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    return f"{value:.4g}" if abs(value) < 10_000 else f"{value:.0f}"


def _title(name: str) -> str:
    return _pair(*TITLES[name]) if name in TITLES else html.escape(name)


def _both(text: str) -> str:
    other = korean(text)
    return html.escape(text) if other is None else _pair(text, other)


def _pair(english: str, other: str) -> str:
    return (
        f'<span lang="en">{html.escape(english)}</span><span lang="ko">{html.escape(other)}</span>'
    )
