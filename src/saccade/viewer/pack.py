"""Pack the viewer and its data into one HTML file that needs nothing else.

The page is plain ES modules. In the file they stand as data: addresses in an import map, the style
sheet stands in the head and the payload in a block of JSON, so the file opens from a disk, a mail
or a server alike. A content security policy forbids every request; the two inline scripts and the
style sheet are allowed by their hashes.
"""

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import NamedTuple

from saccade.errors import OutputError

_TITLE = "<title>saccade</title>"
_MODULES = '<script type="importmap">{"imports": {"saccade/": "./"}}</script>'
_PAYLOAD = '<script type="application/json" id="payload">null</script>'
_IMPORT = re.compile(r'(?:from|import) "saccade/([\w/]+\.js)"')


class Page(NamedTuple):
    """A page of the folder `web`.

    Attributes:
        template: its HTML file.
        styles: its style sheets, as the template links them.
        start: the module that it begins with.
    """

    template: str
    styles: tuple[str, ...]
    start: str


REPORT = Page("index.html", ("viewer.css",), "viewer.js")
TIMELINE = Page("timeline.html", ("viewer.css", "timeline.css"), "timeline/start.js")


def pack(payload: Mapping[str, object], *, title: str, page: Page = REPORT) -> str:
    """Make the text of one self-contained HTML file.

    Args:
        payload: what the page shows, JSON values only.
        title: the title of the window.
        page: that shows it.

    Raises:
        OutputError: if the payload holds something that JSON cannot write.
    """
    before, after = _page(page)
    named = before.replace(_TITLE, f"<title>{html.escape(title)}</title>", 1)
    return (
        f'{named}<script type="application/json" id="payload">{_as_json(payload)}</script>{after}'
    )


def _as_json(payload: Mapping[str, object]) -> str:
    """Write JSON that cannot end the script element it stands in."""
    try:
        text = json.dumps(payload, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise OutputError(
            "a payload of finite numbers, texts, lists and tables",
            str(error),
            "convert tensors to lists and replace missing numbers by null",
        ) from error
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


@cache
def _page(page: Page) -> tuple[str, str]:
    """Assemble the page around its payload: the text before and the text after."""
    style = "".join(_read(name) for name in page.styles)
    links = "\n".join(f'<link rel="stylesheet" href="{name}">' for name in page.styles)
    imports = json.dumps({"imports": _addresses(_modules(page.start))}, separators=(",", ":"))
    text, start = _read(page.template), f'import "saccade/{page.start}";'
    text = _swap(text, links, f"{_policy(style, imports, start)}\n<style>{style}</style>")
    text = _swap(text, _MODULES, f'<script type="importmap">{imports}</script>')
    before, _, after = text.partition(_PAYLOAD)
    return before, after


def _read(name: str) -> str:
    return (resources.files("saccade.viewer") / "web" / name).read_text(encoding="utf-8")


def _modules(start: str) -> dict[str, str]:
    """Read a module and all that it imports, by name."""
    found: dict[str, str] = {}
    waiting: Sequence[str] = [start]
    while waiting:
        found |= {name: _read(name) for name in waiting}
        named = {target for text in found.values() for target in _IMPORT.findall(text)}
        waiting = sorted(named - set(found))
    return dict(sorted(found.items()))


def _addresses(modules: Mapping[str, str]) -> dict[str, str]:
    """Turn modules into data: addresses; sourceURL gives them a readable name in error messages."""
    addresses = {}
    for name, text in modules.items():
        named = f"{text}//# sourceURL=saccade/{name}\n"
        code = base64.b64encode(named.encode()).decode()
        addresses[f"saccade/{name}"] = f"data:text/javascript;base64,{code}"
    return addresses


def _policy(style: str, imports: str, start: str) -> str:
    """Forbid every request, and all code and style but the packed ones."""
    rules = (
        "default-src 'none'",
        f"script-src data: {_digest(imports)} {_digest(start)}",
        f"style-src {_digest(style)}",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(rules)}">'


def _digest(text: str) -> str:
    """Name an inline script or style by its hash, as a policy does."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _swap(page: str, old: str, new: str) -> str:
    """Replace a mark of the template that must stand there once."""
    if page.count(old) != 1:
        raise OutputError(
            f"the viewer page to hold {old!r} once",
            f"{page.count(old)} times",
            "installing saccade again",
        )
    before, _, after = page.partition(old)
    return before + new + after
