"""Weights of the network in PyTorch's tutorial on spatial transformers."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from saccade.checkpoints.load import load_model


class Tutorial(nn.Module):
    """The network that the tutorial tells of, with its names."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 10, 5), nn.Conv2d(10, 20, 5)
        self.fc1, self.fc2 = nn.Linear(320, 50), nn.Linear(50, 10)
        first, second = nn.Conv2d(1, 8, 7), nn.Conv2d(8, 10, 5)
        pool, relu = nn.MaxPool2d(2, 2), nn.ReLU()
        self.localization = nn.Sequential(first, pool, relu, second, pool, relu)
        self.fc_loc = nn.Sequential(nn.Linear(90, 32), relu, nn.Linear(32, 6))

    def forward(self, x):
        matrices = self.fc_loc(self.localization(x).flatten(1)).view(-1, 2, 3)
        grid = F.affine_grid(matrices, x.shape, align_corners=False)
        x = F.grid_sample(x, grid, align_corners=False)
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2(x), 2))
        return self.fc2(F.relu(self.fc1(x.flatten(1)))).log_softmax(1)


@pytest.mark.parametrize("classes", [10, 4])
def test_its_weights_answer_as_there(classes, tmp_path, generator):
    theirs = Tutorial().eval()
    theirs.fc2 = nn.Linear(50, classes)
    path = tmp_path / "stn.pt"
    torch.save(theirs.state_dict(), path)
    found = load_model(path)
    assert found.model.name == "st_cnn_tutorial"
    assert found.report.missing == found.report.unused == ()
    images = torch.randn(5, 1, 28, 28, generator=generator)
    with torch.no_grad():
        ours = found.model.eval()(images)
        torch.testing.assert_close(ours.log_softmax(1), theirs(images), rtol=1e-5, atol=1e-6)
