"""Run the command line as `python -m saccade`."""

import sys

from saccade.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
