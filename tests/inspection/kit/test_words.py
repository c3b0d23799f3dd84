"""What the kit's page says in Korean."""

import pytest

from saccade.inspection.kit.findings import Choice
from saccade.inspection.kit.head_measures import MEASURES
from saccade.inspection.kit.model_facts import FACTS
from saccade.inspection.kit.parts import PARTS
from saccade.inspection.kit.words import ABOUT, TITLES, korean
from tests.inspection.seen import seen


def test_every_part_has_a_title_and_is_explained() -> None:
    assert set(TITLES) == set(ABOUT) == {*PARTS, *FACTS}


@pytest.mark.parametrize("name", PARTS)
def test_every_column_and_note_is_said_in_korean(name: str) -> None:
    part = PARTS[name](Choice(flows=1))
    part.take(seen(2, depth=12))
    found = part.finish()
    texts = [*found.summary.keys, *found.summary.measures, *found.summary.after, *found.notes]
    assert [text for text in texts if korean(text) is None] == []


def test_numbers_are_carried_over() -> None:
    assert korean("patches that hold 60%") == "60%를 차지하는 패치 수"
    assert korean("entropy of query 12 (nats)") == "토큰 12의 엔트로피 (nat)"
    assert korean("mass on 5 strongest") == "가장 강한 키 5개의 몫"
    assert korean("blocks.3.attn") is None
    assert all(korean(name) for name in MEASURES)
