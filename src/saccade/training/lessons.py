"""The lesson of each objective, by name."""

from importlib import import_module

from saccade.models.classifier import Classifier
from saccade.table import Table
from saccade.training.config import TrainConfig
from saccade.training.lesson import Lesson
from saccade.training.recipe.choice import Choice
from saccade.training.setting import Setting

# Each is imported when it is asked for.
LESSONS: Table[str] = Table(
    "objective",
    {
        "classify": "saccade.training.classification:make",
        "distil": "saccade.training.distillation.distil:make",
        "masked-patches": "saccade.training.pretraining.masked_patches:make",
        "mae": "saccade.training.pretraining.autoencoder:make",
        "dino": "saccade.training.pretraining.dino:make",
        "next-patch": "saccade.training.pretraining.next_patch:make",
    },
)


def make_lesson(setting: Setting) -> Lesson:
    """Make the lesson that a run's config asks for.

    Args:
        setting: the run before its first step.

    Raises:
        ConfigError: the model cannot learn so.
    """
    config = setting.config
    taught = config.distill.teacher is not None and config.objective == "classify"
    module, name = LESSONS["distil" if taught else config.objective].split(":")
    lesson: Lesson = getattr(import_module(module), name)(setting)
    return lesson


def parts_chosen(config: TrainConfig, model: Classifier, pictures: int) -> tuple[Choice, ...]:
    """Tell the sizes of what a lesson adds to the model, each with its reason.

    Args:
        config: of the run, with nothing left open.
        model: that is trained.
        pictures: to learn from.

    Raises:
        ConfigError: the model cannot learn so.
    """
    if config.objective not in ("mae", "dino"):
        return ()
    own = import_module(LESSONS[config.objective].split(":")[0])
    if config.objective == "mae":
        sizes: tuple[Choice, ...] = own.decoder_choices(own.plain(model).config, config.pretrain)
    else:
        width = own.feature_width(model)
        sizes = own.head_choices(config.pretrain, width=width, pictures=pictures)
    return sizes
