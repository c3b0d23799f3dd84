"""A switch of the command line: off unless it is named, and without a --no- twin."""

from typing import Annotated

from cyclopts import Parameter

Switch = Annotated[bool, Parameter(negative="", show_default=False)]
