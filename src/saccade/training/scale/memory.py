"""What a device holds at once while a vision transformer learns, term by term.

The most is reached in one of four moments: when the forward pass ends, in the first or the last
block of the backward pass, or while the model is measured. Terms that stay through all of them are
weights, optimizer, average, and the buckets of DDP.

Sources: Rajbhandari et al., "ZeRO", SC 2020, arXiv:1910.02054, section 3 (16 bytes for a parameter
under AdamW); Li et al., arXiv:2006.15704, section 3.2.3 (buckets); Zhao et al., arXiv:2304.11277,
section 4 (gathered units).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from saccade.training.scale.devices import Device, Precision
from saccade.training.scale.shape import Shape

_MOMENTS = {"adamw": 2, "lamb": 2, "sgd": 1}
_FLOAT = 4
_JUDGED = 64  # pictures that are measured at once, at least
FREE = 0.95  # of a device's memory; the rest is lost between pieces


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """A run to forecast.

    Args:
        shape: of the model.
        device: of each process.
        gpus: devices, one process each.
        nodes: machines.
        batch: pictures of one step, of all devices together.
        grad_accum: passes that make one step.
        precision: of the products.
        strategy: "ddp" copies the weights, "fsdp" spreads them.
        grad_checkpointing: keep only the input of each block.
        ema: keep an average of the weights.
        opt: optimizer.
        utilisation: share of the device's peak that is reached, above 0 to 1.
    """

    shape: Shape
    device: Device
    gpus: int = 1
    nodes: int = 1
    batch: int = 256
    grad_accum: int = 1
    precision: Precision = "bf16"
    strategy: Literal["ddp", "fsdp"] = "ddp"
    grad_checkpointing: bool = False
    ema: bool = False
    opt: Literal["adamw", "sgd", "lamb"] = "adamw"
    utilisation: float = 0.35

    @property
    def pictures(self) -> int:
        """Pictures that a device takes at once."""
        return self.batch // (self.gpus * self.grad_accum)

    @property
    def spread(self) -> int:
        """Devices that share one set of weights."""
        return self.gpus if self.strategy == "fsdp" else 1

    @property
    def narrow(self) -> int:
        """Bytes of a number in the products."""
        return 4 if self.precision == "fp32" else 2


@dataclass(frozen=True, slots=True)
class Memory:
    """The memory of one device.

    Args:
        moment: when the most is held.
        terms: bytes then, by name.
        others: bytes in the other moments.
        room: bytes of the device that may be used.
    """

    moment: str
    terms: Mapping[str, float]
    others: Mapping[str, float]
    room: float

    @property
    def total(self) -> float:
        """Bytes that are held at once."""
        return sum(self.terms.values())

    @property
    def fits(self) -> bool:
        """Whether the device has room for it."""
        return self.total <= self.room


def memory(plan: Plan) -> Memory:
    """Forecast the memory of one device."""
    resident = _resident(plan)
    moments = {
        "end of the forward pass": _forward_end(plan),
        "start of the backward pass": _backward_start(plan),
        "end of the backward pass": _backward_end(plan),
        "measuring": _measuring(plan),
    }
    totals = {name: sum(terms.values()) for name, terms in moments.items()}
    most = max(totals, key=lambda name: totals[name])
    stays = sum(resident.values())
    others = {name: total + stays for name, total in totals.items() if name != most}
    terms = {name: size for name, size in {**resident, **moments[most]}.items() if size}
    return Memory(most, terms, others, FREE * plan.device.memory)


def _resident(plan: Plan) -> dict[str, float]:
    share = _FLOAT * plan.shape.parameters / plan.spread
    buckets = plan.strategy == "ddp" and plan.gpus > 1
    return {
        "weights": share,
        f"optimizer ({plan.opt})": _MOMENTS[plan.opt] * share,
        "average of the weights": share * plan.ema,
        "buckets of DDP": share * buckets,
        "device and libraries (assumed)": plan.device.reserve,
    }


def _forward_end(plan: Plan) -> dict[str, float]:
    """The last block is done; the values of its branches are still there.

    In 16 bits what the norm gave is there too, and a processor copies the branch to 32.
    """
    shape, narrow = plan.shape, plan.narrow
    token = 2 * narrow * shape.width
    if plan.grad_checkpointing:  # the first layers' results, which nothing keeps
        token += narrow * (shape.hidden + shape.second) + 2 * _FLOAT * shape.width
    if narrow == 2:
        token += _FLOAT * shape.width * (2 if plan.device.compute == "cpu" else 1)
    return {
        "gradients": _held_gradients(plan),
        "16-bit copies of the weights": _copies(plan),
        "activations": _kept(plan) + _last_norm(plan),
        "values on the way": plan.pictures * shape.tokens * token,
        "gathered weights": _gathered(plan, blocks=2),
    }


def _backward_start(plan: Plan) -> dict[str, float]:
    """The perceptron of the last block: its hidden gradient; that of its weights and the head's."""
    shape, narrow = plan.shape, plan.narrow
    token = _FLOAT * shape.width + narrow * shape.second
    token += narrow * shape.width if narrow == 2 else 0
    layer = shape.width * shape.second * (_FLOAT + (narrow if narrow == 2 else 0))
    head = (shape.width + 1) * shape.classes  # whose 16-bit copy is gone
    layer += head * (_FLOAT - (narrow if narrow == 2 else 0))
    again = plan.grad_checkpointing
    own = shape.kept_by_block(narrow) - _FLOAT * shape.tokens * shape.width  # but its input
    block = plan.pictures * own if again else 0
    copies = _copies(plan) / shape.depth if again else _copies(plan)
    if again:
        token += narrow * shape.width * (2 if narrow == 2 else 1)
    return {
        "gradients": _held_gradients(plan) + layer,
        "16-bit copies of the weights": copies,
        "activations": _kept(plan) + block,
        "values on the way": plan.pictures * shape.tokens * token,
        "gathered weights": _gathered(plan, blocks=4),
    }


