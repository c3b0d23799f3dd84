"""Data: pictures from files to batches, and the way from each model pixel back to its file.

Only `batches` needs torch: the rest is read by commands that must start fast.
"""

from saccade.data.augmentation import Augmentation
from saccade.data.decode import open_picture
from saccade.data.geometry import Geometry
from saccade.data.images import open_images
from saccade.data.sets import BadFile, ImageSet, Picture, Splits
from saccade.data.transforms import Preprocessing

__all__ = [
    "Augmentation",
    "BadFile",
    "Geometry",
    "ImageSet",
    "Picture",
    "Preprocessing",
    "Splits",
    "open_images",
    "open_picture",
]
