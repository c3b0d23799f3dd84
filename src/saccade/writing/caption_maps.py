"""Where a captioner looked at a picture while it wrote: the mean over the words of its caption.

Source: Xu et al., "Show, Attend and Tell", ICML 2015, arXiv:1502.03044, section 5.4, which shows
the maps of single words.
Axes: t word, j cell, h rows, w columns.
"""

from pathlib import Path

from PIL import Image
from torch import Tensor

from saccade.checkpoints.word_weights import WordWeights
from saccade.errors import DataError, TraceError
from saccade.explanation.gaze_sources import MapSource, over_picture, squashed
from saccade.writing.captions import Captioned, CaptionWriter
from saccade.writing.search import Search


def caption_map(one: Captioned) -> Tensor:
    """Lay the mean map of a caption's words over the picture (h w), in its pixels.

    What the model did not see gets the lowest entry.

    Raises:
        TraceError: the model gives no weights, or wrote no word.
    """
    weights = one.hypotheses[0].weights
    if weights is None or not len(weights):
        raise TraceError("a captioner that tells where it looks", "no weights", "another model")
    values = weights.detach().float().cpu().mean(dim=0).reshape(one.grid)
    return over_picture(values, one.geometry)


def caption_source(weights: WordWeights, *, crop: bool = False, beam: int = 3) -> MapSource:
    """Give the mean maps of the words that a captioner writes of pictures.

    Args:
        weights: of a model that writes captions.
        crop: whether it sees what its own preprocessing cuts out, instead of the whole picture
            with its sides squashed.
        beam: captions of a picture that are followed at once.

    Raises:
        CheckpointError: the weights are for something else.
    """
    writer = CaptionWriter(weights)
    if not crop:
        writer.preprocessing = squashed(writer.preprocessing)

    def source(path: Path, _picture: Image.Image) -> Tensor:
        for one in writer.write([path], Search(beam=beam)):
            return caption_map(one)
        raise DataError("a picture that can be read", path.name, "another file")

    return source
