import numpy as np

from saccade.data.doctor.sources import decoded, open_to_examine
from saccade.data.sets import ArrayImages


def test_nothing_is_split_off(tree):
    opened = open_to_examine(str(tree({"a": 3, "b": 3})))
    assert opened.unlabelled == ""
    assert {name: len(own) for name, own in opened.splits.parts().items()} == {"train": 6}


def test_without_labels_where_there_is_one_class(tree):
    opened = open_to_examine(str(tree({"only": 2})))
    assert "only only" in opened.unlabelled
    assert opened.splits.classes == ()


def test_arrays_tell_grey_from_colour():
    grey = ArrayImages("x", ("a",), [0], pixels=np.zeros((1, 3, 3), np.uint8))
    colour = ArrayImages("x", ("a",), [0], pixels=np.arange(27, dtype=np.uint8).reshape(1, 3, 3, 3))
    assert decoded(grey, 0).mode == "L"
    assert decoded(colour, 0).mode == "RGB"
