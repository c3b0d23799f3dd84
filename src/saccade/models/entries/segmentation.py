"""Networks of the catalogue that label every pixel."""

from collections.abc import Mapping

from saccade.models.entry import Entry

ENTRIES: Mapping[str, Entry] = {
    "ccnet_resnet101": Entry(
        "saccade.models.ccnet:CCNet",
        "CCNetConfig",
        {},
        71_287_911,
        "arXiv:1811.11721; 19 classes of Cityscapes; count of github.com/speedinghzl/CCNet",
        {"img_size": (769, 769)},
        task="segment",
    ),
}
