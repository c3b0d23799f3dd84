import torch

from saccade.models.ram_chance import pixel_chances, spread

_MASK = 2**64 - 1


def _splitmix(value: int) -> int:
    """The mixer in Python's own whole numbers."""
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


def test_the_numbers_of_two_pixels_by_hand():
    golden = 0x9E3779B97F4A7C15
    bits = (0x3F800000, 0x40000000)  # 1.0 and 2.0
    key = sum(_splitmix((b + (i + 1) * golden) & _MASK) for i, b in enumerate(bits))
    wanted = [_splitmix((key + (k + (7 << 32)) * golden) & _MASK) >> 40 for k in (1, 2, 3)]
    found = pixel_chances(torch.tensor([[[[1.0, 2.0]]]]), 3, seed=7)
    torch.testing.assert_close(found[0], (torch.tensor(wanted) + 0.5) / 2**24)


def test_they_are_even_and_unrelated(generator):
    images = torch.randn(3000, 1, 4, 4, generator=generator)
    found = pixel_chances(images, 2, 3)
    assert found.shape == (3000, 2, 3)
    assert 0 < float(found.min()) < float(found.max()) < 1
    flat = found.flatten(1)
    assert (flat.mean(0) - 0.5).abs().max() < 5 * 0.2887 / 3000**0.5
    related = torch.corrcoef(flat.T) - torch.eye(6)
    assert related.abs().max() < 5 / 3000**0.5


def test_one_bit_of_one_pixel_changes_all():
    images = torch.zeros(2, 1, 3, 3)
    images[1, 0, 2, 2] = 1e-45  # the smallest number
    first, second = pixel_chances(images, 50)
    assert (first != second).all()


def test_pixels_that_change_places_draw_otherwise():
    image = torch.arange(4.0).reshape(1, 1, 2, 2)
    assert not pixel_chances(image, 4).equal(pixel_chances(image.mT, 4))
    assert pixel_chances(image, 4).equal(pixel_chances(image.double(), 4))


def test_runs_are_spread_over_the_square(generator):
    chances = torch.rand(10, 500, 1, 2, generator=generator)
    found = spread(chances)
    assert found.shape == chances.shape
    assert found[0].equal(chances[0])
    torch.testing.assert_close(found[1], (chances[0] + torch.tensor([0.75487767, 0.56984029])) % 1)
    assert 0 <= float(found.min()) < float(found.max()) < 1
    apart = torch.stack([_nearest(points) for points in found[:, :, 0].transpose(0, 1)])
    alone = torch.stack([_nearest(points) for points in chances[:, :, 0].transpose(0, 1)])
    assert apart.min() > 0.15 > alone.mean()
    assert (found.mean((0, 1, 2)) - 0.5).abs().max() < 0.02


def _nearest(points: torch.Tensor) -> torch.Tensor:
    """The least distance of two points on the square whose sides meet."""
    away = (points[:, None] - points).abs()
    away = torch.minimum(away, 1 - away).norm(dim=-1)
    return (away + torch.eye(len(points)) * 9).min()
