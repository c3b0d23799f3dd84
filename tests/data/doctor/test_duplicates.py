from saccade.data.decode import Decoded
from saccade.data.doctor.duplicates import Contents, content_of
from saccade.data.doctor.remark import Spot
from saccade.data.geometry import Geometry


def decoded(picture):
    return Decoded(picture, Geometry.of(picture.size), "RGB", transparent=False)


def test_the_first_of_each_content(picture):
    contents = Contents()
    spots = [Spot("train", index, str(index)) for index in range(3)]
    assert contents.earlier(decoded(picture(6, 4)), spots[0]) is None
    assert contents.earlier(decoded(picture(6, 4, seed=1)), spots[1]) is None
    assert contents.earlier(decoded(picture(6, 4)), spots[2]) == spots[0]


def test_the_shape_counts(picture):
    wide = picture(6, 4)
    tall = wide.transpose(2).resize((4, 6))
    tall.frombytes(wide.tobytes())
    assert content_of(decoded(wide)) != content_of(decoded(tall))
