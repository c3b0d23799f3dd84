"""Our masked autoencoder beside that of transformers: loss, guesses and masks."""

from types import ModuleType

import pytest
import torch

from saccade.checkpoints.load import load_model
from saccade.data.transforms import Preprocessing
from saccade.layers.tokens import TokenLayout
from saccade.training.objectives.outcome import Examples
from saccade.training.options import PretrainOptions
from saccade.training.pretraining.autoencoder import build, fixed_positions
from saccade.training.pretraining.masking import hide

_INSIDE = {
    "layernorm_before": "norm1",
    "layernorm_after": "norm2",
    "attention.o_proj": "attn.proj",
    "mlp.fc1": "mlp.fc1",
    "mlp.fc2": "mlp.fc2",
}


def decoder_of(network) -> dict[str, torch.Tensor]:
    """Give the decoder of transformers our names."""
    theirs = network.decoder.state_dict()
    ours = {"mask_token": theirs["mask_token"], "pos_embed": theirs["decoder_pos_embed"]}
    for p in ("weight", "bias"):
        for part in ("embed", "norm", "pred"):
            ours[f"{part}.{p}"] = theirs[f"decoder_{part}.{p}"]
        for index in range(2):
            block = f"decoder_layers.{index}"
            stacked = [theirs[f"{block}.attention.{name}_proj.{p}"] for name in "qkv"]
            ours[f"blocks.{index}.attn.qkv.{p}"] = torch.cat(stacked)
            for name, own in _INSIDE.items():
                ours[f"blocks.{index}.{own}.{p}"] = theirs[f"{block}.{name}.{p}"]
    return ours


@pytest.mark.parametrize("target", ["pixels", "norm-pixels"])
def test_the_same_as_transformers(transformers: ModuleType, target: str, tmp_path) -> None:
    torch.manual_seed(0)
    config = transformers.ViTMAEConfig(
        image_size=32,
        patch_size=8,
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=96,
        decoder_hidden_size=32,
        decoder_num_hidden_layers=2,
        decoder_num_attention_heads=4,
        decoder_intermediate_size=128,
        layer_norm_eps=1e-6,
        norm_pix_loss=target == "norm-pixels",
    )
    network = transformers.ViTMAEForPreTraining(config).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(std=0.2)
        # Some versions leave these tables at zero, and train without positions.
        layout = TokenLayout(("cls",), (4, 4), (8, 8))
        network.vit.embeddings.position_embeddings.copy_(fixed_positions(layout, 24))
        network.decoder.decoder_pos_embed.copy_(fixed_positions(layout, 32))
    network.save_pretrained(tmp_path)
    model = load_model(tmp_path).model
    options = PretrainOptions(target=target, decoder_dim=32, decoder_depth=2, decoder_heads=4)
    lesson = build(model, options, Preprocessing(img_size=(32, 32))).eval()
    lesson.decoder.load_state_dict(decoder_of(network))
    images = torch.randn(3, 3, 32, 32)
    batch = Examples(images, torch.zeros(3), indices=(0, 1, 2), chance="0/0")
    noise = batch.noise(16, name="mask")
    with torch.no_grad():
        theirs = network(images, noise=noise)
        hiding = hide(noise, 0.75)
        assert torch.equal(hiding.hidden.float(), theirs.mask)
        assert torch.allclose(lesson.guesses(images, hiding), theirs.logits, atol=1e-5, rtol=1e-5)
        assert abs(lesson(batch).loss - theirs.loss) < 1e-5
