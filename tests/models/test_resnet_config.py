"""What makes a residual network, and what cannot."""

import dataclasses
import json

import pytest

from saccade.errors import ConfigError
from saccade.models.resnet_config import ResNetConfig


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"block": "wide"}, "expected block basic or bottleneck, got 'wide'; try block="),
        ({"stem": "7x7"}, "expected stem out of conv7, deep, conv3, attention, local_relation"),
        ({"layers": (2, 2)}, "expected as many layers as widths, each at least 1"),
        ({"layers": ()}, "expected as many layers as widths, each at least 1"),
        ({"layers": (3, 0, 6, 3)}, "expected as many layers as widths, each at least 1"),
        ({"outputs": (64, 128)}, "expected as many layers as widths"),
        ({"cardinality": 0}, "expected a positive cardinality, got 0; try cardinality=1"),
        ({"block": "basic", "cardinality": 2}, "expected bottlenecks for groups, got basic"),
        ({"img_size": (0, 32)}, "expected positive img_size, widths and outputs"),
        ({"widths": (64, 128, 256, -1)}, "expected positive img_size, widths and outputs"),
        ({"num_classes": -1}, "expected num_classes of at least 0, got -1; try num_classes=10"),
        ({"drop_rate": 1.0}, "expected drop_rate in [0, 1), got 1.0; try drop_rate=0.2"),
        (
            {"cardinality": 32, "base_width": 1, "reduce_first": 2},
            "expected widths that give each of 32 groups a channel, got width 64",
        ),
        (
            {"attention": "cris_cross"},
            "expected an attention that can sit in a residual block, got 'cris_cross'; "
            "try criss_cross",
        ),
        ({"attention": "glimpse"}, "expected an attention that can sit in a residual block"),
        (
            {"attention": "non_local", "attention_role": "behind"},
            "expected attention_role out of conv, branch, after, before, got 'behind'; "
            "try attention_role='after'",
        ),
        (
            {"attention": "non_local", "attention_stages": (5,)},
            "expected attention in the stages 1 to 4 and the blocks they have, got stage 5, "
            "block 0; try attention_stages=(4,)",
        ),
        (
            {"attention": "non_local", "attention_blocks": ((2, 4),)},
            "got stage 2, block 4",
        ),
        ({"attention": "local_self", "attention_conv": 3}, "expected attention_conv 1 or 2, got 3"),
    ],
)
def test_what_cannot_work(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        ResNetConfig(**changes)
    assert sentence in str(error.value)


def test_json_brings_the_same_config_back() -> None:
    config = ResNetConfig(
        attention="augmented_conv",
        attention_blocks=((2, 1), (3, 0)),
        attention_options={"heads": 4, "size": (3, 5)},
    )
    again = ResNetConfig(**json.loads(json.dumps(dataclasses.asdict(config))))
    assert again == config
    assert again.attention_options["size"] == (3, 5)


@pytest.mark.parametrize(
    ("role", "blocks"),
    [
        ("conv", [0, 1, 2]),
        ("branch", [0, 1, 2]),
        ("after", [2]),
        ("before", [0]),
    ],
)
def test_which_blocks_have_it_by_default(role: str, blocks: list[int]) -> None:
    config = ResNetConfig(attention="non_local", attention_role=role, attention_stages=(1,))
    assert [block for block in range(3) if config.attends(1, block)] == blocks
    assert not config.attends(2, 0)


def test_sizes_of_maps() -> None:
    config = ResNetConfig(img_size=(225, 64))
    assert [config.size(stage) for stage in (1, 2, 3, 4)] == [(57, 16), (29, 8), (15, 4), (8, 2)]
    assert ResNetConfig(img_size=(225, 64), caffe=True).size(1) == (56, 16)
    assert ResNetConfig(img_size=33, stem="conv3").size(3) == (9, 9)
