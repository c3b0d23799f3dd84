"""Which implementation runs, and how one wishes for another."""

import pytest
import torch

from saccade import kernels
from saccade.errors import ConfigError
from saccade.kernels import choice, compiler

SOURCE = "local_window.c"
here, elsewhere = torch.zeros(1), torch.zeros(1, device="meta")


@pytest.fixture
def no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a C compiler."""
    monkeypatch.setattr(compiler, "_known", {SOURCE: (None, "no C compiler among cc")})


@pytest.fixture
def with_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose library is there; nothing is called in it."""
    monkeypatch.setattr(compiler, "_known", {SOURCE: (object(), "")})


@pytest.mark.usefixtures("with_library")
def test_the_fast_twin_runs_where_it_can() -> None:
    assert kernels.chosen(here, SOURCE) == "c"
    assert kernels.chosen(elsewhere, SOURCE) == "torch"


@pytest.mark.usefixtures("no_compiler")
def test_without_a_compiler_torch_runs_silently() -> None:
    assert kernels.chosen(here, SOURCE) == "torch"
    message = "expected a usable c kernel, got no C compiler among cc; try kernels.using"
    with pytest.raises(ConfigError, match=message), kernels.using("c"):
        kernels.chosen(here, SOURCE)


@pytest.mark.usefixtures("with_library")
def test_a_wish_holds_inside_its_block() -> None:
    with kernels.using("torch"):
        assert kernels.chosen(here, SOURCE) == "torch"
        with kernels.using("auto"):
            assert kernels.chosen(here, SOURCE) == "c"
        assert kernels.chosen(here, SOURCE) == "torch"
    assert kernels.chosen(here, SOURCE) == "c"


@pytest.mark.usefixtures("with_library")
def test_the_environment_gives_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SACCADE_KERNELS", "torch")
    assert kernels.chosen(here, SOURCE) == "torch"
    with kernels.using("c"):
        assert kernels.chosen(here, SOURCE) == "c"
    monkeypatch.setenv("SACCADE_KERNELS", "fast")
    with pytest.raises(ConfigError, match="kernels out of auto, c, triton, torch, got 'fast'"):
        kernels.chosen(here, SOURCE)


@pytest.mark.usefixtures("with_library")
def test_a_demand_for_another_device() -> None:
    wanted = "expected a usable triton kernel, got none for cpu tensors"
    with pytest.raises(ConfigError, match=wanted), kernels.using("triton"):
        kernels.chosen(here, SOURCE)
    with pytest.raises(ConfigError, match="none for meta tensors"), kernels.using("c"):
        kernels.chosen(elsewhere, SOURCE)


def test_an_unknown_wish() -> None:
    with pytest.raises(ConfigError, match="expected kernels out of"), kernels.using("cuda"):
        pass


@pytest.mark.usefixtures("no_compiler")
def test_status_says_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "find_spec", lambda _: None)
    told = {(s.name, s.function): (s.usable, s.reason) for s in kernels.status()}
    assert told["c", "local_window"] == (False, "no C compiler among cc")
    assert told["triton", ""] == (False, "triton is not installed")
    assert told["torch", ""] == (True, "")
