"""What a run is watched by: the time-lapse, if there is one, and the alarm in any case."""

import torch
from torch import nn

from saccade.data.transforms import Preprocessing
from saccade.errors import DataError
from saccade.training.config import TrainConfig
from saccade.training.journal import Journal
from saccade.training.watching.alarm import EntropyAlarm
from saccade.training.watching.glance import Glance, glance
from saccade.training.watching.probe_set import ProbeSet, Source, open_probes
from saccade.training.watching.watcher import Watcher

_FEW = 4  # pictures that are enough for the alarm
_TIMES = 20  # the alarm looks at most in a run, after the first and the last epoch among them


class RunWatch:
    """Looks at the model before the first step and after epochs, as `Task.watch` asks.

    The time-lapse has its own rhythm, `every`; the alarm alone looks about twenty times in a run.

    Args:
        config: of the run: `epochs`, `watch`, `every`, `ema_decay`.
        preprocessing: of the model.
        classes: of the run.
        journal: where alarms and notes go; a silent one belongs to a process that writes nothing.
        otherwise: pictures for the alarm alone, where `watch` names none; there is no alarm when
            none of them can be read.
        done: epochs that are done already, in a run that is gone on with.

    Raises:
        DataError: `watch` names no picture, or the run was watched on others before.
    """

    def __init__(
        self,
        config: TrainConfig,
        preprocessing: Preprocessing,
        classes: tuple[str, ...],
        journal: Journal,
        *,
        otherwise: Source = (),
        done: int = 0,
    ) -> None:
        self._journal, self._epochs = journal, config.epochs or 0
        self._every = max(1, self._epochs // _TIMES)
        self._weights = "average" if config.ema_decay else "own"
        self._preprocessing = preprocessing
        self._alarm = EntropyAlarm()
        self._watcher: Watcher | None = None
        self._few: ProbeSet | None = None
        if config.watch is None:
            self._few = _readable(otherwise, preprocessing)
            return
        self._watcher = Watcher(
            config.watch,
            preprocessing,
            journal.path.parent,
            config.every or 1,
            classes=classes,
            say=lambda sentence: journal.write("note", sentence=sentence),
            writes=not journal.silent,
        )
        if done:
            self._watcher.go_on(done)

    def record(self, model: nn.Module, epoch: int, step: int) -> None:
        """Look at the model after so many epochs and steps, and sound the alarm when it is due."""
        found = self._look(model, epoch, step)
        if found is None or not self._epochs:
            return
        sentence = self._alarm(found.relative, share=epoch / self._epochs)
        if sentence is not None:
            self._journal.write("alarm", epoch=epoch, step=step, sentence=sentence)

    def _look(self, model: nn.Module, epoch: int, step: int) -> Glance | None:
        if self._watcher is not None:
            last = epoch == self._epochs
            return self._watcher.record(model, epoch, step, weights=self._weights, last=last)
        due = epoch % self._every == 0 or epoch in (1, self._epochs)
        if self._few is None or not due:
            return None
        pixels = torch.from_numpy(self._few.pixels)
        found = glance(model, self._preprocessing.normalize(pixels))
        if not found.layers:
            self._few = None  # a model without attention is not asked again
        return found


def _readable(source: Source, preprocessing: Preprocessing) -> ProbeSet | None:
    try:
        return open_probes(source, preprocessing, most=_FEW)
    except DataError:
        return None
