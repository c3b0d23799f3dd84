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
    "ccnet_resnet50": Entry(
        "saccade.models.ccnet:CCNet",
        "CCNetConfig",
        {"depths": (3, 4, 6, 3), "stem": "plain"},
        52_172_007,
        "arXiv:1811.11721, with the stem of ResNet-50, whose weights fit; 19 classes",
        {"img_size": (769, 769)},
        task="segment",
    ),
    "ccnet_resnet18": Entry(
        "saccade.models.ccnet:CCNet",
        "CCNetConfig",
        {"depths": (2, 2, 2, 2), "block": "basic", "stem": "plain"},
        12_972_679,
        "arXiv:1811.11721, on ResNet-18, whose weights fit; 19 classes",
        {"img_size": (480, 480)},
        task="segment",
    ),
    "ccnet_small": Entry(
        "saccade.models.ccnet:CCNet",
        "CCNetConfig",
        {"depths": (2, 2, 2, 2), "width": 24, "block": "basic"},
        1_849_419,
        "arXiv:1811.11721, small enough to learn from fresh weights on a CPU; 19 classes",
        {"img_size": (180, 240)},
        task="segment",
    ),
    "ccnet_grid": Entry(
        "saccade.models.ccnet_grid:CCNetGrid",
        "CCNetGridConfig",
        {},
        6_163_188,
        "arXiv:1811.11721, section 3, on the grid of any classifier, here ViT-Tiny; 19 classes",
        {"img_size": (224, 224)},
        task="segment",
    ),
}
