"""The catalogue of models: data only. A name, how it differs from the config's defaults, its size.

Parameter counts are those of a head with 1000 classes at the size in the name, unless the entry
says otherwise. Names are timm's where timm has the model.
"""

from saccade.models.entries import (
    beit,
    bit,
    deit,
    eva,
    hybrid,
    mixer,
    pvt,
    ram,
    resnet,
    san,
    segmentation,
    st_cnn,
    swin,
    video,
    vit,
    vit_contrastive,
    vit_pretrained,
    wide_resnet,
)
from saccade.models.entry import Entry
from saccade.table import Table

CATALOG: Table[Entry] = Table(
    "model",
    {
        **vit.ENTRIES,
        **vit_pretrained.ENTRIES,
        **vit_contrastive.ENTRIES,
        **deit.ENTRIES,
        **beit.ENTRIES,
        **eva.ENTRIES,
        **hybrid.ENTRIES,
        **resnet.ENTRIES,
        **bit.ENTRIES,
        **mixer.ENTRIES,
        **pvt.ENTRIES,
        **swin.ENTRIES,
        **wide_resnet.ENTRIES,
        **san.ENTRIES,
        **ram.ENTRIES,
        **st_cnn.ENTRIES,
        **segmentation.ENTRIES,
        **video.ENTRIES,
    },
)
