"""Arrays of Flax's attention layers."""

import torch

from saccade.checkpoints.flax import (
    ALONG_CHANNELS,
    FROM_HEADS,
    KV,
    QKV,
    SQUEEZED,
    TO_HEADS,
    scan,
    unscan,
)

HEADS = {"heads": 2}


def test_heads_by_hand() -> None:
    # One feature, two heads of two features: head 0 has the first two rows of ours.
    kernel = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]])
    assert TO_HEADS.read([kernel], {})[0].tolist() == [[1], [2], [3], [4]]
    assert TO_HEADS.read([kernel[0]], {})[0].tolist() == [1, 2, 3, 4]
    out = kernel.permute(1, 2, 0)
    assert FROM_HEADS.read([out], {})[0].tolist() == [[1, 2, 3, 4]]


def test_a_projection_slowly(normal) -> None:
    x, kernel, bias = normal(3, 5), normal(5, 2, 4), normal(2, 4)
    weight, flat = TO_HEADS.read([kernel, bias], {})
    theirs = torch.zeros(3, 2, 4)
    for head in range(2):
        theirs[:, head] = x @ kernel[:, head] + bias[head]
    torch.testing.assert_close(x @ weight.T + flat, theirs.flatten(1))
    out = normal(2, 4, 6)
    back = sum(theirs[:, head] @ out[head] for head in range(2))
    torch.testing.assert_close(theirs.flatten(1) @ FROM_HEADS.read([out], {})[0].T, back)


def test_there_and_back(normal) -> None:
    for change, parts in (
        (TO_HEADS, [normal(5, 2, 4)]),
        (TO_HEADS, [normal(2, 4)]),
        (FROM_HEADS, [normal(2, 4, 5)]),
        (QKV, [normal(5, 2, 4) for _ in range(3)]),
        (QKV, [normal(2, 4) for _ in range(3)]),
        (KV, [normal(8, 2, 4) for _ in range(2)]),
        (SQUEEZED, [normal(3, 4)]),
        (ALONG_CHANNELS, [normal(1, 1, 1, 6)]),
    ):
        again = change.write(change.read(parts, HEADS), HEADS)
        assert len(again) == len(parts)
        assert all(torch.equal(one, two) for one, two in zip(again, parts, strict=True))


def test_axes_of_length_one_are_dropped(normal) -> None:
    kernel, bias = normal(1, 3, 4, 1), normal(1, 1, 4)
    weight, flat = (SQUEEZED.read([part], {})[0] for part in (kernel, bias))
    assert torch.equal(weight, kernel[0, :, :, 0].T)
    assert torch.equal(flat, bias[0, 0])


def test_blocks_that_were_scanned(normal) -> None:
    scanned = {"a/encoderblock/x/scale": normal(3, 4), "a/norm": normal(4)}
    plain, origin = unscan(scanned)
    assert [name for name in plain if "block" in name] == [
        f"a/encoderblock_{number}/x/scale" for number in range(3)
    ]
    assert torch.equal(plain["a/encoderblock_2/x/scale"], scanned["a/encoderblock/x/scale"][2])
    assert origin["a/encoderblock_2/x/scale"] == "a/encoderblock/x/scale"
    again = scan(plain)
    assert again.keys() == scanned.keys()
    assert all(torch.equal(again[name], scanned[name]) for name in scanned)


def test_eleven_blocks_keep_their_order() -> None:
    scanned = {"encoderblock/scale": torch.arange(11.0)[:, None]}
    assert torch.equal(
        scan(unscan(scanned)[0])["encoderblock/scale"], scanned["encoderblock/scale"]
    )
