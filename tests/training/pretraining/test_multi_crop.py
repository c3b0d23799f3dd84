"""Large and small crops, and models that take both."""

import pytest
import torch

from saccade.data.transforms import Preprocessing
from saccade.errors import ConfigError
from saccade.models import build
from saccade.training.config import TrainConfig
from saccade.training.pretraining.multi_crop import features_at, first_view, local_size, views_of

PAPER = Preprocessing()


def vit(**changes):
    torch.manual_seed(0)
    told = {"img_size": 8, "patch_size": 2, "embed_dim": 8, "depth": 2, "num_heads": 2}
    return build("vit_tiny_patch16_224", num_classes=0, **told, **changes).eval()


def images(side):
    return torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(1))


def test_views_are_the_papers():
    config = TrainConfig(objective="dino", patch_size=16, flip=True, crop=0.4)
    first, views = first_view(config, PAPER), views_of(config, PAPER)
    assert [view.preprocessing.img_size for view in views] == [(224, 224)] + [(96, 96)] * 8
    assert first.augmentation.crop_scale == (0.4, 1.0)
    assert views[-1].augmentation.crop_scale == (0.05, 0.4)
    drawn = [view.augmentation.colours for view in (first, *views[:2])]
    assert [own.blur_prob for own in drawn] == [1.0, 0.1, 0.5]
    assert [own.solarize_prob for own in drawn] == [0.0, 0.2, 0.0]
    assert {(o.brightness, o.saturation, o.hue, o.jitter_prob, o.grey_prob) for o in drawn} == {
        (0.4, 0.2, 0.1, 0.8, 0.2)
    }


def test_small_pictures_are_not_blurred_and_grey_ones_keep_their_hue():
    pixels = Preprocessing(img_size=(32, 32), in_chans=1)
    config = TrainConfig(patch_size=4, pretrain={"local_crops": 2})
    views = views_of(config, pixels)
    assert [view.preprocessing.img_size for view in views] == [(32, 32), (12, 12), (12, 12)]
    assert all(view.augmentation.colours.blur_prob == 0 for view in views)
    assert views[0].augmentation.colours.grey_prob == 0


def test_local_size_errors_are_explained():
    for wanted in (100, 240):
        config = TrainConfig(patch_size=16, pretrain={"local_size": wanted})
        with pytest.raises(ConfigError, match=rf"up to 224, .* 16, got {wanted}; try .*=96"):
            local_size(config, PAPER)
    with pytest.raises(ConfigError, match=r"0 or more pretrain.local_crops, got -1"):
        views_of(TrainConfig(pretrain={"local_crops": -1}), PAPER)


@pytest.mark.parametrize("kind", ["learn", "learn2d", "sincos2d", "none"])
def test_small_crops_are_what_a_resized_model_makes_of_them(kind):
    model, other = vit(pos_embed=kind), vit(pos_embed=kind)
    config, before = model.config, {k: v.clone() for k, v in model.state_dict().items()}
    other.set_input_size(4, rule="dino")
    torch.testing.assert_close(features_at(model, images(4)), other.features(images(4)))
    assert model.config is config
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    torch.testing.assert_close(features_at(model, images(8)), model.features(images(8)))


def test_gradient_flows_back_through_the_resize():
    model = vit(global_pool="avg")
    table = model.pos_embed
    torch.nn.init.normal_(table)
    features_at(model, images(4)).square().sum().backward()
    place, step = (0, 5, 3), 1e-2
    values = []
    for change in (step, -step):
        with torch.no_grad():
            table[place] += change
            values.append(features_at(model.double(), images(4).double()).square().sum().item())
            table = model.pos_embed
            table[place] -= change
    slope = (values[0] - values[1]) / (2 * step)
    assert float(table.grad[place]) == pytest.approx(slope, rel=1e-2)


def test_networks_without_positions_take_any_size():
    small = {"layers": (1, 1), "widths": (8, 8), "stem_chs": 8}
    model = build("resnet18", img_size=32, num_classes=0, **small).eval()
    torch.testing.assert_close(features_at(model, images(16)), model.features(images(16)))


def test_other_models_are_refused():
    sizes = {"img_size": 8, "patch_size": 2, "embed_dim": 8, "num_blocks": 1}
    model = build("mixer_s32_224", num_classes=0, **sizes)
    with pytest.raises(ConfigError, match=r"vision transformer or a ResNet.*local_size=8"):
        features_at(model, images(4))
