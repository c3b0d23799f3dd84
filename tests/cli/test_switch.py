"""A switch: off unless it is named, and without a twin that switches it off."""

from cyclopts import App

from saccade.cli.switch import Switch


def test_a_switch_by_hand(capsys):
    app = App(name="x", result_action="return_value")

    @app.default
    def command(*, loud: Switch = False) -> bool:
        return loud

    assert app([]) is False
    assert app(["--loud"]) is True
    app.help_print([])
    text = capsys.readouterr().out
    assert "--loud" in text
    assert "--no-loud" not in text
    assert "default" not in text
