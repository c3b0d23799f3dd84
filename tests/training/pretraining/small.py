"""A tiny vision transformer, pictures for it, and lessons that guess their patches."""

import torch

from saccade.data.batches import Batches
from saccade.data.sets import ArrayImages
from saccade.data.transforms import Preprocessing
from saccade.models import build
from saccade.models.vit import ViT
from saccade.training.objectives.outcome import Examples
from saccade.training.options import PretrainOptions
from saccade.training.pretraining import autoencoder, masked_patches, next_patch
from saccade.training.pretraining.patch_lesson import PatchLesson

PIXELS = Preprocessing(img_size=(12, 16), mean=(0.4, 0.5, 0.6), std=(0.2, 0.25, 0.3))
LESSONS = {
    "masked-patches": masked_patches.build,
    "mae": autoencoder.build,
    "next-patch": next_patch.build,
}


def small_vit(**changes) -> ViT:
    """Three by four patches of 4x4 pixels, a class token, two blocks; always the same weights."""
    torch.manual_seed(0)
    sizes = {"embed_dim": 16, "depth": 2, "num_heads": 2, "num_classes": 3}
    plain = {"img_size": (12, 16), "patch_size": 4, **sizes, **changes}
    return build("vit_tiny_patch16_224", **plain)


def lesson_of(
    name: str, *, fresh: bool = False, model: ViT | None = None, **options
) -> PatchLesson:
    """A lesson whose weights are large enough that no guess is the same as another."""
    model = small_vit() if model is None else model
    lesson = LESSONS[name](model, PretrainOptions(**options), PIXELS, fresh=fresh)
    generator = torch.Generator().manual_seed(1)
    for parameter in lesson.parameters():
        if parameter.requires_grad:
            parameter.data.normal_(std=0.2, generator=generator)
    return lesson.eval()


def pictures(count: int = 3, *, seed: int = 0) -> torch.Tensor:
    """Noise of 8 bits (b c h w)."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (count, 3, 12, 16), generator=generator, dtype=torch.uint8)


def examples(count: int = 3, *, chance: str = "0/0", start: int = 0) -> Examples:
    """The first pictures of a set as a lesson sees them, or those from `start` on."""
    images = PIXELS.normalize(pictures(start + count)[start:])
    indices = tuple(range(start, start + count))
    return Examples(images, torch.zeros(count, dtype=torch.int64), indices=indices, chance=chance)


def batches(count: int, size: int) -> Batches:
    """The same pictures from a set, in its order."""
    pixels = pictures(count).permute(0, 2, 3, 1).numpy()
    return Batches(ArrayImages("val", ("a",), [0] * count, pixels=pixels), PIXELS, batch_size=size)
