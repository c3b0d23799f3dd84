"""The watcher: looks at a few fixed pictures through a model that learns, every so many epochs.

The run does not notice: chance, modes and gradients are as if nobody had looked. When a look fails,
because the weights are no longer numbers, this is said and the run goes on.
"""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from saccade.data.transforms import Preprocessing
from saccade.errors import ConfigError, DataError
from saccade.training.watching.glance import Glance, glance
from saccade.training.watching.lapse import (
    FOLDER,
    forget_after,
    read_probes,
    write_frame,
    write_probes,
)
from saccade.training.watching.probe_set import Source, open_probes

Say = Callable[[str], None]


class Watcher:
    """Records what a model shows of itself on a fixed set of pictures.

    Args:
        source: a folder of pictures, or a list of files and pictures; the first 16 are taken.
        preprocessing: of the model.
        folder: of the run; `timelapse` in it is what is written.
        every: epochs between two looks, 1 or more.
        classes: names of what the model answers; without them answers are not recorded.
        say: called with sentences for people, each once.
        writes: whether this process writes; others only run the model, as sharded weights want it.

    Raises:
        ConfigError: `every` is less than 1.
        DataError: there is no picture, or the run was watched on others before.
    """

    def __init__(
        self,
        source: Source,
        preprocessing: Preprocessing,
        folder: Path,
        every: int = 1,
        *,
        classes: tuple[str, ...] = (),
        say: Say | None = None,
        writes: bool = True,
    ) -> None:
        if every < 1:
            raise ConfigError("to look every 1 or more epochs", str(every), "every=1")
        self.every = every
        self.folder = folder / FOLDER
        self.bytes = 0
        self._preprocessing, self._classes = preprocessing, classes
        self._say, self._said, self._writes = say, set[str](), writes
        self.probes = open_probes(source, preprocessing)
        self._begun = self._check()
        for note in self.probes.notes:
            self._tell(note)

    def due(self, epoch: int) -> bool:
        """Tell whether it is time to look after so many epochs; 0 is before the first step."""
        return epoch % self.every == 0

    def go_on(self, epoch: int) -> None:
        """Forget what was seen after `epoch`: the run will do those epochs again."""
        if self._writes:
            forget_after(self.folder, epoch)

    def record(
        self, model: nn.Module, epoch: int, step: int, *, weights: str = "own", last: bool = False
    ) -> Glance | None:
        """Look through the model and write what is seen, when it is time.

        Args:
            model: on its device; it is left as it was.
            epoch: epochs that are done, 0 before the first step.
            step: steps of the optimizer that are done.
            weights: whose the model has at the moment: "own", or "average" for the moving average.
            last: the run ends here, so look in any case.

        Returns:
            What was seen, for an alarm; None when it is not time.

        Raises:
            OutputError: the file cannot be written.
        """
        if not (last or self.due(epoch)):
            return None
        pixels = torch.from_numpy(self.probes.pixels)
        found = glance(model, self._preprocessing.normalize(pixels))
        if found.lack:
            self._tell(found.lack)
        if self._writes:
            self._begin(model)
            kept = found if self._answers(found) else Glance(found.layers, None)
            self.bytes += write_frame(
                self.folder, kept, epoch=epoch, step=step, weights=weights, seen=self._seen(model)
            )
        return found

    def _answers(self, found: Glance) -> bool:
        return found.logits is not None and found.logits.shape[1] == len(self._classes)

    def _seen(self, model: nn.Module) -> tuple[int, int, int, int]:
        """What of the model's image is cut into patches: left, top, width, height."""
        canvas = getattr(model, "canvas", None)
        if canvas is None:
            return 0, 0, self.probes.pixels.shape[3], self.probes.pixels.shape[2]
        return canvas.corner[1], canvas.corner[0], canvas.size[1], canvas.size[0]

    def _check(self) -> bool:
        """See that a time-lapse that is gone on with has the same pictures."""
        about = read_probes(self.folder)
        if about is None:
            return False
        if about["fingerprint"] != self.probes.fingerprint:
            names = ", ".join(one["name"] for one in about["pictures"][:4])
            raise DataError(
                f"the {len(about['pictures'])} pictures that this run is watched on ({names})",
                f"others ({', '.join(self.probes.names[:4])})",
                "the same pictures, unchanged",
            )
        return True

    def _begin(self, model: nn.Module) -> None:
        if self._begun:
            return
        name = getattr(model, "name", type(model).__name__)
        about = {
            "model": name if isinstance(name, str) else type(model).__name__,
            "classes": list(self._classes),
            "preprocessing": self._preprocessing.to_dict(),
        }
        write_probes(self.folder, self.probes, about)
        self._begun = True

    def _tell(self, sentence: str) -> None:
        if self._say is not None and sentence not in self._said:
            self._said.add(sentence)
            self._say(sentence)
