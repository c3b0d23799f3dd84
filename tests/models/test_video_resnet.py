"""Video ResNets: sizes, names, and where they look."""

import pytest
import torch
from torch import nn

from saccade.attention.non_local import NonLocal
from saccade.errors import ShapeError
from saccade.inspection import record
from saccade.models import build
from saccade.models.catalog import CATALOG
from saccade.models.entries import video
from saccade.models.video_config import VideoResNetConfig
from saccade.models.video_resnet import VideoResNet


def tiny(**changes: object) -> VideoResNet:
    """A network of a few blocks whose norms and non-local blocks do something."""
    sizes = {"depths": (1, 2, 3, 2), "width": 4, "num_classes": 5}
    model = VideoResNet(VideoResNetConfig(**{**sizes, **changes})).eval()
    generator = torch.Generator().manual_seed(1)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm3d):
            nn.init.uniform_(module.weight, 0.5, 1.5, generator=generator)
            nn.init.normal_(module.running_mean, std=0.1, generator=generator)
    return model


def noise(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def closed_form(config: VideoResNetConfig) -> int:
    """The number of parameters by arithmetic."""
    width, total = config.width, 0
    channels = width
    total += config.in_chans * width * config.stem_time * 49 + 2 * width
    for stage, depth in enumerate(config.depths):
        inner, out = width * 2**stage, 4 * width * 2**stage
        total += channels * out + 2 * out  # the shortcut of the first block
        for index in range(depth):
            time = config.times(stage)[index]
            total += channels * inner * time + 9 * inner**2 + inner * out + 4 * inner + 2 * out
            channels = out
            if index in config.non_local_places(stage):
                half = out // 2  # three projections in, one out, all with bias, and a norm
                total += 3 * (out * half + half) + half * out + out + 2 * out
    return total + channels * config.num_classes + config.num_classes


@pytest.mark.parametrize("name", list(video.ENTRIES))
def test_parameters(name: str) -> None:
    with torch.device("meta"):
        model = build(name)
    assert count(model) == CATALOG[name].parameters == closed_form(model.config)
    assert (model.name, CATALOG[name].task) == (name, "video")


def test_parameters_against_other_networks() -> None:
    counts = {name: entry.parameters for name, entry in video.ENTRIES.items()}
    resnet50 = 25_557_032 - 600 * 2049  # 400 classes instead of 1000
    assert counts["c2d_resnet50"] == resnet50
    assert counts["nl_c2d_resnet50"] - counts["c2d_resnet50"] == 7_358_464
    assert counts["nl_i3d_resnet50"] - counts["i3d_resnet50"] == 7_358_464
    assert 7_358_464 == 2 * 526_592 + 3 * 2_101_760


def test_sizes_of_the_paper() -> None:
    with torch.device("meta"):
        model = build("nl_i3d_resnet50")
        clips = torch.empty(2, 3, 32, 224, 224)
        first = model.layer1(model.maxpool(model.conv1(clips)))
        second = model.layer2(model.timepool(first))
        assert first.shape == (2, 256, 32, 56, 56)
        assert second.shape == (2, 512, 16, 28, 28)
        assert model.maps(clips).shape == (2, 2048, 16, 7, 7)
        assert model(clips).shape == (2, 400)


def test_names_are_those_of_a_resnet() -> None:
    with torch.device("meta"):
        names = set(build("nl_c2d_resnet50").state_dict())
        plain = set(build("c2d_resnet50").state_dict())
    norm = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    expected = {"conv1.weight", "fc.weight", "fc.bias"} | {f"bn1.{part}" for part in norm}
    for stage, depth in enumerate((3, 4, 6, 3), 1):
        for block in (f"layer{stage}.{index}" for index in range(depth)):
            expected |= {f"{block}.conv{i}.weight" for i in (1, 2, 3)}
            expected |= {f"{block}.bn{i}.{part}" for i in (1, 2, 3) for part in norm}
        expected |= {f"layer{stage}.0.downsample.0.weight"}
        expected |= {f"layer{stage}.0.downsample.1.{part}" for part in norm}
    assert plain == expected
    homes = {name.split(".non_local.")[0] for name in names - plain}
    assert homes == {"layer2.1", "layer2.3", "layer3.1", "layer3.3", "layer3.5"}


@pytest.mark.parametrize("size", [(4, 32, 32), (1, 33, 17), (5, 32, 1)])
@pytest.mark.parametrize("kernels", ["c2d", "i3d"])
def test_any_clip(kernels: str, size: tuple[int, int, int]) -> None:
    with torch.no_grad():
        assert tiny(kernels=kernels, non_local=5, pool="none")(noise(2, 3, *size)).shape == (2, 5)


def test_the_non_local_blocks_start_as_nothing() -> None:
    plain, watching = tiny(), tiny(non_local=10)
    for module in watching.modules():
        if isinstance(module, NonLocal):
            module.reset_parameters()
    watching.load_state_dict(plain.state_dict(), strict=False)
    clips = noise(2, 3, 4, 32, 32)
    with torch.no_grad():
        assert torch.equal(watching(clips), plain(clips))


def test_the_trace_sees_the_non_local_blocks() -> None:
    model, clips = tiny(non_local=5), noise(2, 3, 4, 32, 32)
    with torch.no_grad():
        plain = model(clips)
        with record(model) as trace:
            watched = model(clips)
    torch.testing.assert_close(watched, plain, atol=1e-5, rtol=0)
    places = ["layer2.0", "layer2.1", "layer3.0", "layer3.1", "layer3.2"]
    assert [layer.name for layer in trace.layers] == [f"{one}.non_local" for one in places]
    assert trace.layers[0].place.queries == (2, 4, 4)


def test_an_error_and_other_classes() -> None:
    with pytest.raises(ShapeError, match=r"expected the clips as \(b c t h w\) with 5 axes, c=3"):
        tiny()(torch.zeros(1, 3, 16, 16))
    model = tiny()
    model.reset_classifier(2)
    assert model(torch.zeros(1, 3, 2, 32, 32)).shape == (1, 2)
