"""A finding tells its numbers."""

from saccade.inspection.evidence.finding import Finding


def test_its_sentences_have_its_numbers():
    finding = Finding("scaled", True, {"sum": 3.0})
    assert finding.what.startswith("all rows sum to 3 instead of 1")
    assert finding.cure.startswith("divide by 3;")
    assert finding.to_dict()["numbers"] == {"sum": 3.0}
    assert finding.to_dict()["wrong"] is True
