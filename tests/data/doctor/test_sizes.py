from saccade.data.doctor.remark import Spot
from saccade.data.doctor.sizes import Sizes, size_range


def test_what_stands_out():
    sizes = Sizes()
    for index, size in enumerate([(100, 100)] * 5 + [(20, 100), (900, 800), (301, 100)]):
        sizes.add(size, Spot("train", index, str(index)))
    odd = {name: (count, [s.index for s in spots]) for name, (count, spots) in sizes.odd().items()}
    assert odd == {"small": (1, [5]), "long": (2, [5, 7]), "odd": (1, [6])}
    assert size_range(sizes.counts) == ((20, 100), (100, 100), (900, 800))
    assert Sizes().odd() == {}


def test_in_a_set_of_small_pictures_none_is_small():
    sizes = Sizes()
    for index in range(3):
        sizes.add((8, 8), Spot("train", index, ""))
    assert sizes.odd() == {}
