from saccade.training.config import TrainConfig
from saccade.training.proposal import propose


def _chosen(source: str, **changes: object) -> dict[str, object]:
    proposal = propose(source, TrainConfig(device="cpu", **changes))
    return {choice.name: choice.value for choice in proposal.choices}


def test_recurrent_attention_has_choices_of_its_own():
    chosen = _chosen("digits", model="ram_mnist")
    assert chosen["preset"] == "scratch-small"
    assert (chosen["batch_size"], chosen["lr"], chosen["weight_decay"]) == (128, 1e-3, 0.0)
    assert (chosen["smoothing"], chosen["flip"], chosen["in_chans"]) == (0.0, False, 1)
    assert "patch_size" not in chosen
    assert "weight_init" not in chosen


def test_large_scenes_stay_grey_and_whole():
    chosen = _chosen("cluttered-100:digits", model="ram_cluttered_100")
    assert (chosen["in_chans"], chosen["crop"], chosen["img_size"]) == (1, 0.0, (100, 100))


def test_what_is_asked_for_stands_and_others_have_their_own():
    assert "lr" not in _chosen("digits", model="ram_mnist", lr=0.01)
    assert _chosen("digits")["lr"] == 2e-3
