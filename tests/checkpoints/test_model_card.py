from saccade.checkpoints.card import Card
from saccade.checkpoints.model_card import model_page


def test_what_is_not_known_is_left_out() -> None:
    page = model_page(Card(model="resnet18", config={}), name="me/net")
    assert "pipeline_tag: image-classification" in page
    for missing in ("## Measured", "## Training", "classes, in the order", "## How a picture"):
        assert missing not in page
    assert 'saccade.load("me/net")' in page


def test_many_classes_are_counted_and_marks_do_not_break_the_table() -> None:
    names = tuple(f"class {number}" for number in range(1000))
    card = Card(model="resnet18", config={}, classes=names, metrics={"a|b": "x|y", "loss": 1 / 3})
    page = model_page(card, name="net")
    assert "1000 classes" in page
    assert "class 19, ..." in page
    assert "class 20" not in page
    assert "x\\|y" in page
    assert "| loss | 0.333333 |" in page