def _backward_end(plan: Plan) -> dict[str, float]:
    """The perceptron of the first block: gradients are there, but those of the rest of it."""
    shape, narrow = plan.shape, plan.narrow
    token = _FLOAT * shape.width + narrow * shape.second
    missing = shape.block_parameters - shape.width * shape.second
    done = _FLOAT * (shape.parameters - missing) / plan.spread
    return {
        "gradients": max(done, _held_gradients(plan)),
        "16-bit copies of the weights": _copies(plan) / shape.depth,
        "activations": plan.pictures * (shape.kept_by_block(narrow) + _picture(plan)),
        "values on the way": plan.pictures * shape.tokens * token,
        "gathered weights": _gathered(plan, blocks=4),
    }


def _measuring(plan: Plan) -> dict[str, float]:
    """Weights are whole in each process, and set aside where an average stands in for them."""
    shape, narrow = plan.shape, plan.narrow
    share = _FLOAT * shape.parameters / plan.spread
    token = 2 * _FLOAT * shape.width + narrow * (4 * shape.width + shape.hidden + shape.second)
    pictures = max(plan.pictures, _JUDGED)
    return {
        "gradients": share,
        "weights set aside": share * plan.ema,
        "16-bit copies of the weights": _copies(plan),
        "values on the way": pictures * (shape.tokens * token + _picture(plan)),
        "gathered weights": _FLOAT * shape.parameters * (plan.spread > 1),
    }


def _held_gradients(plan: Plan) -> float:
    """Those of earlier passes of the step; FSDP keeps them whole until the last one."""
    return _FLOAT * plan.shape.parameters * (plan.grad_accum > 1)


def _copies(plan: Plan) -> float:
    """Autocast's, which the backward pass needs again; FSDP does not spread them."""
    return 2.0 * plan.shape.cast_parameters * (plan.narrow == 2)


def _picture(plan: Plan) -> float:
    return plan.shape.pixels * (_FLOAT + (plan.narrow if plan.narrow == 2 else 0) + 1)


def _kept(plan: Plan) -> float:
    """What the blocks keep for the backward pass, or only their inputs."""
    shape = plan.shape
    inputs = _FLOAT * shape.tokens * shape.width
    block = inputs if plan.grad_checkpointing else shape.kept_by_block(plan.narrow)
    return plan.pictures * (shape.depth * block + _picture(plan))


def _last_norm(plan: Plan) -> float:
    """What comes into the last norm; and what it gives, of which the head keeps a part."""
    times = 2 if plan.narrow == 4 else 1
    return plan.pictures * times * _FLOAT * plan.shape.tokens * plan.shape.width


def _gathered(plan: Plan, *, blocks: int) -> float:
    """Whole weights of FSDP: of some blocks, the next one's and buffers included, and the rest."""
    shape = plan.shape
    together = blocks * shape.block_parameters + shape.other_parameters
    return _FLOAT * together * (plan.spread > 1)
