"""The command table, exit codes, and the one place that turns an error into a line.

Exit codes: 0 done, 1 an error told in one sentence, 2 wrong usage, 130 interrupted. Commands are
named as text and loaded when called, so that help loads neither torch nor numpy.
"""

import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from cyclopts import App, CycloptsError, Group, Parameter
from cyclopts.config import Yaml

from saccade import __version__
from saccade.cli import output
from saccade.cli.inspection import inspect
from saccade.cli.kit import ALIASES, FACTS, VERBS, verb
from saccade.errors import ConfigError, SaccadeError

COMMANDS = {
    "demo": ("saccade.cli.demo:demo", "Train a small ViT on handwritten digits and look into it."),
    "train": ("saccade.cli.train:train", "Train a model on your own pictures."),
    "finetune": ("saccade.cli.finetune:finetune", "Train on from weights that know something."),
    "plan": ("saccade.cli.plan:plan", "Forecast what a large run needs: memory, hours, disk."),
    "eval": ("saccade.cli.evaluate:evaluate", "Measure a checkpoint on labelled pictures."),
    "verify": ("saccade.cli.verify:verify", "Do a run's first epochs again, and compare."),
    "probe": ("saccade.cli.probe:probe", "Tell what a line or neighbours find in features."),
    "predict": ("saccade.cli.predict:predict", "Classify pictures."),
    "caption": (
        "saccade.cli.caption:caption",
        "Write captions of pictures, with where each word looked.",
    ),
    "translate": (
        "saccade.cli.translate:translate",
        "Translate sentences, with what each word read.",
    ),
    "ask": ("saccade.cli.ask:ask", "Answer questions about a picture."),
    "segment": ("saccade.cli.segment:segment", "Label every pixel of pictures."),
    "inspect": ("saccade.cli.inspection:inspect", "Show what a model looks at, as one HTML page."),
    "timeline": ("saccade.cli.timeline:timeline", "Show how a run learned to look, as a page."),
    "reconstruct": (
        "saccade.cli.reconstruct:reconstruct",
        "Draw what a model guesses of hidden patches.",
    ),
    "explain": (
        "saccade.cli.explain:explain",
        "Show which part of a picture made a model answer so.",
    ),
    "saliency": (
        "saccade.cli.saliency:saliency",
        "Show what stands out of pictures, without any model.",
    ),
    "gaze": ("saccade.cli.gaze:gaze", "Compare maps of pictures with where people look."),
    "ablate": ("saccade.cli.ablate:ablate", "Tell what a model loses with each of its heads."),
    "describe": (
        "saccade.cli.describe:describe",
        "Tell what is recognised of any model's attention.",
    ),
    "audit": ("saccade.cli.audit:audit", "Name the wrong recipe behind an attention map."),
    "compare": (
        "saccade.cli.compare:compare",
        "Compare what attention mechanisms cost and give.",
    ),
    "select": (
        "saccade.cli.selection:select",
        "Choose the features of a table that tell its classes apart.",
    ),
    "parity": (
        "saccade.cli.parity:parity",
        "Compare a checkpoint with another library's reading of it.",
    ),
    "convert": (
        "saccade.cli.convert:convert",
        "Write weights as another library reads them.",
    ),
    "push": ("saccade.cli.push:push", "Upload a model to the Hugging Face hub."),
    "models": ("saccade.cli.models:models", "List the models."),
    "doctor": ("saccade.cli.doctor:doctor", "Tell what is wrong with data, weights or a run."),
    "completion": ("saccade.cli.completion:completion", "Write the shell completion script."),
}
# What stands after the command's name; left to itself the help says only [ARGS].
USAGE = {
    "train": "DATA [OPTIONS]",
    "finetune": "MODEL DATA [OPTIONS]",
    "plan": "[MODEL] [OPTIONS]",
    "eval": "MODEL DATA [OPTIONS]",
    "verify": "RUN [OPTIONS]",
    "probe": "MODEL DATA [OPTIONS]",
    "predict": "MODEL PICTURES... [OPTIONS]",
    "caption": "[MODEL] PICTURES... [OPTIONS]",
    "translate": "[MODEL] [SENTENCES...] [OPTIONS]",
    "ask": "[MODEL] PICTURE QUESTION... [OPTIONS]",
    "segment": "MODEL PICTURES... [OPTIONS]",
    "inspect": "MODEL PICTURES... [OPTIONS]",
    "timeline": "RUN [RUN2] [OPTIONS]",
    "reconstruct": "RUN PICTURES... [OPTIONS]",
    "explain": "MODEL PICTURES... [OPTIONS]",
    "saliency": "PICTURES... [OPTIONS]",
    "gaze": "PICTURES... --fixations FILE [OPTIONS]",
    "ablate": "MODEL PICTURES... [OPTIONS]",
    "describe": "MODEL [OPTIONS]",
    "audit": "MAP [OPTIONS]",
    "compare": "DATA [OPTIONS]",
    "select": "TABLE [OPTIONS]",
    "parity": "CHECKPOINT [PICTURES...] [OPTIONS]",
    "convert": "SOURCE TARGET [OPTIONS]",
    "push": "MODEL OWNER/NAME [OPTIONS]",
    "models": "[PATTERN] [OPTIONS]",
    "doctor": "DATA|CHECKPOINT|RUN [OPTIONS]",
    "completion": "SHELL",
}


