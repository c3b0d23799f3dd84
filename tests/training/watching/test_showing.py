from saccade.training.watching.showing import together


def test_each_is_shown_each_record_in_turn() -> None:
    seen: list[tuple[str, str]] = []
    show = together(
        lambda record: seen.append(("first", record["event"])),
        None,
        lambda record: seen.append(("second", record["event"])),
    )
    show({"event": "step"})
    assert seen == [("first", "step"), ("second", "step")]
    together()({"event": "step"})
