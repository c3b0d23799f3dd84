from saccade.training.modes import evaluating
from tests.training.conftest import small_model


def test_each_module_gets_its_own_mode_back() -> None:
    model = small_model().train()
    model.blocks[0].eval()
    before = [module.training for module in model.modules()]
    with evaluating(model):
        assert not any(module.training for module in model.modules())
    assert [module.training for module in model.modules()] == before
