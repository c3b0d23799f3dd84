"""CCNets that learn on small machines: basic blocks, the plain stem, a non-local head."""

import pytest
import torch

from saccade.errors import ConfigError
from saccade.inspection import record
from saccade.models import build
from saccade.models.catalog import CATALOG
from saccade.models.ccnet import CCNet, CCNetConfig
from tests.models.test_ccnet import TINY, noise


def non_local() -> CCNet:
    return CCNet(CCNetConfig(**TINY, context="non_local")).eval()


@pytest.mark.parametrize("name", ["ccnet_resnet50", "ccnet_resnet18", "ccnet_small"])
def test_parameters(name: str) -> None:
    with torch.device("meta"):
        model = build(name)
    assert sum(p.numel() for p in model.parameters()) == CATALOG[name].parameters


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_the_weights_of_classifiers_fit_by_name(name: str) -> None:
    with torch.device("meta"):
        whole, model = build(name).state_dict(), build(f"ccnet_{name}").state_dict()
    wanted = {key for key in model if not key.startswith(("head.", "dsn."))}
    assert wanted == {key for key in whole if not key.startswith("fc.")}
    assert all(model[key].shape == whole[key].shape for key in wanted)


@pytest.mark.parametrize("stem", ["deep", "plain"])
@pytest.mark.parametrize("context", ["criss_cross", "non_local"])
def test_logits(stem: str, context: str) -> None:
    config = CCNetConfig(
        depths=(1, 1, 1, 1), width=4, block="basic", stem=stem, context=context, num_classes=3
    )
    model = CCNet(config).eval()
    both = model.forward_with_aux(noise(2, 3, 18, 24))
    assert both.logits.shape == (2, 3, 18, 24)
    assert both.aux is not None
    assert both.aux.shape == (2, 3, 18, 24)


def test_a_non_local_head_reads_everything_at_once() -> None:
    model = non_local()
    with record(model) as trace:
        model(noise(1, 3, 33, 47))
    (layer,) = trace.layers
    assert layer.name.startswith("head.non_local")
    assert layer.weights.shape[-2:] == (5 * 7, 5 * 7)  # 33 -> 17 -> 9 -> 5; 47 -> 24 -> 13 -> 7


def test_fresh_weights_of_a_non_local_head() -> None:
    model = non_local()
    torch.nn.init.ones_(model.head.non_local.norm.weight)
    model.reset_parameters()
    assert not bool(model.head.non_local.norm.weight.any())


@pytest.mark.parametrize("field", ["block", "stem", "context"])
def test_errors(field: str) -> None:
    with pytest.raises(ConfigError, match=f"expected {field} "):
        CCNetConfig(**{field: "round"})
