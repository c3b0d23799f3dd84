"""How long a step takes: computing, updating the weights, and what of talking cannot be hidden.

Sources: Patarasuk, Yuan, "Bandwidth optimal all-reduce algorithms", JPDC 2009 (a ring moves
2 (n-1)/n of the bytes over its slowest link); Rajbhandari et al., arXiv:1910.02054, section 7
(spread weights move half as much again).
"""

from dataclasses import dataclass

from saccade.training.scale.memory import Plan

UTILISATION = 0.35  # of the peak; what plain PyTorch reaches on large GPUs; assumed
BUCKET = 25 << 20  # bytes that DDP sends at once
_TRAFFIC = {"adamw": 32, "sgd": 24, "lamb": 48}  # bytes for a parameter, clipping's norm included
_AVERAGING = 12
_FLOAT = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Speed:
    """How fast a run goes.

    Args:
        flops: of a picture: forward, backward, and what is computed again.
        computing: seconds of a step.
        updating: seconds of a step that the optimizer takes.
        moved: bytes that a device sends in a step.
        talking: seconds that sending them takes.
        waiting: of these the seconds in which nothing is computed.
        pictures_a_second: of all devices.
    """

    flops: float
    computing: float
    updating: float
    moved: float
    talking: float
    waiting: float
    pictures_a_second: float

    @property
    def step(self) -> float:
        """Seconds of a step."""
        return self.computing + self.updating + self.waiting


def speed(plan: Plan) -> Speed:
    """Forecast the time of a step."""
    flops = picture_flops(plan)
    rate = plan.device.flops(plan.precision) * plan.utilisation
    computing = plan.batch / plan.gpus * flops / rate
    updating = _updating(plan)
    moved = traffic(plan)
    talking = moved / _slowest(plan)
    waiting = _waiting(plan, computing, talking)
    return Speed(
        flops=flops,
        computing=computing,
        updating=updating,
        moved=moved,
        talking=talking,
        waiting=waiting,
        pictures_a_second=plan.batch / (computing + updating + waiting),
    )


def picture_flops(plan: Plan) -> float:
    """Count a picture's operations: twice the multiply-adds, thrice for forward and backward."""
    shape = plan.shape
    again = shape.depth * shape.block_multiply_adds * plan.grad_checkpointing
    return 2.0 * (3 * shape.multiply_adds + again)


def traffic(plan: Plan) -> float:
    """Count the bytes that a device sends in a step.

    DDP sums the gradients once: 2 (n-1)/n of them. FSDP gathers the weights twice in each pass and
    scatters the sums of the gradients once: 3 (n-1)/n where a step is one pass. All in 32 bits.
    """
    if plan.gpus == 1:
        return 0.0
    times = 2 if plan.strategy == "ddp" else 2 * plan.grad_accum + 1
    return times * (plan.gpus - 1) / plan.gpus * _FLOAT * plan.shape.parameters


def _slowest(plan: Plan) -> float:
    """Bytes a second of a ring's slowest link; between machines it has all their cards."""
    if plan.nodes == 1:
        return plan.device.link
    across = plan.device.network * plan.gpus / plan.nodes
    return across if plan.gpus == plan.nodes else min(plan.device.link, across)


def _waiting(plan: Plan, computing: float, talking: float) -> float:
    """What is not hidden: behind the last backward pass under DDP, behind all of it under FSDP.

    The last bucket, or the last block, waits for its own gradients and hides behind nothing.
    """
    if not plan.device.hides:
        return talking
    shape = plan.shape
    if plan.strategy == "fsdp":
        alone = (shape.block_parameters + shape.other_parameters) / shape.parameters
        return max(talking - computing, alone * talking / (2 * plan.grad_accum + 1))
    backward = 0.75 if plan.grad_checkpointing else 2 / 3
    alone = min(1.0, BUCKET / (_FLOAT * shape.parameters))
    return max(talking - backward * computing / plan.grad_accum, alone * talking)


def _updating(plan: Plan) -> float:
    """Reading and writing weights, gradients and moments at the memory's speed."""
    each = _TRAFFIC[plan.opt] + _AVERAGING * plan.ema
    return each * plan.shape.parameters / plan.spread / plan.device.bandwidth
