import io

import torch
from PIL import Image

from saccade.training.measures.drawing import draw_confusion, png


def test_the_diagonal_is_blue_the_rest_red_and_nothing_is_white() -> None:
    picture = draw_confusion(torch.tensor([[9, 1], [0, 5]]), ["cat", "dog"])
    side, width, height = 44, *picture.size
    left, top = width - 13 - 2 * side, height - 13 - 2 * side

    def colour(row: int, column: int) -> tuple[int, ...]:
        return picture.getpixel((left + column * side + 3, top + row * side + 3))

    assert colour(1, 1) == (31, 95, 168)
    red, _, blue = colour(0, 1)
    assert red > blue
    assert colour(1, 0) == (255, 255, 255)


def test_many_classes_stay_small_and_any_name_can_be_drawn() -> None:
    large = draw_confusion(torch.eye(400).long(), [])
    assert max(large.size) < 1900
    names = ["고양이", "x" * 60]
    data = png(draw_confusion(torch.eye(2).long(), names))
    assert Image.open(io.BytesIO(data)).format == "PNG"
    assert draw_confusion(torch.zeros(0, 0).long(), []).width > 0
