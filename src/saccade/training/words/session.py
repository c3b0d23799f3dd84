"""A run of words: its data, model and loop, before its first step and when it is gone on with."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch

from saccade.checkpoints.card import Card
from saccade.checkpoints.native import Checkpoint, read
from saccade.checkpoints.word_weights import WordTask, word_card, words_of
from saccade.data.sets import BadFile
from saccade.models.words.decoding import WordModel
from saccade.training.announcing import announce
from saccade.training.beginning import (
    RunData,
    new_journal,
    old_journal,
    tell_choices,
    write_resume,
    write_start,
)
from saccade.training.choices import Choice, given
from saccade.training.config import TrainConfig
from saccade.training.journal import Journal, Show
from saccade.training.lesson import Lesson
from saccade.training.loop import Loop
from saccade.training.randomness import own_randomness
from saccade.training.resuming import check_data, resumed
from saccade.training.scale.processes import ALONE, World
from saccade.training.start import pick_device, run_card
from saccade.training.task import Task
from saccade.training.words.building import WordStart, build_start
from saccade.training.words.lessons import AnswerLesson, Writing, WritingLesson
from saccade.training.words.opening import WordParts, find_word_facts, open_words
from saccade.training.words.recipe import choose_words
from saccade.training.words.supply import Supply, lengths_of, supply


@dataclass(frozen=True, kw_only=True, slots=True)
class WordSession:
    """A run of words under way.

    Args:
        loop: at its place.
        task: what the loop works on.
        parts: the data.
        start: the model with its vocabularies.
        choices: what was chosen at its start; none when it is gone on with.
        bad: pictures that were found broken before the first batch.
    """

    loop: Loop
    task: Task
    parts: WordParts
    start: WordStart
    choices: tuple[Choice, ...]
    bad: tuple[BadFile, ...]


@dataclass(frozen=True, slots=True)
class WordProposal:
    """A run of words that could begin.

    Args:
        config: with nothing left open.
        asked: what the user asked for.
        choices: what was chosen for the user.
        parts: the data.
    """

    config: TrainConfig
    asked: tuple[Choice, ...]
    choices: tuple[Choice, ...]
    parts: WordParts


def propose_words(source: str, config: TrainConfig, *, world: World = ALONE) -> WordProposal:
    """Look at the data, and choose what the config leaves open.

    Args:
        source: of the data.
        config: what is asked for.
        world: the processes of the run.

    Raises:
        DataError: the data cannot be used.
        ConfigError: an option cannot work.
    """
    on_gpu = pick_device(config.device, world).type == "cuda"
    parts = open_words(source, config)
    chosen, choices = choose_words(config, find_word_facts(parts.train), on_gpu=on_gpu)
    return WordProposal(chosen, tuple(given(config)), tuple(choices), parts)


def begin_words(source: str, config: TrainConfig, show: Show | None, world: World) -> WordSession:
    """Open the data, settle what is left open, make the folder, write down the reasons.

    Args:
        source: of the data.
        config: what is asked for.
        show: called with each event.
        world: the processes of the run.
    """
    device = pick_device(config.device, world)
    proposal = propose_words(source, config, world=world)
    config, parts = proposal.config, proposal.parts
    with own_randomness(config.seed, torch.device("cpu")):
        start = build_start(config, parts.train)
    journal = new_journal(config, show, world)
    choices = [*proposal.choices, *start.choices]
    tell_choices(journal, choices)
    facts = {**parts.counts(), "fingerprint": parts.fingerprint()}
    data = RunData(source, facts, parts.hashes)
    write_start(journal, config, data, choices, start.model, world)
    card = word_card(
        start.model,
        task=cast("WordTask", config.task),
        source=start.source,
        target=start.target,
        answers=start.answers,
        preprocessing=start.preprocessing,
        training={"data": data.told},
    )
    start.model.to(device)
    task, bad = make_word_task(start, parts, config, card, journal, world)
    announce(task)
    return WordSession(
        loop=Loop(task), task=task, parts=parts, start=start, choices=tuple(choices), bad=bad
    )


def go_on_with_words(
    source: str | None,
    config: TrainConfig,
    path: Path,
    show: Show | None,
    world: World,
) -> WordSession:
    """Set up a run as it stood when its checkpoint was saved.

    Args:
        source: of the data; that of the run when None.
        config: what is asked for anew.
        path: of the checkpoint, in the folder of the run.
        show: called with each event.
        world: the processes of the run.

    Raises:
        CheckpointError: there is nothing to go on from.
        ConfigError: an option differs from the run's.
        DataError: the data differ from the run's.
    """
    checkpoint = read(path)
    card = run_card(checkpoint, origin=str(path))
    config = resumed(config, TrainConfig.from_dict(card.training["config"]))
    device = pick_device(config.device, world)
    told = card.training["data"]
    parts = open_words(source or told["source"], config)
    check_data(told, {**parts.counts(), "fingerprint": parts.fingerprint()})
    start = start_of(checkpoint, origin=str(path))
    start.model.to(device)
    blank = dataclasses.replace(card, training={"data": told})
    step = int(card.training["place"].get("step", 0))
    journal = old_journal(path.parent, config, step, show, world)
    task, bad = make_word_task(start, parts, config, blank, journal, world)
    loop = Loop(task)
    loop.resume(checkpoint, origin=str(path))
    write_resume(loop)
    return WordSession(loop=loop, task=task, parts=parts, start=start, choices=(), bad=bad)


def start_of(checkpoint: Checkpoint, *, origin: str) -> WordStart:
    """Make the model of a checkpoint, with its vocabularies.

    Raises:
        CheckpointError: it holds no model of words, or does not fit together.
    """
    found = words_of(checkpoint, origin=origin)
    return WordStart(
        model=found.model,
        source=found.source,
        target=found.target,
        answers=found.answers,
        preprocessing=found.preprocessing,
    )


def make_word_task(
    start: WordStart,
    parts: WordParts,
    config: TrainConfig,
    card: Card,
    journal: Journal,
    world: World,
) -> tuple[Task, tuple[BadFile, ...]]:
    """Put a task together.

    Args:
        start: the model, on its device.
        parts: the data.
        config: with nothing left open.
        card: what is known of the weights.
        journal: of the run.
        world: the processes of the run.

    Returns:
        The task, and the pictures that were found broken.
    """

    def tell(part: str, done: int, of: int) -> None:
        journal.show("evaluate", part=f"the pictures of {part}", batch=done, batches=of)

    train, val = supply(start, parts, config, world, tell=tell)
    lesson = make_word_lesson(start, parts, config, val)
    device = next(start.model.parameters()).device
    task = Task(
        lesson=lesson.to(device),
        train=train.batches,
        val=None if val is None else val.batches,
        config=config,
        card=card,
        folder=journal.path.parent,
        journal=journal,
        world=world,
        present=train.present,
        unit="questions" if config.task == "ask" else "words",
    )
    return task, (*train.bad, *(() if val is None else val.bad))


def make_word_lesson(
    start: WordStart, parts: WordParts, config: TrainConfig, judged: Supply | None
) -> Lesson:
    """Make the lesson of a task.

    Args:
        start: the model.
        parts: the data.
        config: with nothing left open.
        judged: the part that it is judged by, if there is one.
    """
    smoothing = config.smoothing or 0.0
    present: Any = None if judged is None else judged.present
    if start.target is None:
        return AnswerLesson(start.model, present, start.answers, smoothing=smoothing)
    mean, most = lengths_of(start, parts.train)
    how = Writing(
        words=start.target,
        present=present,
        longest=min(most, config.words.longest or most) + 5,
        length=mean,
        beam=config.words.beam,
        smoothing=smoothing,
        ratio=config.words.ratio,
        alpha_c=config.words.alpha_c or 0.0,
    )
    return WritingLesson(cast("WordModel", start.model), how)
