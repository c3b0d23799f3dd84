"""The recipe of words: what a run of captions, translations or answers leaves open, with reasons.

Sources of the papers' values: Bahdanau et al., arXiv:1409.0473, appendix; Vaswani et al.,
arXiv:1706.03762, sections 3 and 5; Xu et al., arXiv:1502.03044, and its authors' code.
"""

from collections.abc import Callable, Mapping
from importlib.util import find_spec

from saccade.errors import ConfigError
from saccade.training.choices import is_open
from saccade.training.config import TrainConfig
from saccade.training.recipe.choice import Choice
from saccade.training.words.eyes import SMALL, eye_choices
from saccade.training.words.opening import WordFacts

_LEARNED = {"caption": 300_000, "translate": 400_000, "ask": 300_000}  # texts seen in a whole run
_LEAST, _MOST = 5, 40  # epochs
_HANGUL = 0.3  # share of letters from which on a side is Korean
_SEED = {"words.attention": "dot", "words.layers": 1, "words.dropout": 0.0}
_EYES = (  # options of pictures and of the network that reads them
    *("model", "checkpoint", "model_kwargs", "img_size", "img_fit", "patch_size", "in_chans"),
    *("drop_path_rate", "weight_init", "crop", "shift", "zoom", "rotate", "flip"),
    *("augment.auto", "augment.jitter"),
)
_NEVER = (  # options that no task of words has a use for
    *("preset", "freeze", "head_init", "class_weights", "sampler", "watch", "exif"),
    *("grad_checkpointing", "shards.stream"),
    *("augment.mixup", "augment.cutmix", "augment.erase", "augment.repeats"),
)
_RECURRENT = ("words.attention", "words.embed", "words.cell", "words.order", "words.ratio")
_ASKING = ("words.hops", "words.reader")
_UNUSED: Mapping[str, tuple[str, ...]] = {
    "caption": ("words.sides", "words.ratio", "words.cell", "words.order", *_ASKING),
    "translate": ("words.alpha_c", "words.grid", "words.tuned", *_ASKING, *_EYES),
    "ask": (
        *("words.sides", "words.ratio", "words.alpha_c", "words.writer", "words.attention"),
        *("words.longest", "words.cell", "words.order", "words.beam"),
    ),
}


def choose_words(
    config: TrainConfig, facts: WordFacts, *, on_gpu: bool
) -> tuple[TrainConfig, list[Choice]]:
    """Fill in what a config of words leaves open.

    Args:
        config: what the user asked for; it is never overruled.
        facts: about the texts and pictures to learn from.
        on_gpu: whether the model will be on CUDA.

    Returns:
        The config with nothing left open, and every choice that was made.

    Raises:
        ConfigError: an option is of no use to the task, or does not go with another.
    """
    _check(config)
    task: Callable[[TrainConfig, WordFacts], list[Choice]] = {
        "caption": _caption,
        "translate": _translate,
        "ask": _ask,
    }[config.task]
    every = [*task(config, facts), *_common(config, facts, on_gpu=on_gpu)]
    first = {choice.name: choice for choice in reversed(every)}  # the seed's own stand first
    made = [first[name] for name in dict.fromkeys(choice.name for choice in every)]
    made = [choice for choice in made if is_open(config, choice.name)]
    return config.changed({choice.name: choice.value for choice in made}), made


def _check(config: TrainConfig) -> None:
    words, task = config.words, config.task
    _unused(config, (*_UNUSED[task], *_NEVER), f"options of the task {task}")
    if _transforms(config):
        _unused(config, _RECURRENT, "options of a transformer that writes")
    elif task != "ask":
        _unused(config, ("words.heads",), "options of a recurrent writer")
    _check_choices(config)
    if words.order == "seed":
        _check_seed(config)
    if config.objective != "classify" or config.distill.teacher is not None:
        raise ConfigError(f"the task {task} without an objective or a teacher", "one")
    if config.strategy == "fsdp":
        raise ConfigError(f"strategy=ddp for the task {task}", "fsdp", "strategy=ddp")


