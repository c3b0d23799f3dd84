"""The table of devices, and the processor of this machine."""

import pytest

from saccade.errors import ConfigError, UnknownName
from saccade.training.scale.devices import DEVICES, GIB, find_device, this_processor


def test_published_numbers_of_an_h100() -> None:
    device = find_device("H100")
    assert device.flops("bf16") == 989e12  # dense; the data sheet's 1979 is with sparsity
    assert device.flops("fp32") == 67e12
    assert device.memory == pytest.approx(81_559 / 1024 * GIB, rel=1e-3)
    assert device.link == 900e9 / 2  # one direction


def test_every_device_talks_slower_than_it_reads_and_reads_slower_than_it_computes() -> None:
    for device in DEVICES.values():
        assert device.network <= device.link < device.bandwidth < min(device.peak.values())
        assert device.reserve < device.memory


def test_an_unknown_device_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="the name of a device, got 'h1000'; try h100"):
        find_device("h1000")


def test_a_card_without_bfloat16_says_so() -> None:
    with pytest.raises(ConfigError, match=r"t4 computes fast .fp16 or fp32., got bf16"):
        find_device("t4").flops("bf16")


def test_this_processor_is_measured() -> None:
    device = this_processor(rounds=1, side=64)
    assert device.memory > GIB / 4
    assert device.flops("fp32") > 1e7
    assert not device.hides
    assert device.compute == "cpu"
