"""Files that name the classes of pixels, as people write them."""

import pytest

from saccade.data.segmentation.class_files import find_classes, read_classes
from saccade.errors import DataError

RED = (128, 0, 64)
FORMS = {
    "names.txt": "Sky\nRoad\n",
    "ids.txt": "0 Sky\n1 Road\n2 Unlabelled/void (ignore)\n",
    "behind.txt": "# ours\n0 Sky 1 2 3\n1 Road 128 0 64\n",
    "before.txt": "1 2 3\tSky\n128 0 64\tRoad\n",
    "table.csv": "name,r,g,b\nSky,1,2,3\nRoad,128,0,64\n",
    "names.json": '["Sky", "Road"]',
    "objects.json": '{"classes": [{"name": "Sky", "id":0}, {"name": "Road", "color":[128,0,64]}]}',
    "ids.json": '{"0": "Sky", "1": "Road"}',
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form(name: str, tmp_path) -> None:
    path = tmp_path / name
    path.write_text(FORMS[name])
    found = read_classes(path)
    assert found.names == ("Sky", "Road")
    assert [one.number for one in found.told] == [0, 1]
    if "128" in FORMS[name]:
        assert found.told[1].colour == RED
    if name == "ids.txt":
        assert found.entries[2].void


def test_names_of_several_words(tmp_path) -> None:
    path = tmp_path / "classes.txt"
    path.write_text("3 traffic light 250 170 30\n")
    (only,) = read_classes(path).told
    assert (only.number, only.name, only.colour) == (3, "traffic light", (250, 170, 30))


def test_a_folder_is_searched(tmp_path) -> None:
    assert find_classes(tmp_path) is None
    (tmp_path / "label_colors.txt").write_text("1 2 3 Sky\n")
    found = find_classes(tmp_path)
    assert found is not None
    assert found.names == ("Sky",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Road 1 2\n", r"a class in each line of .*classes.txt, got 'Road 1 2' in line 1"),
        ("Sky\nRoad 1 2 300\n", r"colours from 0 to 255 in .*, got a colour 1, 2, 300 in line 2"),
        ("Sky\nSky\n", r"each name of the classes once in .*classes.txt, got Sky twice"),
    ],
)
def test_errors_name_the_file(text: str, words: str, tmp_path) -> None:
    path = tmp_path / "classes.txt"
    path.write_text(text)
    with pytest.raises(DataError, match=words):
        read_classes(path)


def test_json_that_lists_no_classes(tmp_path) -> None:
    path = tmp_path / "classes.json"
    path.write_text("3")
    with pytest.raises(DataError, match=r"a list of classes in .*classes.json, got int"):
        read_classes(path)
    path.write_text('[{"title": "Sky"}]')
    with pytest.raises(DataError, match=r"objects with name, id and color"):
        read_classes(path)
