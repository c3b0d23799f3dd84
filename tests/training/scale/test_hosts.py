"""Two hosts: network namespaces of their own, joined by a cable, with one process in each."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from saccade.training.loop import Loop
from saccade.training.scale.processes import ALONE
from tests.training.scale.runs import make_task, told

HOSTS = {f"saccade{os.getpid()}a": "10.211.77.1", f"saccade{os.getpid()}b": "10.211.77.2"}


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=30)


@pytest.fixture
def hosts() -> Iterator[list[str]]:
    """Two namespaces that reach each other and nothing else."""
    if shutil.which("ip") is None or os.geteuid() != 0:
        pytest.skip("network namespaces need the tool ip and its rights")
    names, ends = list(HOSTS), [f"v{os.getpid() % 10**6}a", f"v{os.getpid() % 10**6}b"]
    try:
        for name in names:
            try:
                ip("netns", "add", name)
            except subprocess.CalledProcessError as error:
                pytest.skip(f"no network namespaces here: {error.stderr.decode().strip()}")
        ip("link", "add", ends[0], "type", "veth", "peer", "name", ends[1])
        for name, end in zip(names, ends, strict=True):
            ip("link", "set", end, "netns", name)
            ip("-n", name, "addr", "add", f"{HOSTS[name]}/24", "dev", end)
            ip("-n", name, "link", "set", end, "up")
            ip("-n", name, "link", "set", "lo", "up")
        yield ends
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


def start(rank: int, end: str, folder: Path) -> subprocess.Popen[str]:
    """Start the process of one host."""
    name, meeting = list(HOSTS)[rank], next(iter(HOSTS.values()))
    command = ["ip", "netns", "exec", name, sys.executable, "-m", "torch.distributed.run"]
    command += ["--nnodes=2", f"--node-rank={rank}", "--nproc-per-node=1"]
    command += [f"--master-addr={meeting}", "--master-port=29517"]
    command += ["-m", "tests.training.scale.runs", "ddp", str(folder), "0", ""]
    environment = {**os.environ, "GLOO_SOCKET_IFNAME": end, "TP_SOCKET_IFNAME": end}
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_hosts_learn_what_one_learns(tmp_path: Path, hosts: list[str]) -> None:
    losses: list[float] = []

    def show(record) -> None:
        if record["event"] == "step":
            losses.append(record["loss"])

    Loop(make_task(ALONE, "ddp", tmp_path / "alone", show)).run()
    running = [start(rank, end, tmp_path / "two") for rank, end in enumerate(hosts)]
    try:
        said = [process.communicate(timeout=600)[0] for process in running]
    finally:
        for process in running:
            process.kill()
    assert [process.returncode for process in running] == [0, 0], "\n".join(said)[-3000:]
    assert told(tmp_path / "two")["losses"] == pytest.approx(losses, abs=1e-5)
