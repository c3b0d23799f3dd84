from collections import Counter
from pathlib import Path

import pytest

from saccade.data.words.pairs import PairSet, open_pairs, sentence_key
from saccade.errors import ConfigError, DataError


def reasons(sets: dict[str, PairSet]) -> list[str]:
    return [f"{bad.name}: {bad.reason}" for own in sets.values() for bad in own.problems]


@pytest.fixture
def table(tmp_path: Path):
    """Write a table of pairs."""

    def write(*lines: str, name: str = "p.tsv") -> Path:
        (tmp_path / name).write_text("\n".join(lines), "utf-8")
        return tmp_path / name

    return write


def both(found: PairSet) -> list[tuple[str, str]]:
    return list(zip(found.sources, found.targets, strict=True))


def test_columns(table) -> None:
    path = table("Go.\t가.\tCC-BY #1", "Hi.\t안녕.\tCC-BY #2")
    assert both(open_pairs(path, val_fraction=0)["train"]) == [("Go.", "가."), ("Hi.", "안녕.")]
    turned = open_pairs(path, sides=("2", "1"), val_fraction=0)["train"]
    assert both(turned) == [("가.", "Go."), ("안녕.", "Hi.")]
    named = table("de,id,en", "eins,1,one", '"zwei, drei",2,two', name="p.csv")
    found = open_pairs(named, sides=("en", "DE"), val_fraction=0)["train"]
    assert both(found) == [("one", "eins"), ("two", "zwei, drei")]
    plain = open_pairs(table("target\tsource", "t\ts"), val_fraction=0)["train"]
    assert both(plain) == [("s", "t")]


def test_everything_bad_is_named(table) -> None:
    sets = open_pairs(table("a\tb", "", "c\t ", "\td", "alone", "a\tb"), val_fraction=0)
    assert both(sets["train"]) == [("a", "b")]
    assert reasons(sets) == [
        "p.tsv line 3: an empty target",
        "p.tsv line 4: an empty source",
        "p.tsv line 5: only 1 column",
        "p.tsv line 6: the same pair as in p.tsv line 1",
    ]


def test_a_source_is_never_in_two_parts(table) -> None:
    lines = [f"sentence {number // 3}\ttarget {number}" for number in range(60)]
    for seed in range(4):
        sets = open_pairs(table(*lines, "Sentence  1\tother"), seed=seed, val_fraction=0.2)
        train, val = ({sentence_key(s) for s in sets[part].sources} for part in ("train", "val"))
        assert not train & val
        assert abs(len(sets["val"]) - 12) <= 3
    again = open_pairs(table(*reversed(lines), "Sentence  1\tother"), seed=3, val_fraction=0.2)
    assert sorted(both(again["val"])) == sorted(both(sets["val"]))


def test_references_are_all_translations() -> None:
    pairs = PairSet("val", ("Hi.", "Go.", "hi."), ("안녕.", "가.", "안녕하세요."))
    assert pairs.references(2) == ("안녕하세요.", "안녕.")
    assert pairs.references(1) == ("가.",)


def test_sentences_of_two_files_are_a_leak(tmp_path: Path) -> None:
    for name, text in (
        ("train.de", "eins\nzwei\n"),
        ("train.en", "one\ntwo\n"),
        ("val.de", "Zwei\n"),
        ("val.en", "two!\n"),
    ):
        (tmp_path / name).write_text(text, "utf-8")
    sets = open_pairs(tmp_path)
    assert (both(sets["train"]), both(sets["val"])) == ([("eins", "one")], [("Zwei", "two!")])
    assert reasons(sets) == [
        "train.de line 2: a source sentence of train that is in val too, left out of train"
    ]


def test_sources_that_are_none(table, tmp_path: Path) -> None:
    def sentence(source: Path, sides: tuple[str, str] | None = None) -> str:
        with pytest.raises(DataError) as error:
            open_pairs(source, sides=sides)
        return str(error.value)

    assert "got no such file, nor parallel ones; try" in sentence(tmp_path / "no")
    assert "none that can be used, first p.tsv line 1: an empty target" in sentence(table("a\t"))
    assert "got none that can be used; try lines such as" in sentence(table(""))
    assert sentence(table("a\tb"), ("de", "en")) == (
        "expected a column de in p.tsv, got a, b; "
        "try numbers of columns from 1 where there is no header"
    )
    assert "expected pairs in one of .tsv, .txt, .csv, got p.de; try" in sentence(
        table("a", name="p.de")
    )
    with pytest.raises(ConfigError, match="two columns, counted from 1, got 1 and 1; try"):
        open_pairs(table("a\tb"), sides=("1", "1"))
    with pytest.raises(ConfigError, match=r"val_fraction from 0 to below 1, got -1; try 0\.1"):
        open_pairs(tmp_path, val_fraction=-1)
    with pytest.raises(DataError, match="as many sources as targets, got 1 sources and 0 targets"):
        PairSet("train", ("a",), ())


@pytest.mark.shared_data
def test_tatoeba(shared_data: Path) -> None:
    sets = open_pairs(shared_data / "tatoeba_kor_eng" / "kor.txt", sides=("2", "1"))
    assert (len(sets["train"]), len(sets["val"]), reasons(sets)) == (3351, 372, [])
    assert both(sets["train"])[0] == ("안녕.", "Hi.")
    keys = [{sentence_key(s) for s in own.sources} for own in sets.values()]
    assert not keys[0] & keys[1]


@pytest.mark.shared_data
@pytest.mark.slow
def test_multi30k(shared_data: Path) -> None:
    sets = open_pairs(shared_data / "multi30k", sides=("de", "en"))
    assert (len(sets["train"]), len(sets["val"])) == (28996, 1014)
    kinds = Counter(reason.split(": ")[1].split(" ")[1] for reason in reasons(sets))
    assert kinds == {"same": 3, "source": 1}
