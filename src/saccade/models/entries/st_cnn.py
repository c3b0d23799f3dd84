"""Networks for distorted digits of the catalogue, plain and with a spatial transformer first."""

from collections.abc import Mapping

from saccade.models.entry import Entry

_PAPER = "arXiv:1506.02025 section 4.1 and appendix A.4; 10 classes"
_PIXELS: Mapping[str, object] = {
    "img_size": (28, 28),
    "crop_pct": 1.0,
    "interpolation": "bilinear",
    "mean": (0.1307,),
    "std": (0.3081,),
    "in_chans": 1,
}
# PyTorch's tutorial "Spatial Transformer Networks Tutorial".
_TUTORIAL: Mapping[str, object] = {
    "warp": "affine",
    "filters": (10, 20),
    "kernel_sizes": (5, 5),
    "hidden": 50,
    "drop_rate": 0.5,
    "ceil_mode": False,
    "loc_pool": 1,
    "loc_filters": (8, 10),
    "loc_kernel_sizes": (7, 5),
    "loc_hidden": 32,
    "padding_mode": "zeros",
    "align_corners": False,
}


def _net(parameters: int, source: str = _PAPER, **changes: object) -> Entry:
    path = "saccade.models.st_cnn:STCNN"
    return Entry(path, "STCNNConfig", changes, parameters, source, _PIXELS)


# A warped network has fewer filters, so that all have about as many parameters.
ENTRIES: Mapping[str, Entry] = {
    "cnn_mnist": _net(208_586),
    "st_cnn_affine": _net(207_078, warp="affine", filters=(62, 62)),
    "st_cnn_projective": _net(207_120, warp="projective", filters=(62, 62)),
    "st_cnn_tps": _net(207_624, warp="thin_plate", filters=(62, 62)),
    "st_cnn_tutorial": _net(27_360, "PyTorch's tutorial; 10 classes", **_TUTORIAL),
}