def make_app() -> App:
    """Build the command line from the table."""
    app = App(
        name="saccade",
        help="Visual attention: build a model, train it on your pictures, see where it looks.",
        version=__version__,
        result_action="return_value",
        suppress_keyboard_interrupt=False,
        default_parameter=Parameter(negative_iterable=""),
    )
    app["--help"].group = app["--version"].group = Group("Session")
    for place, (name, (path, text)) in enumerate(COMMANDS.items()):
        usage = f"Usage: saccade {name} {USAGE.get(name, '[OPTIONS]')}"
        if name == "inspect":
            app.command(_inspect(usage, text, place))
        else:
            app.command(path, name=name, help=text, usage=usage, sort_key=place)
    return app


def _inspect(usage: str, text: str, place: int) -> App:
    """The page of `inspect`, and below it a command for each part of the kit."""
    app = App(name="inspect", help=text, usage=usage, sort_key=place)
    app.default(inspect)
    for name, told in VERBS.items():
        words = "MODEL [OPTIONS]" if name in FACTS else "MODEL PICTURES... [OPTIONS]"
        app.command(
            verb(name),
            name=(name, ALIASES[name]) if name in ALIASES else name,
            help=told,
            usage=f"Usage: saccade inspect {name} {words}",
        )
    return app


def _options_file(given: Sequence[str]) -> tuple[Yaml, ...]:
    """Find the YAML file that --config names; its options stand below the flags."""
    for place, word in enumerate(given):
        name, _, value = word.partition("=")
        if name == "--config":
            path = value or next(iter(given[place + 1 :]), "")
            _check_yaml(path)
            return (Yaml(path, must_exist=True, use_commands_as_keys=False),)
    return ()


def _check_yaml(path: str) -> None:
    import yaml

    try:
        with open(path, "rb") as file:
            yaml.safe_load(file)
    except (OSError, yaml.YAMLError) as error:
        words = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise ConfigError(
            f"a YAML file of options at {path}", words, "lines such as epochs: 10"
        ) from error


def _forget_output() -> None:
    """Let what could not be written go, so that Python does not try again at its end."""
    with suppress(OSError):  # a stream that is no file has nothing to try again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    # Threads that wait for each other give the core away soon: on a machine that also does other
    # work, torch's default of spinning makes small steps many times slower.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    app = make_app()
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # where it has no letter for 고, no traceback
            stream.reconfigure(errors="backslashreplace")
    try:
        app.config = _options_file(given)
        result = app(given, exit_on_error=False, print_error=True)
        sys.stdout.flush()  # a broken pipe shows here, not when Python has ended
    except CycloptsError:
        return 2
    except SaccadeError as error:
        output.error(str(error))
        return 1
    except KeyboardInterrupt:
        output.error("interrupted")
        return 130
    except BrokenPipeError:  # the reader of our output went away, as `| head` does
        _forget_output()
        return 0
    except OSError as error:
        output.error(f"expected to read and write files, got {error}")
        _forget_output()
        return 1
    return result if isinstance(result, int) else 0