def _check_choices(config: TrainConfig) -> None:
    """Refuse values that another task has a use for."""
    words, task = config.words, config.task
    if task == "caption" and words.attention not in (None, "additive", "hard"):
        raise ConfigError("additive or hard attention for captions", f"{words.attention}")
    if task == "caption" and not _transforms(config) and words.layers not in (None, 1):
        raise ConfigError("one layer for recurrent captions", f"layers={words.layers}", "layers=1")
    if task == "translate" and words.attention == "hard":
        raise ConfigError("hard attention for captions", f"the task {task}", "additive")
    if task != "translate" and words.splits and len(set(words.splits)) > 1:
        raise ConfigError(f"one split for the task {task}", str(words.split), words.splits[0])


def _unused(config: TrainConfig, names: tuple[str, ...], what: str) -> None:
    """Refuse an option that would change nothing."""
    plain = TrainConfig()
    for name in names:
        if config.get(name) != plain.get(name):
            raise ConfigError(what, f"{name}={config.get(name)}", "leaving it out")


def _check_seed(config: TrainConfig) -> None:
    """Refuse what the seed's order has otherwise; its cell is a plain one, whatever is named."""
    for name, value in _SEED.items():
        if config.get(name) not in (None, value):
            got = f"{name}={config.get(name)}"
            raise ConfigError(f"{name}={value} in the order seed", got, "leaving it out")


def _translate(config: TrainConfig, facts: WordFacts) -> list[Choice]:
    return [
        Choice("words.writer", "recurrent", "learns from few pairs, and shows one map a word"),
        *_sizes(config, facts),
        *_attention(config),
        _split(facts),
        Choice("words.least", 2, "a word that comes once cannot be learned; it is <unk>"),
        Choice("words.longest", 60, "longer sentences cost much and are rare"),
        Choice("smoothing", 0.1, "labels are uncertain", "0.1 (Vaswani, 5.4)"),
    ]


def _caption(config: TrainConfig, facts: WordFacts) -> list[Choice]:
    return [
        *eye_choices(config, facts),
        Choice("words.writer", "recurrent", "its maps are the sharper ones", "LSTM (Xu)"),
        *_sizes(config, facts),
        *_attention(config),
        _split(facts),
        Choice("words.least", 2, "a word that comes once cannot be learned; it is <unk>"),
        Choice("words.longest", 50, "longer captions cost much and are rare"),
        _doubly(config),
        Choice("smoothing", 0.0, "each picture has several captions"),
    ]


def _ask(config: TrainConfig, facts: WordFacts) -> list[Choice]:
    return [
        *eye_choices(config, facts),
        Choice("words.hidden", 128, "few words, few answers"),
        Choice("words.embed", 64, "few words"),
        Choice("words.layers", 1, "questions are short"),
        Choice("words.dropout", 0.0, "questions differ from picture to picture"),
        _split(facts),
        Choice("words.least", 1, "each word of a question counts"),
        Choice("smoothing", 0.0, "answers are certain"),
    ]


def _is_fresh(config: TrainConfig) -> bool:
    """Tell whether captions are learned together with a network of pictures from nothing."""
    return config.task == "caption" and config.checkpoint is None


def _transforms(config: TrainConfig) -> bool:
    """Tell whether the writer is a transformer."""
    return config.words.writer == "transformer"


