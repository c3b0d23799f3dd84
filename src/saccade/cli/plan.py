"""saccade plan: what a run will need, before anything is bought, booked or started."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from saccade.cli import output
from saccade.cli.switch import Switch
from saccade.errors import ConfigError

if TYPE_CHECKING:
    from saccade.training.scale.forecast import Forecast
    from saccade.training.scale.memory import Plan
    from saccade.training.scale.shape import Shape

_SIZES = {"k": 1e3, "m": 1e6, "b": 1e9, "g": 1e9}
_A_DEVICE = 64  # pictures, where no batch is given


@dataclass(frozen=True, kw_only=True)
class PlanOptions:
    """What a run is to be.

    Args:
        params: number of parameters instead of a model, such as 632M: the nearest published shape,
            its width scaled.
        img_size: side of the pictures in pixels; as the model has it when left out.
        patch: side of a patch in pixels; as the model has it when left out.
        gpus: devices of all machines together.
        nodes: machines; as few as usual machines of these devices allow when left out.
        device: h100, h200, b200, a100-80, a100-40, l40s, l4, t4, v100, rtx-4090, rtx-3090,
            h100-pcie; or cpu, which is this machine's, measured now.
        batch: pictures of one step, of all devices together; 64 for each pass of each device when
            left out.
        grad_accum: passes that make one step.
        precision: of the products; the fastest of the device when left out.
        strategy: "ddp" copies the weights to each device, "fsdp" spreads them.
        grad_checkpointing: keep only the input of each block, and compute the rest again.
        ema: keep an average of the weights.
        opt: optimizer.
        utilisation: share of the device's peak that is reached; measure yours, and give it here.
        images: pictures of an epoch, such as 1.28M.
        epochs: of the run.
    """

    params: str | None = None
    img_size: int | None = None
    patch: int | None = None
    gpus: int = 1
    nodes: int | None = None
    device: str = "h100"
    batch: int | None = None
    grad_accum: int = 1
    precision: Literal["bf16", "fp16", "fp32"] | None = None
    strategy: Literal["ddp", "fsdp"] = "ddp"
    grad_checkpointing: Switch = False
    ema: Switch = False
    opt: Literal["adamw", "sgd", "lamb"] = "adamw"
    utilisation: float | None = None
    images: str = "1.28M"
    epochs: float = 300


DEFAULTS = PlanOptions()


def plan(
    model: str | None = None,
    /,
    *,
    options: Annotated[PlanOptions, Parameter(name="*")] = DEFAULTS,
    json: Switch = False,
) -> int:
    """Forecast the memory of each device, the speed, the hours and the disk that a run needs.

    Args:
        model: a vision transformer by name, such as vit_huge_patch14_224.
        options: of the run.
        json: print everything as one JSON object.
    """
    from saccade.training.scale.forecast import forecast

    images = _number("images", options.images)
    if options.epochs <= 0:
        raise ConfigError("more than 0 epochs", f"{options.epochs:g}", "--epochs 300")
    found = forecast(_plan(model, options))
    if json:
        output.as_json({**found.to_dict(), "run": _run(found, images, options.epochs)})
        return 0
    _tell_model(found.plan)
    _tell_memory(found)
    _tell_speed(found, images, options.epochs)
    _tell_start(found.change or found.plan)
    return 0


def _plan(model: str | None, options: PlanOptions) -> Plan:
    """Fill in what was left out."""
    from saccade.training.scale.devices import find_device
    from saccade.training.scale.memory import Plan
    from saccade.training.scale.speed import UTILISATION

    kind, batch, nodes = find_device(options.device), options.batch, options.nodes
    usual = _A_DEVICE * options.gpus * options.grad_accum
    return Plan(
        shape=_shape(model, options),
        device=kind,
        gpus=options.gpus,
        nodes=max(1, -(-options.gpus // kind.per_node)) if nodes is None else nodes,
        batch=usual if batch is None else batch,
        grad_accum=options.grad_accum,
        precision=options.precision or kind.fastest,
        strategy=options.strategy,
        grad_checkpointing=options.grad_checkpointing,
        ema=options.ema,
        opt=options.opt,
        utilisation=UTILISATION if options.utilisation is None else options.utilisation,
    )


def _shape(model: str | None, options: PlanOptions) -> Shape:
    from saccade.training.scale.shape import nearest_shape, shape_of

    if (model is None) == (options.params is None):
        raise ConfigError(
            "either a model or --params",
            "both" if model else "neither",
            "saccade plan --params 632M",
        )
    given = {"img_size": options.img_size, "patch_size": options.patch}
    changes = {name: value for name, value in given.items() if value is not None}
    if model is not None:
        return shape_of(model, changes)
    return nearest_shape(_number("params", options.params or ""), changes)


def _number(name: str, text: str) -> float:
    """Read a number as people write it: 632M, 1.28M, 22B, 50000."""
    words = text.strip().lower()
    size = _SIZES.get(words[-1:], 1.0)
    try:
        value = float(words[:-1] if words[-1:] in _SIZES else words) * size
    except ValueError:
        value = 0.0
    if not 0 < value < 1e15:
        raise ConfigError(f"--{name} as a number such as 50000, 1.28M or 22B", repr(text))
    return value


def _run(found: Forecast, images: float, epochs: float) -> dict[str, float]:
    seconds = found.epoch_seconds(images)
    hours = seconds * epochs / 3600
    return {
        "images": images,
        "epochs": epochs,
        "epoch_seconds": seconds,
        "hours": hours,
        "device_hours": hours * found.plan.gpus,
        "pictures_a_second_each": found.speed.pictures_a_second / found.plan.gpus,
    }


def _tell_model(plan: Plan) -> None:
    shape, device = plan.shape, plan.device
    height, width, _ = shape.image
    gated = ", gated" if shape.second != shape.hidden else ""
    output.line(
        f"model: {shape.name}; {shape.parameters / 1e6:,.1f}M parameters, {shape.depth} blocks of"
        f" width {shape.width} (hidden {shape.hidden}{gated}), {shape.tokens} tokens at"
        f" {height}x{width}, {shape.multiply_adds / 1e9:.2f} G multiply-adds a picture"
    )
    extras = [plan.opt, "EMA" if plan.ema else "", "recomputed blocks" * plan.grad_checkpointing]
    output.line(
        f"run: {plan.gpus} x {device.name} on {plan.nodes} node{'s' * (plan.nodes > 1)},"
        f" {plan.strategy}, {plan.precision}, {', '.join(part for part in extras if part)};"
        f" {plan.batch} pictures a step: {plan.gpus} devices x {plan.pictures} pictures"
        f" x {plan.grad_accum} pass{'es' * (plan.grad_accum > 1)}"
    )


def _tell_memory(found: Forecast) -> None:
    from saccade.training.scale.devices import GIB
    from saccade.training.scale.forecast import MEMORY_ERROR
    from saccade.training.scale.memory import memory

    held = found.memory
    rows = [(name, f"{size / GIB:.2f}") for name, size in held.terms.items()]
    output.table(
        {"held by each device": "left", "GiB": "right"},
        [*rows, ("together", f"{held.total / GIB:.2f}")],
        title=f"Memory, at the {held.moment}" if " " in held.moment else "Memory, while measuring",
    )
    room = f"{held.room / GIB:.1f} GiB of {found.plan.device.memory / GIB:.1f} may be used"
    if held.fits:
        output.line(f"fits: {room}")
    elif found.change is None:
        output.line(f"does not fit: {room}")
        output.line(f"nor does any smaller step, recomputed or spread; {_least(found.plan)}")
    else:
        total = memory(found.change).total / GIB
        output.line(f"does not fit: {room}")
        output.line(f"nearest change that fits: {found.words} ({total:.2f} GiB)")
    output.line(
        f"measured error of the memory model: up to {MEMORY_ERROR} % (small ViTs on a CPU; never on"
        " a GPU)"
    )


def _least(plan: Plan) -> str:
    """Tell what would need the least, and when the most of that is held."""
    from saccade.training.scale.devices import GIB
    from saccade.training.scale.forecast import changed_words, changes
    from saccade.training.scale.memory import memory

    least = min(changes(plan), key=lambda other: memory(other).total)
    held, words = memory(least), changed_words(plan, least)
    when = f"at the {held.moment}" if " " in held.moment else "while measuring"
    with_words = f", with {words}" if words else ""
    return f"the least is {held.total / GIB:.1f} GiB, {when}{with_words}"


def _tell_speed(found: Forecast, images: float, epochs: float) -> None:
    plan, speed, run = found.plan, found.speed, _run(found, images, epochs)
    rows: list[tuple[str, str]] = [
        ("operations of a picture", f"{speed.flops / 1e9:,.1f} GFLOP"),
        ("computing", f"{1000 * speed.computing:,.1f} ms a step"),
        ("updating the weights", f"{1000 * speed.updating:,.1f} ms a step"),
        ("sent by each device", f"{speed.moved / 1e9:,.2f} GB a step"),
        ("sending", f"{1000 * speed.talking:,.1f} ms, {1000 * speed.waiting:,.1f} not hidden"),
        ("a step", f"{1000 * speed.step:,.1f} ms"),
        ("pictures a second", f"{speed.pictures_a_second:,.0f}"),
        ("to be read by each process", f"{run['pictures_a_second_each']:,.0f} pictures a second"),
        ("an epoch", f"{run['epoch_seconds']:,.0f} s for {images:,.0f} pictures"),
        ("the run", f"{run['hours']:,.1f} hours for {epochs:g} epochs"),
        ("devices are busy", f"{run['device_hours']:,.1f} device-hours"),
        ("best.safetensors", f"{found.best_bytes / 1e9:,.2f} GB"),
        (_last(plan), f"{found.last_bytes / 1e9:,.2f} GB, twice that while it is replaced"),
    ]
    output.table({"speed and disk": "left", "forecast": "left"}, rows)
    output.line(
        f"assumed: {100 * plan.utilisation:g} % of {plan.device.flops(plan.precision) / 1e12:,.3g}"
        f" TFLOP/s is reached (--utilisation); sending hides behind the backward pass"
        if plan.device.hides
        else f"assumed: {100 * plan.utilisation:g} % of the measured rate of products is reached"
        " (--utilisation); sending hides behind nothing; reading pictures is never waited for"
    )
    output.line(
        f"measured error of the speed model: up to {found.speed_error} % (small ViTs on a CPU, the"
        " utilisation measured on one of them; never on a GPU)"
    )


def _last(plan: Plan) -> str:
    shares = plan.strategy == "fsdp" and plan.gpus > 1
    return f"last/ ({plan.gpus} shares)" if shares else "last.safetensors"


def _tell_start(plan: Plan) -> None:
    """Print how to start the run that fits, or this one."""
    start = "saccade train"
    if plan.gpus > 1:
        meet = " --rdzv-backend=c10d --rdzv-endpoint=HOST:29500" if plan.nodes > 1 else ""
        start = (
            f"torchrun --nnodes={plan.nodes} --nproc-per-node={plan.gpus // plan.nodes}{meet}"
            " -m saccade train"
        )
    output.line(f"start: {start} DATA {' '.join(_options(plan))}")


def _options(plan: Plan) -> list[str]:
    """List the options of `saccade train` for a plan."""
    words = [f"--model {plan.shape.model}"]
    for name, value in plan.shape.changes.items():
        own = name if name in ("img_size", "patch_size") else f"model_kwargs.{name}"
        words.append(f"--{own.replace('_', '-')} {value}")
    words.append(f"--batch-size {plan.pictures}")
    words += [f"--grad-accum {plan.grad_accum}"] * (plan.grad_accum > 1)
    words += [f"--strategy {plan.strategy}"] * (plan.gpus > 1)
    words += ["--grad-checkpointing"] * plan.grad_checkpointing
    words += ["--ema-decay 0.9999"] * plan.ema
    words += [f"--opt {plan.opt}"] * (plan.opt != "adamw")
    words += ["--amp-dtype float16"] * (plan.precision == "fp16")
    words += ["--no-amp"] * (plan.precision == "fp32" and plan.device.compute == "cuda")
    return words
