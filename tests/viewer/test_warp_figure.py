"""Figures of warps: what is read where, by hand, and a file of a model's pictures."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from saccade.data.geometry import Geometry
from saccade.data.transforms import Preprocessing
from saccade.errors import TraceError
from saccade.inspection import record
from saccade.inspection.layer_map import LayerMap
from saccade.models.st_cnn import STCNN
from saccade.models.st_cnn_config import STCNNConfig
from saccade.predict import Predictor
from saccade.viewer.warp_figure import joined, warp_figure, warped_picture, write_warps

CORNERS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0))


def quarters(side: int = 8) -> Image.Image:
    """A picture with a colour in each quarter: red, green, blue, yellow row by row."""
    pixels = np.zeros((side, side, 3), np.uint8)
    half = side // 2
    for number, colour in enumerate(CORNERS):
        row, column = divmod(number, 2)
        pixels[row * half :, column * half :][:half, :half] = colour
    return Image.fromarray(pixels)


def mesh(rows: int, columns: int) -> torch.Tensor:
    """Points that look at themselves (h w xy)."""
    y = (2 * torch.arange(rows) + 1) / rows - 1
    x = (2 * torch.arange(columns) + 1) / columns - 1
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)


def network(warp: str = "affine", bias: tuple[float, ...] | None = None) -> STCNN:
    config = STCNNConfig(
        warp=warp, img_size=16, in_chans=3, kernel_sizes=(3, 3), loc_kernel_sizes=(3, 2)
    )
    model = STCNN(config).eval()
    if bias is not None and model.transformer is not None:
        with torch.no_grad():
            model.transformer.localisation.fc2.bias.copy_(torch.tensor(bias))
    return model


def predictor(model: STCNN) -> Predictor:
    classes = tuple("0123456789")
    return Predictor(
        model=model, preprocessing=Preprocessing(img_size=(16, 16)), classes=classes, name="it"
    )


def test_nothing_warped_is_the_picture() -> None:
    picture = quarters()
    same = warped_picture(picture, mesh(8, 8), side=8)
    assert np.array_equal(np.asarray(same), np.asarray(picture))


def test_half_of_the_picture_and_what_is_outside() -> None:
    points = mesh(4, 4)
    points[..., 0] = (points[..., 0] + 1) / 2  # the right half
    right = np.asarray(warped_picture(quarters(), points, side=4))
    assert right[0, 1].tolist() == [0, 255, 0]
    assert right[3, 1].tolist() == [255, 255, 0]
    away = np.asarray(warped_picture(quarters(), mesh(4, 4) + torch.tensor([2.5, 0.0]), side=4))
    assert int(away.max()) == 0
    endless = torch.full((4, 4, 2), torch.nan)
    assert int(np.asarray(warped_picture(quarters(), endless, side=4)).max()) == 0


def test_points_are_of_what_the_model_saw() -> None:
    geometry = Geometry.of((8, 8)).cropped(4, 0, (4, 4))  # the upper right quarter
    found = np.asarray(warped_picture(quarters(), mesh(4, 4), geometry, side=4))
    assert np.array_equal(found, np.broadcast_to((0, 255, 0), (4, 4, 3)))


def test_the_output_keeps_its_aspect() -> None:
    assert warped_picture(quarters(), mesh(3, 6), side=60).size == (60, 30)


def test_a_figure_has_the_grid_and_what_is_read() -> None:
    model = network(bias=(0.5, 0.0, 0.5, 0.0, 0.5, -0.5))  # the upper right quarter
    with record(model) as trace, torch.no_grad():
        model(torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0)))
    figure = np.asarray(warp_figure(trace.layers[0], quarters(80), image=1, side=80))
    assert figure.shape == (80, 168, 3)
    assert np.array_equal(figure[5:70, 100:160], np.broadcast_to((0, 255, 0), (65, 60, 3)))
    left = figure[:, :80]
    assert left[60:, :20].tolist() == np.broadcast_to((0, 0, 255), (20, 20, 3)).tolist()  # no line
    assert len(np.unique(left[:40, 40:].reshape(-1, 3), axis=0)) > 1  # lines on green


def test_all_pictures_of_a_model_go_into_a_file(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for path in paths[:2]:
        quarters(16).save(path)
    paths[2].write_bytes(b"no picture")
    model = predictor(network("thin_plate"))
    assert write_warps(model, paths, tmp_path / "out.png", batch_size=1, side=60) == 2
    with Image.open(tmp_path / "out.png") as sheet:
        assert sheet.size == (128, 128)
    assert [bad.name for bad in model.bad] == [str(paths[2])]


def test_a_layer_that_is_no_warp() -> None:
    boxes = LayerMap("look", ("image", "time", "scale", "edge"), torch.zeros(1, 2, 1, 4))
    with pytest.raises(TraceError, match=r"expected a warp in look, got \(image time scale edge\)"):
        warp_figure(boxes, quarters())


def test_a_model_that_warps_nothing(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="a picture that can be read"):
        write_warps(predictor(network()), [], tmp_path / "out.png")
    quarters(16).save(tmp_path / "1.png")
    with pytest.raises(TraceError):
        write_warps(predictor(network("none")), [tmp_path / "1.png"], tmp_path / "out.png")
    assert not (tmp_path / "out.png").exists()


def test_pictures_that_are_joined() -> None:
    panels = [Image.new("RGB", (4, 6)), Image.new("RGB", (10, 2))]
    assert joined(panels, down=False).size == (22, 6)
    assert joined(panels, down=True).size == (10, 16)
