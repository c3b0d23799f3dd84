"""Two processes share a teacher's answers and the judging of two heads."""

from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from saccade.data.batches import Batches, Feed
from saccade.training.distillation.cached import cached_answers
from saccade.training.distillation.teacher import open_teacher
from saccade.training.distillation.two_heads import judged_heads
from tests.training.conftest import CLASSES, PIXELS, stripes
from tests.training.distillation.conftest import student

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def measured(folder: Path, source: str, feed: Feed) -> dict:
    teacher = open_teacher(source, CLASSES)
    told = []
    answers = cached_answers(
        teacher, stripes(22), folder, device=torch.device("cpu"), tick=told.append
    )
    batches = Batches(stripes(9, seed=1, name="val"), PIXELS, batch_size=2, feed=feed)
    scores, heads = judged_heads(student(), batches)
    return {
        "table": answers.table,
        "found": answers.found,
        "asked": len(told),
        "numbers": [scores.accuracy, scores.loss, *heads.values()],
    }


def work(rank: int, folder: str, source: str) -> None:
    torch.set_num_threads(1)
    meet = f"file://{folder}/meet"
    dist.init_process_group("gloo", init_method=meet, rank=rank, world_size=2)
    feed = Feed(rank=rank, processes=2)
    found = measured(Path(folder) / "runs" / "1", source, feed)
    dist.barrier()
    again = measured(Path(folder) / "runs" / "2", source, feed)
    torch.save([found, again], f"{folder}/rank{rank}.pt")
    dist.destroy_process_group()


def test_two_processes_know_what_one_knows(tmp_path, teacher_file) -> None:
    source = str(teacher_file())
    mp.spawn(work, (str(tmp_path), source), nprocs=2)
    alone = measured(tmp_path / "alone" / "1", source, Feed())
    for rank in range(2):
        found, again = torch.load(tmp_path / f"rank{rank}.pt")
        assert torch.allclose(found["table"], alone["table"], atol=1e-6)
        assert (found["found"], found["asked"]) == (False, 1)
        assert (again["found"], again["asked"]) == (True, 0)
        assert found["numbers"] == pytest.approx(alone["numbers"], abs=1e-6)
    assert len(list((tmp_path / "runs").glob("*/teacher-*.safetensors"))) == 1
