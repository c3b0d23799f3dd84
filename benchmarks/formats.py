"""Do all layouts hold the same weights? Logits of 100 photographs after each conversion.

    python benchmarks/formats.py ../shared/data

A ViT-Tiny of timm is written in the layouts of saccade, timm, transformers, Google and torchvision.
Each file is read by saccade and by the library whose layout it is, and the logits of the
photographs are compared with reference.npz (timm 1.0.31). Results go to
benchmarks/results/formats.json.
"""

import json
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from rounds import RESULTS, machine
from torch import Tensor

import saccade
from saccade.checkpoints.convert import convert
from saccade.checkpoints.peer import imported
from saccade.checkpoints.peers import find_peer
from saccade.data.decode import open_picture
from saccade.files import write_text
from saccade.predict import Predictor

NAME = "vit_tiny_patch16_224"
TARGETS = {
    "saccade": "ours.safetensors",
    "timm": "timm.safetensors",
    "hf": "transformers",
    "google": "google.npz",
    "torchvision": "torchvision.pth",
}
READERS = {"timm": "timm", "hf": "hf", "google": "timm"}


def main() -> None:
    """Convert, read back, compare, print and keep the largest differences."""
    shared = Path(sys.argv[1])
    weights = shared / f"weights/{NAME}_imagenet1k/{NAME}.safetensors"
    rows = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with zipfile.ZipFile(next((shared / "imagenet_samples").glob("*.zip"))) as archive:
            archive.extractall(folder)
        reference = np.load(folder / "reference.npz")
        wanted = torch.from_numpy(reference["logits"])
        pixels = _pixels(saccade.load(weights), [folder / str(name) for name in reference["files"]])
        for to, name in TARGETS.items():
            convert(weights, folder / name, to)
            ours = saccade.load(folder / name, model=NAME).model
            rows[to] = {"saccade": _largest(ours, pixels, wanted)}
            peer = _peer(to, ours, folder / name)
            if peer is not None:
                rows[to][peer[0]] = _largest(peer[1], pixels, wanted)
    print(json.dumps(rows, indent=1))
    kept = {**machine(), "photographs": len(pixels), "largest_difference_of_logits": rows}
    write_text(RESULTS / "formats.json", json.dumps(kept, indent=1) + "\n")


def _pixels(predictor: Predictor, files: list[Path]) -> Tensor:
    preprocessing = predictor.preprocessing
    cut = [preprocessing.apply(*open_picture(path))[0] for path in files]
    return preprocessing.normalize(torch.from_numpy(np.stack(cut)))


def _peer(
    to: str, ours: torch.nn.Module, path: Path
) -> tuple[str, Callable[[Tensor], Tensor]] | None:
    """The network of the library whose layout it is, with the weights that it read."""
    if to in READERS:
        peer = find_peer(ours, path, READERS[to])
        return peer.name, lambda x: getattr(found := peer.model(x), "logits", found)
    if to == "torchvision":
        library = imported("torchvision")
        sizes = {"num_layers": 12, "num_heads": 3, "hidden_dim": 192, "mlp_dim": 768}
        network = library.models.VisionTransformer(image_size=224, patch_size=16, **sizes).eval()
        network.load_state_dict(torch.load(path, weights_only=True))
        return f"torchvision {library.__version__}", network
    return None


@torch.no_grad()
def _largest(network: Callable[[Tensor], Tensor], pixels: Tensor, wanted: Tensor) -> float:
    found = torch.cat([network(some) for some in pixels.split(20)])
    return float((found - wanted).abs().max())


if __name__ == "__main__":
    main()
