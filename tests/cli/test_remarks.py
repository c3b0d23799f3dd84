from rich.cells import cell_len

from saccade.cli.remarks import remark_lines
from saccade.data.doctor import Remark

ODD = Remark("x", "caution", "word " * 30 + "end", "낱말 " * 40, tuple("abcdefg"))
BAD = Remark("z", "problem", "broken", "깨짐", tuple("abcdefg"))
FINE = Remark("y", "fine", "good", "좋습니다", ("hidden",))


def test_lines_hang_below_their_sentence_and_name_a_few():
    lines = remark_lines([ODD, FINE])
    assert lines[0].startswith("caution  word word")
    assert lines[1].startswith("         word")
    assert [line.strip() for line in lines[2:8]] == ["a", "b", "c", "d", "e", "and 2 more"]
    assert lines[8] == "fine     good"
    assert max(map(len, lines)) <= 100


def test_a_problem_names_everything():
    assert [line.strip() for line in remark_lines([BAD])[1:]] == list("abcdefg")


def test_korean():
    lines = remark_lines([ODD, FINE], korean=True)
    assert lines[0].startswith("주의  낱말")
    assert lines[-1] == "좋음  좋습니다"
    assert lines[-2].strip() == "외 2개"
    assert all(cell_len(line) <= 60 for line in remark_lines([ODD], korean=True, width=60))
