"""Every operation against timm's and torchvision's, to the last bit."""

import random

import numpy as np
import pytest
from PIL import Image

from saccade.data.augment.mixing import blended, cut_in, smoothed
from saccade.data.augment.operations import Canvas, operate
from saccade.data.augment.rand_augment import INCREASING, PLAIN, RandAugment
from saccade.data.augment.trivial_augment import STEPS, WIDE
from saccade.data.geometry import Geometry
from tests.foreign import foreign

pytestmark = pytest.mark.parity
FILL = (124, 116, 104)
SIZES = ((33, 47), (64, 64), (20, 9))


def ours(name, image, amount, canvas):
    seen = operate(name, (image, Geometry.of(image.size)), amount, canvas)
    return np.asarray(seen[0])


@pytest.mark.parametrize("resample", [Image.Resampling.BICUBIC, Image.Resampling.BILINEAR])
@pytest.mark.parametrize("table", [PLAIN, INCREASING])
def test_operations_are_timms(table, resample, picture, monkeypatch):
    timm = foreign("timm.data.auto_augment")
    canvas = Canvas(FILL, resample)
    hparams = {"img_mean": FILL, "interpolation": resample}
    for name, (operation, amount) in table.items():
        for magnitude in (0, 0.3, 3, 5.7, 9, 10):
            for sign in (-1.0, 1.0):
                monkeypatch.setattr(random, "random", lambda up=sign: float(up < 0))
                theirs = timm.AugmentOp(name, prob=1.0, magnitude=magnitude, hparams=hparams)
                for seed, size in enumerate(SIZES):
                    image, much = picture(*size, seed=seed), amount(magnitude / 10, sign)
                    if operation == "Posterize" and much == 0:
                        continue  # Pillow 13 refuses to keep no bits, and timm fails with it
                    got = ours(operation, image, much, canvas)
                    assert np.array_equal(got, np.asarray(theirs(image))), (name, magnitude, sign)


def test_the_sets_are_timms():
    timm = foreign("timm.data.auto_augment")
    assert sorted(PLAIN) == sorted(timm.rand_augment_choices("", increasing=False))
    assert sorted(INCREASING) == sorted(timm.rand_augment_choices("", increasing=True))
    text = "rand-m7-n3-mstd0.5-mmax9-p0.4-inc1"
    theirs, mine = timm.rand_augment_transform(text), RandAugment.parse(text)
    one = theirs.ops[0]
    assert (mine.layers, mine.magnitude) == (theirs.num_layers, one.magnitude)
    assert (mine.deviation, mine.most) == (one.magnitude_std, one.magnitude_max)
    assert (mine.probability, mine.increasing) == (one.prob, True)


def test_trivial_augment_is_torchvisions(picture):
    library = foreign("torchvision.transforms.autoaugment")
    theirs = library.TrivialAugmentWide()
    bilinear = library.InterpolationMode.BILINEAR
    space = theirs._augmentation_space(STEPS)
    assert list(space) == list(WIDE)
    canvas = Canvas((0, 0, 0), Image.Resampling.BILINEAR)
    for name, (amounts, signed, middle) in WIDE.items():
        magnitudes, also_signed = space[name]
        assert signed == also_signed
        wanted = magnitudes.flatten().tolist()
        # Whole pixels are made of translations when they are applied; 15.999998 is meant as 16.
        whole = name.startswith("Translate")
        made = [float(int(one + 1e-4)) for one in wanted] if whole else wanted
        assert list(amounts) == pytest.approx(made, abs=1e-5)
        for amount in amounts:
            for sign in (-1, 1) if signed else (1,):
                image = picture(41, 33, seed=int(amount))
                # torchvision moves to the right what timm moves to the left; the sign is random.
                other = -sign if name.startswith("Translate") else sign
                right = library._apply_op(image, name, other * amount, bilinear, None)
                got = ours(name, image, middle + sign * amount, canvas).astype(int)
                # A shear takes the way through an angle there, and its last digit rounds.
                most = 1 if name.startswith("Shear") else 0
                assert np.abs(got - np.asarray(right)).max() <= most, (name, amount)


def test_colours_are_torchvisions(picture):
    library = foreign("torchvision.transforms.functional")
    image = picture(31, 24)
    canvas = Canvas((0, 0, 0), Image.Resampling.BILINEAR)
    for share in (-0.5, -0.1, 0.03, 0.5):
        assert np.array_equal(ours("Hue", image, share, canvas), library.adjust_hue(image, share))
    grey = library.rgb_to_grayscale(image, num_output_channels=3)
    assert np.array_equal(ours("Grayscale", image, 0, canvas), np.asarray(grey))


def test_mixing_is_timms(monkeypatch):
    torch = pytest.importorskip("torch")
    timm = foreign("timm.data.mixup")
    images = torch.randn(6, 3, 13, 17, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([0, 3, 2, 1, 1, 0])
    box = (2, 9, 4, 12)
    monkeypatch.setattr(timm, "rand_bbox", lambda *_, **__: box)
    for lam in (0.0, 0.13, 0.5, 0.8):
        mixup = timm.Mixup(0.8, 1.0, label_smoothing=0.1, num_classes=5)
        for cut in (False, True):
            monkeypatch.setattr(mixup, "_params_per_batch", lambda lam=lam, cut=cut: (lam, cut))
            right, wanted = mixup(images.clone(), labels)
            got, kept = cut_in(images, box) if cut else (blended(images, lam), lam)
            torch.testing.assert_close(got, right)
            targets = smoothed(labels, classes=5, smoothing=0.1)
            torch.testing.assert_close(blended(targets, kept), wanted)
