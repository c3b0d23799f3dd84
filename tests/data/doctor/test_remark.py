from saccade.data.doctor.remark import ordered, say

PHRASES = {
    "good": ("fine", "all good", "좋습니다"),
    "bad": ("problem", "{count} bad", "나쁜 것 {count}개"),
}


def test_a_remark_speaks_two_languages():
    remark = say(PHRASES, "bad", {"count": 3}, names=["x"])
    assert (remark.sentence(), remark.sentence("ko")) == ("3 bad", "나쁜 것 3개")
    assert remark.to_dict() == {
        "code": "bad",
        "severity": "problem",
        "sentence": "3 bad",
        "names": ["x"],
    }


def test_order():
    both = say(PHRASES, "good"), say(PHRASES, "bad", {"count": 1})
    assert [remark.code for remark in ordered(both)] == ["bad", "good"]
