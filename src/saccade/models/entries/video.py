"""Networks of the catalogue that classify clips."""

from collections.abc import Mapping

from saccade.models.entry import Entry

_PAPER = "arXiv:1711.07971 table 1; 400 classes of Kinetics, clips of 32 frames"
_PIXELS = {"img_size": (224, 224), "mean": (0.45,) * 3, "std": (0.225,) * 3}


def _video(parameters: int, **changes: object) -> Entry:
    return Entry(
        "saccade.models.video_resnet:VideoResNet",
        "VideoResNetConfig",
        changes,
        parameters,
        _PAPER,
        _PIXELS,
        task="video",
    )


ENTRIES: Mapping[str, Entry] = {
    "c2d_resnet50": _video(24_327_632, kernels="c2d"),
    "nl_c2d_resnet50": _video(31_686_096, kernels="c2d", non_local=5),
    "i3d_resnet50": _video(28_043_472, kernels="i3d"),
    "nl_i3d_resnet50": _video(35_401_936, kernels="i3d", non_local=5),
}
