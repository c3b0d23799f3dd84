from saccade.data.doctor.phrases import DATA


def test_each_phrase_is_one_sentence_without_a_full_stop_at_its_end():
    for severity, english, korean in DATA.values():
        assert severity in ("problem", "caution", "fine")
        assert not english.endswith((".", " "))
        assert "  " not in english + korean
