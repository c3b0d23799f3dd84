"""File names of authors, and what model each is."""

import pytest

from saccade.checkpoints.file_names import model_called

CALLED = {
    "vit_base_patch16_224.augreg.safetensors": "vit_base_patch16_224",
    "deit_tiny_patch16_224-a1311bcf.pth": "deit_tiny_patch16_224",
    "deit_3_base_384_21k.pth": "deit3_base_patch16_384",
    "deit_3_huge_224_1k.pth": "deit3_huge_patch14_224",
    "beit_base_patch16_224_pt22k_ft22kto1k.pth": "beit_base_patch16_224",
    "swin_base_patch4_window12_384_22kto1k.pth": "swin_base_patch4_window12_384",
    "pvt_v2_b2_li.pth": "pvt_v2_b2_li",
    "dino_deitsmall8_pretrain.pth": "vit_small_patch8_224",
    "dino_vitbase16_pretrain_full_checkpoint.pth": "vit_base_patch16_224",
    "dinov2_vitg14_reg4_pretrain.pth": "vit_giant_patch14_reg4_dinov2",
    "dinov2_vits14_pretrain.pth": "vit_small_patch14_dinov2",
    "dinov3_vits16plus_pretrain_lvd1689m-4057cbaa.pth": "vit_small_plus_patch16_dinov3",
    "dinov3_vit7b16_pretrain_lvd1689m.pth": "vit_7b_patch16_dinov3",
    "mae_finetuned_vit_base.pth": "vit_base_patch16_224",
    "mae_pretrain_vit_huge.pth": "vit_huge_patch14_224",
    "eva02_L_pt_m38m_medft_in21k_ft_in1k_p14.pt": "eva02_large_patch14_448",
    "eva02_S_pt_in21k_p14.pt": "eva02_small_patch14_224",
    "EVA02_CLIP_L_336_psz14_s6B.pt": "eva02_large_patch14_clip_336",
    "EVA02_CLIP_B_psz16_s8B.pt": "eva02_base_patch16_clip_224",
    "vit_b_16-c867db91.pth": "vit_base_patch16_224",
    "swin_t-704ceda3.pth": "swin_tiny_patch4_window7_224",
    "resnet50-0676ba61.pth": "resnet50",
}


@pytest.mark.parametrize("text", CALLED)
def test_by_hand(text):
    assert model_called(text) == CALLED[text]


@pytest.mark.parametrize("text", ["model.safetensors", "checkpoint.pth", "resnet500.pth", ""])
def test_names_that_tell_nothing(text):
    assert model_called(text) is None
