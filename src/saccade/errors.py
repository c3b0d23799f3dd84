"""The errors of saccade, each one sentence: what was expected, what came, what to try.

SaccadeError
├── ShapeError (ValueError)        a tensor of the wrong shape or type
├── ConfigError (ValueError)       an option that cannot work
├── UnknownName (KeyError)         a name that is in no table; the nearest ones are offered
├── CheckpointError                a weight file that cannot be read or does not fit
├── DataError                      a picture or data set that cannot be read
├── TraceError                     attention that was asked for and cannot be shown
├── OutputError (OSError)          a result that cannot be written
└── MissingExtra (ImportError)     an optional package that is not installed
"""


class SaccadeError(Exception):
    """Anything that a caller can cause, told in one sentence.

    Args:
        expected: what would have been right.
        got: what came instead.
        hint: what to try next, an imperative phrase; left out when empty.
    """

    def __init__(self, expected: str, got: str, hint: str = "") -> None:
        self.expected = expected
        self.got = got
        self.hint = hint
        super().__init__(str(self))

    def __str__(self) -> str:
        """The sentence; KeyError and OSError would tell it otherwise."""
        return f"expected {self.expected}, got {self.got}" + (
            f"; try {self.hint}" if self.hint else ""
        )

    def __reduce__(self) -> tuple[type, tuple[str, str, str]]:
        """Pickle by the three parts, so that an error crosses process borders whole."""
        return type(self), (self.expected, self.got, self.hint)


class ShapeError(SaccadeError, ValueError):
    """A tensor of the wrong shape or type."""


class ConfigError(SaccadeError, ValueError):
    """An option that cannot work."""


class UnknownName(SaccadeError, KeyError):
    """A name that is in no table."""


class CheckpointError(SaccadeError):
    """A weight file that cannot be read or does not fit the model."""


class DataError(SaccadeError):
    """A picture or a data set that cannot be read."""


class TraceError(SaccadeError):
    """Attention that was asked for and cannot be shown."""


class OutputError(SaccadeError, OSError):
    """A result that cannot be written."""


class MissingExtra(SaccadeError, ImportError):
    """An optional package that is not installed."""
