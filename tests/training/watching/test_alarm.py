import math

import pytest

from saccade.training.watching.alarm import EntropyAlarm, collapsed_layers, spreads_evenly


def test_a_layer_that_reads_one_token_is_told_once_until_it_falls_again() -> None:
    alarm, fallen, well = EntropyAlarm(), {"a": (0.6, 0.4), "b": (0.01, 0.02)}, {"b": (0.5, 0.5)}
    sentence = alarm(fallen, share=0.1)
    assert sentence.startswith(
        "attention collapsed in b: its queries read one token (entropy 1.5 % of the most there can "
        "be, less than 2 %); try a lower lr"
    )
    assert alarm(fallen, share=0.2) is None
    assert alarm(well, share=0.3) is None
    assert alarm(fallen, share=0.4) == sentence


def test_many_layers_are_counted() -> None:
    sentence = EntropyAlarm()({f"blocks.{n}": (0.0,) for n in range(6)}, share=0.0)
    assert "blocks.0, blocks.1, blocks.2, blocks.3 and 2 more" in sentence


@pytest.mark.parametrize(
    ("heads", "share", "told"),
    [
        ((0.996, 0.999), 0.51, True),
        ((0.996, 0.999), 0.5, False),  # it may still learn
        ((0.994, 0.999), 0.9, False),  # one head looks
        ((math.nan, 0.999), 0.9, True),  # a head with one key says nothing
    ],
)
def test_never_learned_to_look(heads, share, told) -> None:
    sentence = EntropyAlarm()({"a": heads, "b": (0.999,)}, share=share)
    assert (sentence is not None) == told
    if told:
        assert f"after {100 * share:.0f} % of the run" in sentence


def test_even_attention_is_told_once() -> None:
    alarm = EntropyAlarm()
    assert alarm({"a": (1.0,)}, share=0.6)
    assert alarm({"a": (1.0,)}, share=0.7) is None


def test_nothing_is_known_of_nothing() -> None:
    assert EntropyAlarm()({}, share=1.0) is None
    assert collapsed_layers({"a": (math.nan,)}) == []
    assert not spreads_evenly({"a": (math.nan,)})
