"""Every verdict is told in whole sentences, and every one that is given has words."""

import re
from pathlib import Path

import pytest

from saccade import inspection
from saccade.inspection.evidence.verdicts import VERDICTS

SOURCE = Path(inspection.__file__).parent / "evidence"


def test_every_verdict_is_given_somewhere():
    text = "".join(path.read_text("utf-8") for path in sorted(SOURCE.glob("audit*.py")))
    given = set(re.findall(r'Finding\(\s*"(\w+)"', text))
    assert given == set(VERDICTS)


@pytest.mark.parametrize("name", VERDICTS)
def test_it_has_evidence_and_a_cure(name):
    what, cure = VERDICTS[name]
    assert cure
    if name != "stretched":
        assert re.search(r"\{\w+", what)
    assert not what.endswith(".")
