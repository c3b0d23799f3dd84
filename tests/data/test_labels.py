"""Which folder is which output of a trained model."""

import pytest

from saccade.data.labels import absent, open_labelled
from saccade.errors import DataError
from tests.samples import write_good


@pytest.fixture
def folders(tmp_path):
    """Two pictures of each class, in class folders."""

    def write(*names):
        for start, name in enumerate(names):
            write_good(tmp_path / name, 2, start=2 * start)
        return str(tmp_path)

    return write


def names_of(images) -> list[str]:
    """Each picture's class as its label says, beside that of its folder."""
    return [
        f"{images.classes[label]} {images.picture_name(index).split('/')[0]}"
        for index, label in enumerate(images.labels)
    ]


def test_classes_are_matched_by_name_in_the_order_of_the_model(folders) -> None:
    source = folders("ant", "bee", "cat")
    splits, note = open_labelled(source, ("cat", "ant", "bee"), val_fraction=0)
    assert (splits.classes, note) == (("cat", "ant", "bee"), "")
    assert sorted(splits.train.labels) == [0, 0, 1, 1, 2, 2]
    assert set(names_of(splits.train)) == {"ant ant", "bee bee", "cat cat"}
    assert absent(splits.train) == ()


def test_there_may_be_fewer_classes(folders) -> None:
    splits, note = open_labelled(folders("bee"), ("cat", "ant", "bee"), val_fraction=0)
    assert (splits.train.labels, note) == ([2, 2], "")
    assert absent(splits.train) == ("cat", "ant")


@pytest.mark.parametrize("named", [True, False])
def test_unknown_classes_are_refused_and_named(folders, named) -> None:
    source = folders("ant", "bee", "zebra")
    with pytest.raises(DataError) as caught:
        open_labelled(source, ("ant", "bee"), named=named)
    assert str(caught.value) == (
        "expected in train only the classes ant, bee, got zebra; try renaming these folders"
        if named
        else "expected 2 class folders for 2 outputs that have no names, got 3; "
        "try a file with the name of each output, as --classes"
    )


def test_outputs_without_names_are_matched_by_order_and_it_is_told(folders) -> None:
    splits, note = open_labelled(folders("ant", "bee"), ("0", "1"), named=False, val_fraction=0)
    assert splits.classes == ("ant", "bee")
    assert note == (
        "the weights do not name their 2 outputs: the class folders are taken in the order of "
        "their names, the first output as ant, the last as bee"
    )


def test_folders_that_are_called_by_number_are_names(folders) -> None:
    splits, note = open_labelled(folders("2", "10"), map(str, range(12)), named=False)
    assert (set(splits.train.labels), note) == ({2, 10}, "")


def test_ids_of_imagenet_are_not_taken_for_names(folders) -> None:
    source = folders("n01440764", "n01443537")
    for names, named in ((("tench", "goldfish"), True), (("n01443537", "n01440764"), True)):
        if names[0] == "tench":
            with pytest.raises(DataError, match="got n01440764, n01443537; try a file with the id"):
                open_labelled(source, names, named=named)
        else:
            splits, _ = open_labelled(source, names, val_fraction=0)
            assert set(names_of(splits.train)) == {f"{name} {name}" for name in names}
    splits, note = open_labelled(source, ("0", "1"), named=False)
    assert splits.classes == ("n01440764", "n01443537")
    assert "the first output as n01440764" in note


def test_a_name_of_two_outputs_is_refused_where_it_is_used(folders) -> None:
    source, names = folders("ant", "crane"), ("crane", "ant", "crane", "bee")
    with pytest.raises(DataError, match="one output for each class in train, got several that are"):
        open_labelled(source, names, val_fraction=0)
    splits, _ = open_labelled(source, ("crane", "ant", "bee", "bee"), val_fraction=0)
    assert set(splits.train.labels) == {0, 1}


def test_other_sources_are_as_they_were() -> None:
    splits, note = open_labelled("digits", [str(digit) for digit in range(10)], named=False)
    assert (len(splits.classes), note) == (10, "")
    with pytest.raises(DataError, match="no such folder"):
        open_labelled("nowhere", ("a", "b"), named=False)