def _sizes(config: TrainConfig, facts: WordFacts) -> list[Choice]:
    """Choose the sizes of a writer."""
    turns = facts.turns
    if _transforms(config) and _is_fresh(config) and facts.side <= SMALL:
        return [
            Choice("words.hidden", 128, "simple pictures, few words", "512 (Vaswani, table 3)"),
            Choice("words.layers", 2, "simple pictures, few words", "6 (Vaswani, table 3)"),
            Choice("words.dropout", 0.0, "the network of pictures is small", "0.1 (Vaswani, 5.4)"),
        ]
    if _transforms(config):
        return [
            Choice("words.hidden", 256, f"{turns} texts", "512 (Vaswani, table 3)"),
            Choice("words.layers", 3, f"{turns} texts", "6 (Vaswani, table 3)"),
            Choice("words.dropout", 0.2, f"{turns} texts", "0.1 (Vaswani, 5.4)"),
        ]
    paper = "1000 (Bahdanau)" if config.task == "translate" else "1800 (Xu, COCO)"
    seed = [Choice(name, value, "the seed's") for name, value in _SEED.items()]
    return [
        *(seed if config.words.order == "seed" else []),
        Choice("words.hidden", 256, f"{turns} texts", paper),
        Choice("words.embed", 256, f"{turns} texts", "620 (Bahdanau), 512 (Xu)"),
        Choice("words.layers", 1, "one is enough for short texts", "1"),
        Choice("words.dropout", 0.3, f"{turns} texts are few", "0.5 (Xu)"),
    ]


def _attention(config: TrainConfig) -> list[Choice]:
    if _transforms(config):
        return []
    return [Choice("words.attention", "additive", "for any sizes", "additive (Bahdanau, Xu)")]


def _doubly(config: TrainConfig) -> Choice:
    frozen = config.words.tuned == 0 or (config.words.tuned is None and config.checkpoint)
    if frozen:
        return Choice("words.alpha_c", 1.0, "every place is looked at once", "1 (Xu)")
    return Choice("words.alpha_c", 0.0, "the network that reads is to learn where to look")


def _split(facts: WordFacts) -> Choice:
    """Choose how texts are cut: Korean words change their endings, so that parts are learned."""
    korean = [share > _HANGUL for share in facts.hangul]
    if not any(korean):
        return Choice("words.split", "words", "words of the training part, in small letters")
    if find_spec("tokenizers") is None:
        why = "Korean; saccade[words] would cut words into parts that are learned better"
        return Choice("words.split", "words", why)
    ways = ["bpe-jamo" if one else "words" for one in korean]
    split = ways[0] if ways[0] == ways[1] else ",".join(ways)
    return Choice("words.split", split, "Korean words change their endings, so parts are learned")


def _common(config: TrainConfig, facts: WordFacts, *, on_gpu: bool) -> list[Choice]:
    batch = Choice("batch_size", 64, "texts are short")
    if _is_fresh(config):
        batch = Choice("batch_size", 32, "more steps, while all is fresh")
    epochs = round(_LEARNED[config.task] / max(facts.turns, 1))
    seen = f"{_LEARNED[config.task]} texts of {facts.turns}, {_LEAST} to {_MOST} epochs"
    rate = 5e-4 if _transforms(config) and not _is_fresh(config) else 1e-3
    return [
        Choice("epochs", min(max(epochs, _LEAST), _MOST), seen),
        batch,
        Choice("grad_accum", 1, "a batch makes a step"),
        Choice("opt", "adamw", "needs little care"),
        Choice("lr", rate, "for AdamW with batches of 64", "4e-4 (the tutorial's decoder)"),
        Choice("min_lr", 1e-5, "ends small"),
        Choice("warmup_lr", 1e-6, "starts small"),
        Choice("warmup_epochs", 1.0, "transformers need one; it harms no other"),
        Choice("sched", "cosine", "falls to the end of the run"),
        Choice("layer_decay", 1.0, "all parts alike"),
        Choice("weight_decay", 0.01, "little"),
        Choice("clip_grad", 1.0, "recurrent nets have steep places", "1 (Bahdanau)"),
        Choice("ema_decay", 0.0, "none"),
        Choice("amp", on_gpu, "bfloat16 is fast on CUDA, on a CPU seldom faster"),
        _vocabulary(config, facts),
    ]


def _vocabulary(config: TrainConfig, facts: WordFacts) -> Choice:
    split = config.words.split or str(_split(facts).value)
    if "bpe" in split or "unigram" in split:
        size = 4000 if facts.turns < 50_000 else 8000
        return Choice("words.vocabulary", size, f"parts of words, from {facts.turns} texts")
    return Choice("words.vocabulary", 10_000, "the most frequent words", "10,000 (Xu, COCO)")
