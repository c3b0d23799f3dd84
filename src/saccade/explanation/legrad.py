"""LeGrad: how each layer's map moves the score that this very layer would give.

Source: Bousselham, Boggust, Chaybouti, Strobelt, Kuehne, "LeGrad: An Explainability Method for
Vision Transformers via Feature Formation Sensitivity", ICCV 2025, arXiv:2404.03214, section 3.2.
Axes: b images, heads, i queries, j keys, n tokens, d features.
Differs: the score of a layer is what the model's own norm, pool and head make of its tokens; maps
    are not stretched to 0-1, so that sizes of images can be compared.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import torch
from torch import Tensor, nn

from saccade.errors import ConfigError, TraceError
from saccade.explanation.activations import tensor_of
from saccade.explanation.answer import Answer
from saccade.explanation.token_maps import known_layout, lay
from saccade.inspection.frames import original
from saccade.inspection.graded import gradients_of, held_maps, layout_among, plain
from saccade.inspection.targets import Target, classes_of, logits_of, scores_of

_METHOD = "LeGrad"


def legrad(
    model: nn.Module,
    images: Tensor,
    target: Target = None,
    *,
    start_layer: int = 0,
    pool: Literal["model", "mean"] = "model",
) -> Answer:
    """Average the positive gradients of all layers' scores over layers, heads and queries.

    Args:
        model: a vision transformer with `blocks`, `norm` and `head`, ours or timm's, in eval mode.
        images: (b c h w).
        target: what is asked about, of every layer; the likeliest class of the model when None.
        start_layer: first layer that takes part, counted from 0 or, negative, from the end; the
            released code takes the last two, -2.
        pool: what of a layer's tokens its score is made of: "model" what the model pools, as in the
            paper; "mean" the mean of all tokens, the class token too, as the released code does for
            CLIP.

    Raises:
        TraceError: the model has other parts, or the layers are not maps of the same tokens.
        ConfigError: there is no such layer or class.
    """
    tail = _pooling(_tail(original(model)), pool)
    with _block_outputs(model) as tokens, held_maps(model) as held:
        logits = logits_of(model(plain(images)))
        size = images.shape[-2], images.shape[-1]
        shapes = [tuple(x.shape) for x in held.maps]
        layout = known_layout(layout_among(model, held.maps, size), shapes, len(images), _METHOD)
        depth = len(tokens)
        if len(held.maps) != depth:
            raise _no_tail(f"{len(held.maps)} maps of {depth} blocks")
        if not -depth <= start_layer < depth:
            raise ConfigError(f"start_layer from {-depth} to {depth - 1}", str(start_layer), "0")
        classes = classes_of(logits.detach(), target)
        asked = target if classes is None else classes
        chosen = range(start_layer % depth, depth)
        total = torch.zeros_like(held.maps[0][:, 0, 0])
        for layer in chosen:
            score = scores_of(tail(tokens[layer]), asked)
            (gradient,) = gradients_of(score, [held.maps[layer]], keep=True)
            total = total + gradient.clamp_min(0).mean(dim=(1, 2))
    return Answer(
        map=lay(total.detach() / len(chosen), layout),
        logits=logits.detach(),
        scores=scores_of(logits.detach(), target),
        classes=classes,
        layout=layout,
        layers=tuple(held.names[chosen.start :]),
    )


@contextmanager
def _block_outputs(model: nn.Module) -> Iterator[list[Tensor]]:
    """Note what each block gives (b n d), in the graph of the pass."""
    found: list[Tensor] = []

    def gave(module: nn.Module, inputs: object, output: object) -> None:
        tensor = tensor_of(output)
        if isinstance(tensor, Tensor):
            found.append(tensor)

    blocks = original(model).get_submodule("blocks")
    hooks = [block.register_forward_hook(gave) for block in blocks.children()]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()


def _tail(model: nn.Module) -> Callable[[Tensor], Tensor]:
    """Everything behind the blocks, as a function of tokens (b n d)."""
    parts = ("blocks", "norm", "head")
    if not all(isinstance(getattr(model, part, None), nn.Module) for part in parts):
        raise _no_tail(type(model).__name__)
    head = getattr(model, "forward_head", None)
    if callable(head):  # timm's
        return lambda x: logits_of(head(model.get_submodule("norm")(x)))
    if not callable(getattr(model, "pool", None)) or hasattr(model, "head_dist"):
        raise _no_tail(type(model).__name__)

    def tail(x: Tensor) -> Tensor:
        pooled = model.pool(model.finish(x))  # type: ignore[operator]
        for name in ("fc_norm", "pre_logits", "head_drop", "head"):
            pooled = model.get_submodule(name)(pooled)
        return pooled

    return tail


def _pooling(tail: Callable[[Tensor], Tensor], pool: str) -> Callable[[Tensor], Tensor]:
    """The same function of tokens (b n d), or of their mean in the place of each."""
    if pool not in ("model", "mean"):
        raise ConfigError("pool model or mean", repr(pool), "pool='model'")
    if pool == "model":
        return tail
    return lambda x: tail(x.mean(dim=1, keepdim=True).expand_as(x))


def _no_tail(got: str) -> TraceError:
    return TraceError(
        f"a vision transformer with blocks, norm, a pool and one head, for {_METHOD}",
        got,
        "method='generic_attention' for any attention over tokens, or 'gradcam' for any model",
    )
