"""Options of a run that are one of a few words."""

from typing import Literal

OnBad = Literal["skip", "fail"]
Fit = Literal["error", "pad", "crop"]
Exif = Literal["apply", "ignore"]
TaskName = Literal["classify", "caption", "translate", "ask", "segment"]
Objective = Literal["classify", "masked-patches", "mae", "dino", "next-patch"]
Preset = Literal[
    "linear-probe", "finetune-small", "finetune-hires", "scratch-small", "deit", "bit-hyperrule"
]
AmpType = Literal["bfloat16", "float16"]
Opt = Literal["adamw", "sgd", "lamb"]
Sched = Literal["cosine", "linear", "step", "poly"]
Freeze = Literal["none", "backbone"]
HeadInit = Literal["fresh", "probe"]
ClassWeights = Literal["none", "auto"]
Sampler = Literal["shuffle", "balanced"]
Strategy = Literal["ddp", "fsdp"]

# Each option that is one of a few words, and these words.
NAMED = {
    "on_bad": OnBad,
    "img_fit": Fit,
    "exif": Exif,
    "task": TaskName,
    "objective": Objective,
    "preset": Preset,
    "amp_dtype": AmpType,
    "opt": Opt,
    "sched": Sched,
    "freeze": Freeze,
    "head_init": HeadInit,
    "class_weights": ClassWeights,
    "sampler": Sampler,
    "strategy": Strategy,
}
