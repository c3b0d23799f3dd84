from saccade.training.choices import choose
from saccade.training.config import TrainConfig
from saccade.training.facts import Facts

PHOTOS = Facts(count=9_000, classes=0, height=32, width=32, alike=True, grey=False)


def test_the_papers_rules_by_hand() -> None:
    # MAE: 1.5e-4 for 256 pictures, so 1.2e-3 for 2,048.
    config, choices = choose(TrainConfig(objective="mae", batch_size=2048), PHOTOS, on_gpu=True)
    assert (config.lr, config.weight_decay, config.weight_decay_end) == (1.2e-3, 0.05, None)
    assert (config.crop, config.flip, config.epochs, config.preset) == (0.2, True, 100, None)
    assert all(choice.reason for choice in choices)


def test_dino_decays_more_and_more() -> None:
    config, choices = choose(TrainConfig(objective="dino"), PHOTOS, on_gpu=False)
    assert (config.weight_decay, config.weight_decay_end, config.clip_grad) == (0.04, 0.4, 0.0)
    why = {choice.name: choice.reason for choice in choices}
    assert config.lr == 5e-4
    assert "too little for a short run" in why["lr"]


def test_every_objective_leaves_nothing_open() -> None:
    for name in ("masked-patches", "next-patch"):
        config, _ = choose(TrainConfig(objective=name), PHOTOS, on_gpu=False)
        assert None not in (config.lr, config.opt, config.sched, config.clip_grad, config.epochs)
