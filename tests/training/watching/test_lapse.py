"""The file of a look: what is written comes back, within 8 bits, whole or not at all."""

import numpy as np
import pytest
import torch

from saccade.errors import DataError, OutputError
from saccade.training.watching import lapse
from saccade.training.watching.glance import Glance, glance
from tests.training.watching.conftest import images, tiny


def written(folder, epoch=3, found=None):
    found = glance(tiny(), images()) if found is None else found
    size = lapse.write_frame(folder, found, epoch=epoch, step=70, weights="own", seen=(0, 0, 6, 6))
    path = lapse.frame_path(folder, epoch)
    assert path.stat().st_size == size
    return found, path


def test_eight_bits_by_hand() -> None:
    shares, low, high = lapse.quantised(torch.tensor([[[[0.1, 0.3], [0.2, 0.6]]]]))
    assert shares.tolist() == [[[0, 102, 51, 255]]]
    assert (low.item(), high.item()) == pytest.approx((0.1, 0.6))
    np.testing.assert_allclose(lapse.restored(shares, low, high), [[[0.1, 0.3, 0.2, 0.6]]], 1e-6)
    flat = torch.full((1, 1, 2, 2), 0.25)  # a map without a span
    np.testing.assert_array_equal(lapse.restored(*lapse.quantised(flat))[0, 0], [0.25] * 4)


def test_what_is_written_comes_back(tmp_path) -> None:
    found, path = written(tmp_path)
    frame = lapse.read_frame(path)
    assert (frame.epoch, frame.step, frame.weights, frame.seen) == (3, 70, "own", (0, 0, 6, 6))
    for one, known in zip(frame.layers, found.layers, strict=True):
        whole = lapse.with_mean(known.maps)
        span = whole.amax((-1, -2)) - whole.amin((-1, -2))
        assert ((one.maps - whole).abs().amax((-1, -2)) <= span / 510 * 1.001).all()
        torch.testing.assert_close(one.entropy, known.entropy)
        torch.testing.assert_close(one.distance, known.distance)
        assert one.keys == known.keys
    assert frame.top.tolist() == found.logits.argmax(-1).tolist()


def test_an_epoch_is_there_once_and_later_ones_can_be_forgotten(tmp_path) -> None:
    for epoch in (0, 2, 10, 2):
        written(tmp_path, epoch)
    (tmp_path / ".epoch-00004.npz.cut").write_bytes(b"half")  # left by a process that was killed
    assert lapse.epochs_of(tmp_path) == [0, 2, 10]
    lapse.forget_after(tmp_path, 2)
    assert lapse.epochs_of(tmp_path) == [0, 2]


def test_without_attention(tmp_path) -> None:
    _, path = written(tmp_path, found=Glance((), torch.tensor([[0.0, 2.0]])))
    frame = lapse.read_frame(path)
    assert frame.layers == ()
    assert frame.top.tolist() == [1]


def test_damage_and_full_disks_are_told(tmp_path, monkeypatch) -> None:
    _, path = written(tmp_path)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(DataError, match=r"expected a time-lapse in .*; try deleting this file"):
        lapse.read_frame(path)
    (tmp_path / "probes.json").write_text("{}")
    with pytest.raises(DataError, match="a time-lapse in"):
        lapse.read_probes(tmp_path)
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(OutputError, match="expected to write"):
        written(blocked)
