"""What is printed: plain and never wrapped where nobody looks, in colour on a terminal."""

import io
import json
import sys

import pytest

from saccade.cli import output

LONG = "a/very/long/folder/" * 20 + "picture.png"


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    for name in ("FORCE_COLOR", "NO_COLOR", "COLUMNS", "TTY_COMPATIBLE", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)


def test_a_table_by_hand(capsys):
    columns = {"class": "left", "share": "right"}
    output.table(columns, [("고양이", "1.00"), ("[bold]dog", 0.5)], title="[red]Title")
    expected = (
        "[red]Title\nclass       share\n─────────────────\n고양이       1.00\n[bold]dog     0.5\n"
    )
    assert capsys.readouterr().out == expected


def test_nothing_is_wrapped_or_coloured_in_a_pipe(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    output.table({"picture": "left", "class": "left"}, [(LONG, LONG)])
    output.line(LONG)
    output.error(LONG)
    output.note(LONG)
    out, err = capsys.readouterr()
    assert f"{LONG}   {LONG}" in out.splitlines()
    assert err == f"error: {LONG}\n{LONG}\n"
    assert "\x1b" not in out + err


def test_a_terminal_gets_colours_and_its_own_width(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm-256color")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    output.table({"picture": "left"}, [(LONG,)], title="Title")
    text = terminal.getvalue()
    assert "\x1b[1mTitle" in text
    assert max(len(line) for line in text.splitlines() if "\x1b" not in line) <= 40


def test_a_stream_that_is_not_utf8_gets_ascii(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    output.table({"class": "left"}, [("dog",)])
    output.as_json_line({"class": "고양이 😀"})
    stream.flush()
    *lines, last = stream.buffer.getvalue().decode("ascii").splitlines()
    assert lines == ["class", "=====", "dog"]
    assert json.loads(last) == {"class": "고양이 😀"}


def test_csv_quotes_what_needs_it(capsys):
    output.as_csv(("name", "n"), [('a "b", c', 1)])
    assert capsys.readouterr().out == 'name,n\n"a ""b"", c",1\n'
