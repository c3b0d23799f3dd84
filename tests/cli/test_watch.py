"""Watching a run: reasons always, a bar on a terminal only."""

import sys

from saccade.cli.watch import watching
from tests.cli.test_output import Terminal

CHOICES = {
    "event": "choices",
    "choices": [{"name": "lr", "value": 0.001, "reason": "small batches"}],
}


def test_a_pipe_sees_the_reasons_and_no_bar(capsys):
    with watching() as show:
        show(CHOICES)
        show({"event": "step", "epoch": 1, "step": 1, "steps": 2, "loss": 0.5})
    assert capsys.readouterr() == ("", "lr  0.001  small batches\n")


def test_a_terminal_sees_each_choice_and_its_reason(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    with watching() as show:
        show(CHOICES)
    text = terminal.getvalue()
    for word in ("lr", "0.001", "small batches"):
        assert word in text
