"""How fast are the classic saliency maps beside OpenCV's own?

    python benchmarks/saliency.py [--rounds 7] [--threads 1]

Same picture (scikit-learn's china.jpg, enlarged to 640x480) and threads for all, maps checked to
agree to 1e-4 before anything is timed; see rounds.py for how. OpenCV is given what it wants, 8-bit
pixels; ours are given floats in 0-1, and `checked` looks through them for what is not. Methods that
OpenCV does not have are timed alone. Results go to benchmarks/results/saliency.json.
"""

import argparse
import sys

import cv2
import numpy as np
import torch
from rounds import Call, Row, measure, show, write
from sklearn.datasets import load_sample_image
from torch import Tensor

from saccade.classic.saliency import SALIENCY, saliency

SIZE = (640, 480)
PEERS = {
    "spectral_residual_opencv": "StaticSaliencySpectralResidual",
    "fine_grained": "StaticSaliencyFineGrained",
}
BATCH = 8


def opencv(name: str, picture: np.ndarray) -> Call:
    """OpenCV's method by the name of its class, on blue, green and red."""
    method = getattr(cv2.saliency, f"{name}_create")()
    return lambda: method.computeSaliency(picture)[1]


def rows(picture: np.ndarray) -> list[Row]:
    """Each method on one picture, those of OpenCV on eight too."""
    blue_first = np.ascontiguousarray(picture[..., ::-1])
    image = torch.from_numpy(picture).permute(2, 0, 1)[None].contiguous().float() / 255
    images, found = image.repeat(BATCH, 1, 1, 1), []
    for name, theirs in PEERS.items():
        make, other = SALIENCY[name], opencv(theirs, blue_first)
        check(name, make(image)[0], other())
        peers: dict[str, Call] = {
            "opencv": other,
            "saccade": lambda make=make: make(image),
            "saccade, checked": lambda name=name: saliency(image, name),
        }
        found.append(Row(f"{name} 640x480", peers))
        peers = {
            "opencv": lambda other=other: [other() for _ in range(BATCH)],
            "saccade": lambda make=make: make(images),
        }
        found.append(Row(f"{name} {BATCH} pictures of 640x480", peers))
    for name in SALIENCY:
        if name not in PEERS:
            call = {"saccade": lambda name=name: saliency(image, name)}
            found.append(Row(f"{name} 640x480", call))
    return found


def check(name: str, ours: Tensor, theirs: np.ndarray) -> None:
    """Stop if the maps differ by more than 1e-4."""
    apart = float(np.abs(ours.numpy() - theirs).max())
    if not apart <= 1e-4:
        sys.exit(f"{name}: off by {apart:.1e}")
    print(f"{name}: at most {apart:.1e} from OpenCV {cv2.__version__}")


def main() -> None:
    """Measure every row, print and keep the numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(options.threads)
    picture = cv2.resize(load_sample_image("china.jpg"), SIZE)
    measured = []
    for row in rows(picture):
        measured.append(measure(row, rounds=options.rounds))
        show(measured[-1])
    write("saliency", measured)


if __name__ == "__main__":
    main()
