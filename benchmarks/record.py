"""What does it cost to see where a vision transformer looks? ViT-B/16, ours and the usual ways.

    python benchmarks/record.py

All peers run in turns in one process, with random weights of one size: timm's models have those of
ours, transformers and vit-pytorch their own. The first peer of each row is the plain forward with
the fused kernel, to which times and memory are compared; vit-pytorch, without such a kernel, has
its plain forward beside it. Extra memory is the most that lives at once beyond the first peer.
Results go to benchmarks/results/record_small.json and record_large.json.
"""

import argparse
from collections.abc import Callable
from functools import partial

import torch
from rounds import Measured, Row, measure, show, write
from torch import Tensor, nn

import saccade
from saccade.checkpoints.peer import imported
from saccade.inspection import attention_distance, attention_entropy, rollout
from saccade.layers import TokenLayout

timm, transformers = imported("timm"), imported("transformers")
vit_pytorch, recorder = imported("vit_pytorch"), imported("vit_pytorch.recorder")

NAME = "vit_base_patch16_224"
NUMBERS = ("rollout", "distance", "entropy")
LAYOUT = TokenLayout(("cls",), (14, 14), (16, 16))
MEBIBYTE = 1 << 20


def numbers(model: nn.Module, images: Tensor) -> object:
    """Rollout of the class token, distance and entropy of each head, on the way."""
    with saccade.record(model, reduce=NUMBERS) as trace:
        model(images)
    return trace.reduced


def maps(model: nn.Module, images: Tensor) -> object:
    """All maps."""
    with saccade.record(model) as trace:
        model(images)
    return trace


def class_rows(model: nn.Module, images: Tensor) -> object:
    """What the class token reads, in all layers."""
    with saccade.record(model, queries="cls") as trace:
        model(images)
    return trace


def hooked(model: nn.Module, images: Tensor) -> list[Tensor]:
    """The usual way with timm: unfused attention, and a hook on what follows the softmax."""
    found: list[Tensor] = []
    hooks = [
        block.attn.attn_drop.register_forward_hook(lambda _, __, output: found.append(output))
        for block in model.blocks
    ]
    model(images)
    for hook in hooks:
        hook.remove()
    return found


def hooked_numbers(model: nn.Module, images: Tensor) -> object:
    """The same three numbers, worked out of the hooks' maps."""
    attention = torch.stack(hooked(model, images), 1)
    distance, entropy = attention_distance(attention, LAYOUT), attention_entropy(attention)
    return rollout(attention)[:, 0], distance, entropy


def small() -> dict[str, Callable[[], object]]:
    """All ways to have all maps, each beside its own plain forward."""
    images = torch.randn(8, 3, 224, 224)
    ours = saccade.create_model(NAME).eval()
    fused = timm.create_model(NAME).eval()
    timm.layers.set_fused_attn(False)
    unfused = timm.create_model(NAME).eval()
    timm.layers.set_fused_attn(True)
    for model in (fused, unfused):
        model.load_state_dict(ours.state_dict())
    eager = transformers.ViTModel(
        transformers.ViTConfig(attn_implementation="eager"), add_pooling_layer=False
    ).eval()
    other = vit_pytorch.ViT(
        image_size=224, patch_size=16, num_classes=1000, dim=768, depth=12, heads=12, mlp_dim=3072
    ).eval()
    listened = recorder.Recorder(other)
    return {
        "timm plain": partial(fused, images),
        "saccade plain": partial(ours, images),
        "saccade numbers": partial(numbers, ours, images),
        "timm + saccade numbers": partial(numbers, fused, images),
        "timm hooks, numbers": partial(hooked_numbers, unfused, images),
        "saccade maps": partial(maps, ours, images),
        "timm + saccade maps": partial(maps, fused, images),
        "timm hooks": partial(hooked, unfused, images),
        "transformers eager": partial(eager, images, output_attentions=True),
        "vit-pytorch plain": partial(other, images),
        "vit-pytorch Recorder": partial(listened, images),
    }


def large() -> dict[str, Callable[[], object]]:
    """One picture of 1024 px: 4,097 tokens."""
    model = saccade.create_model(NAME, img_size=1024).eval()
    images = torch.randn(1, 3, 1024, 1024)
    return {
        "plain": partial(model, images),
        "class rows": partial(class_rows, model, images),
        "numbers": partial(numbers, model, images),
    }


def extra(measured: Measured) -> None:
    """Print memory beyond the first peer, and time over it."""
    first = next(iter(measured.peers.values()))
    for name, peer in measured.peers.items():
        more = (peer["peak_bytes"] - first["peak_bytes"]) / MEBIBYTE
        times = [1 / peer[key] for key in ("ratio", "most", "least")]
        print(
            f"  {name:<24} {times[0]:.2f}x [{times[1]:.2f}..{times[2]:.2f}] of the plain forward, "
            f"{more:.0f} MiB more"
        )


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=("small", "large"), help="one of the two rows")
    options = parser.parse_args()
    with torch.inference_mode():
        for name, make, rounds in (
            (f"{NAME}, 8 images", small, options.rounds),
            (f"{NAME} at 1024 px, 1 image", large, min(options.rounds, 5)),
        ):
            if options.only in (None, make.__name__):
                measured = measure(Row(name, make()), rounds=rounds)
                show(measured)
                extra(measured)
                write(f"record_{make.__name__}", [measured])


if __name__ == "__main__":
    main()
