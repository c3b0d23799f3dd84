"""saccade plan, as it is typed."""

import json

import pytest

from saccade.cli.main import main

CLOSE = ["plan", "--params", "632M", "--gpus", "64", "--batch", "4096"]


def test_the_huge_model_on_64_devices(capsys) -> None:
    assert main(CLOSE) == 0
    told = capsys.readouterr().out
    assert "vit_huge_patch14_224; 632.0M parameters, 32 blocks of width 1280" in told
    assert "64 x h100 on 8 nodes, ddp, bf16, adamw; 4096 pictures a step" in told
    assert "167.30 G multiply-adds" in told
    assert "fits: 75.6 GiB of 79.6 may be used" in told
    assert "measured error of the memory model" in told
    assert "torchrun --nnodes=8 --nproc-per-node=8 --rdzv-backend=c10d" in told
    assert "--model vit_huge_patch14_224 --batch-size 64 --strategy ddp" in told


def test_json_holds_the_run(capsys) -> None:
    assert main([*CLOSE, "--json", "--images", "50000", "--epochs", "10"]) == 0
    told = json.loads(capsys.readouterr().out)
    run, rate = told["run"], told["speed"]["pictures_a_second"]
    assert run["epoch_seconds"] == pytest.approx(50_000 / rate)
    assert run["device_hours"] == pytest.approx(64 * 10 * 50_000 / rate / 3600)
    assert told["memory"]["fits"] is True


def test_what_does_not_fit_is_told_what_would(capsys) -> None:
    words = ["plan", "vit_huge_patch14_224", "--device", "l4", "--gpus", "8", "--batch", "512"]
    assert main([*words, "--strategy", "fsdp", "--ema"]) == 0
    told = capsys.readouterr().out
    assert "does not fit: 21.4 GiB of 22.5 may be used" in told
    assert "nearest change that fits: --grad-accum 2" in told
    assert "--batch-size 32 --grad-accum 2 --strategy fsdp --ema-decay 0.9999" in told
    assert "last/ (8 shares)" in told


def test_where_nothing_fits_the_least_is_told(capsys) -> None:
    words = ["plan", "vit_gigantic_patch14_224", "--device", "t4", "--gpus", "4", "--batch", "4"]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "nor does any smaller step, recomputed or spread; the least is " in told
    assert "GiB, while measuring, with --strategy fsdp" in told


def test_a_scaled_shape_names_what_it_is(capsys) -> None:
    assert main(["plan", "--params", "140M", "--img-size", "256", "--device", "a100-80"]) == 0
    told = capsys.readouterr().out
    assert "vit_base_patch16_224, its width 768 scaled to 972" in told
    assert "--img-size 256 --model-kwargs.embed-dim 972 --batch-size 64" in told


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--params", "632M", "--device", "h1000"], "the name of a device, got 'h1000'; try h100"),
        (["--params", "632M", "--gpus", "0"], "gpus of at least 1, got 0"),
        (["--params", "632M", "--gpus", "3", "--batch", "10"], "got 10; try batch 9 or 12"),
        (["--params", "lots"], "expected --params as a number such as 50000, 1.28M or 22B"),
        (["vit_tiny_patch16_224", "--epochs", "0"], "more than 0 epochs, got 0"),
        ([], "either a model or --params, got neither"),
        (["vit_tiny_patch16_223"], "the name of a model, got 'vit_tiny_patch16_223'"),
        (["resnet50"], "a vision transformer of equal blocks"),
    ],
)
def test_mistakes_are_one_sentence(words, sentence, capsys) -> None:
    assert main(["plan", *words]) == 1
    told = capsys.readouterr()
    assert sentence in told.err
    assert told.err.count("\n") == 1
    assert not told.out


def test_this_machine_is_a_device_too(capsys) -> None:
    assert main(["plan", "vit_tiny_patch16_224", "--device", "cpu", "--batch", "8"]) == 0
    assert "1 x cpu on 1 node, ddp, fp32" in capsys.readouterr().out
