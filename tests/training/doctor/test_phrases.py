import pytest

from saccade.training.doctor.phrases import CHECKPOINT, RUN

BOTH = {**{f"checkpoint {k}": v for k, v in CHECKPOINT.items()}, **RUN}


@pytest.mark.parametrize("code", BOTH)
def test_both_languages_name_the_same_numbers(code):
    severity, english, korean = BOTH[code]
    marks = [
        sorted({part.split("}")[0].split(":")[0] for part in text.split("{")[1:]})
        for text in (english, korean)
    ]
    assert marks[0] == marks[1]
    assert severity in ("problem", "caution", "fine")
    assert not english.endswith(".")
