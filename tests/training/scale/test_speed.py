"""The time of a step: by hand and laws."""

import dataclasses

import pytest

from saccade.training.scale.devices import DEVICES
from saccade.training.scale.memory import Plan
from saccade.training.scale.shape import shape_of
from saccade.training.scale.speed import picture_flops, speed, traffic

HUGE = 632_045_800


@pytest.fixture(scope="module")
def huge() -> Plan:
    shape = shape_of("vit_huge_patch14_224")
    return Plan(shape=shape, device=DEVICES["h100"], gpus=64, nodes=8, batch=4096)


def test_a_step_by_hand(huge) -> None:
    found = speed(huge)
    assert found.flops == 6 * 167_295_109_120
    assert found.computing == pytest.approx(64 * 6 * 167_295_109_120 / (0.35 * 989e12))
    assert found.updating == pytest.approx(32 * HUGE / 3350e9)
    assert found.moved == pytest.approx(2 * 63 / 64 * 4 * HUGE)
    assert found.talking == pytest.approx(found.moved / 400e9)  # eight cards of 50 GB/s
    assert found.waiting == pytest.approx(found.talking * 26_214_400 / (4 * HUGE))
    assert found.pictures_a_second == pytest.approx(4096 / found.step)


def test_recomputing_adds_a_forward_pass_of_the_blocks(huge) -> None:
    again = dataclasses.replace(huge, grad_checkpointing=True)
    more = picture_flops(again) - picture_flops(huge)
    assert more == 2 * 32 * huge.shape.block_multiply_adds


def test_what_is_sent(huge) -> None:
    assert traffic(dataclasses.replace(huge, gpus=1, nodes=1)) == 0
    spread = dataclasses.replace(huge, strategy="fsdp")
    assert traffic(spread) == pytest.approx(1.5 * traffic(huge))
    passes = dataclasses.replace(spread, grad_accum=4)
    assert traffic(passes) == pytest.approx(4.5 * traffic(huge))
    assert traffic(dataclasses.replace(huge, grad_accum=4)) == traffic(huge)


def test_a_slow_network_cannot_hide(huge) -> None:
    slow = dataclasses.replace(huge.device, network=1e8)
    found = speed(dataclasses.replace(huge, device=slow))
    assert found.waiting == pytest.approx(found.talking - 2 / 3 * found.computing)
    shy = dataclasses.replace(huge.device, hides=False)
    alone = speed(dataclasses.replace(huge, device=shy))
    assert alone.waiting == alone.talking


def test_one_machine_talks_by_its_own_links(huge) -> None:
    here = speed(dataclasses.replace(huge, gpus=8, nodes=1, batch=512))
    assert here.talking == pytest.approx(2 * 7 / 8 * 4 * HUGE / 450e9)


def test_twice_the_devices_are_hardly_less_than_twice_as_fast(huge) -> None:
    twice = dataclasses.replace(huge, gpus=128, nodes=16, batch=8192)
    ratio = speed(twice).pictures_a_second / speed(huge).pictures_a_second
    assert 1.95 < ratio <= 2
