"""The catalogue of models: data only. A name, how it differs from the config's defaults, its size.

Parameter counts are those of a head with 1000 classes at the size in the name, unless the entry
says otherwise. Names are timm's where timm has the model.
"""

from saccade.models.entries import resnet, san, segmentation, video, vit, wide_resnet
from saccade.models.entry import Entry
from saccade.table import Table

CATALOG: Table[Entry] = Table(
    "model",
    {
        **vit.ENTRIES,
        **resnet.ENTRIES,
        **wide_resnet.ENTRIES,
        **san.ENTRIES,
        **segmentation.ENTRIES,
        **video.ENTRIES,
    },
)
