"""Networks of timm that are recorded: how each is made small, and what is recognised of it."""

from typing import Any

SMALL: dict[str, Any] = {"img_size": 64, "depth": 2, "embed_dim": 64, "num_heads": 2}
SWIN: dict[str, Any] = {
    "img_size": 64,
    "embed_dim": 16,
    "depths": (2, 2),
    "num_heads": (2, 2),
    "window_size": 4,
}
STAGES = "1 windows 16x16, 1 windows shifted 16x16, 1 windows 8x8, 1 windows shifted 8x8"
# name, sides of the images (height, width), options, what is recognised
TIMM: list[tuple[str, tuple[int, int], dict[str, Any], str]] = [
    ("vit_tiny_patch16_224", (96, 64), {"img_size": (96, 64), "depth": 2}, "2 tokens 6x4 cls"),
    ("deit_tiny_distilled_patch16_224", (96, 96), {"img_size": 96, "depth": 2},
     "2 tokens 6x6 cls dist"),
    ("deit3_small_patch16_224", (64, 64), {"img_size": 64, "depth": 2}, "2 tokens 4x4 cls"),
    ("beit_base_patch16_224", (64, 64), SMALL, "2 tokens 4x4 cls"),
    ("eva02_tiny_patch14_224", (84, 84), {"img_size": 84, "depth": 2}, "2 tokens 6x6 cls"),
    ("vit_small_patch14_reg4_dinov2", (84, 84), {"img_size": 84, "depth": 2},
     "2 tokens 6x6 cls reg0 reg1 reg2 reg3"),
    ("vit_tiny_patch16_dinov3_qkvb", (96, 96), {"img_size": 96, "depth": 2},
     "2 tokens 6x6 cls reg0 reg1 reg2 reg3"),
    ("vit_base_patch16_siglip_224", (64, 64), SMALL, "2 tokens 4x4, 1 one question 1x1 of 4x4"),
    ("vit_base_r50_s16_224", (64, 64), SMALL, "2 tokens 4x4 cls"),
    ("vit_srelpos_small_patch16_224", (64, 64), {"img_size": 64, "depth": 2}, "2 tokens 4x4"),
    ("naflexvit_base_patch16_gap", (64, 64), {"depth": 2, "embed_dim": 64, "num_heads": 2},
     "2 tokens 4x4 reg0 reg1 reg2 reg3"),
    ("samvit_base_patch16_224", (96, 96), {**SMALL, "img_size": 96, "window_size": 4},
     "2 windows 6x6"),
    ("swin_tiny_patch4_window7_224", (64, 64), SWIN, STAGES),
    ("swinv2_tiny_window8_256", (64, 64), SWIN, STAGES),
    ("swinv2_cr_tiny_224", (64, 64), SWIN, STAGES),
    ("maxvit_pico_rw_256", (64, 64), {"img_size": 64},
     "2 windows 16x16, 2 windows of a grid 16x16, 2 windows 8x8, 2 windows of a grid 8x8, "
     "5 windows 4x4, 5 windows of a grid 4x4, 2 windows 2x2, 2 windows of a grid 2x2"),
    ("coatnet_pico_rw_224", (64, 64), {"img_size": 64}, "5 tokens 4x4, 2 tokens 2x2"),
    ("pvt_v2_b0", (64, 64), {},
     "2 pooled 16x16 of 2x2, 2 pooled 8x8 of 2x2, 2 pooled 4x4 of 2x2, 2 tokens 2x2"),
    ("xcit_nano_12_p16_224", (64, 64), {"img_size": 64, "depth": 2},
     "2 channels, 2 class 1x1 of 4x4"),
    ("cait_xxs24_224", (64, 64), {"img_size": 64, "depth": 2}, "2 tokens 4x4, 2 class 1x1 of 4x4"),
    ("mvitv2_tiny", (64, 64), {"img_size": 64},
     "1 pooled 16x16 of 4x4, 1 tokens 8x8, 1 pooled 8x8 of 4x4, 1 pooled 4x4 of 8x8, "
     "4 tokens 4x4, 1 pooled 2x2 of 4x4, 1 tokens 2x2"),
    ("levit_128s", (224, 224), {},
     "2 tokens 14x14, 1 pooled 7x7 of 14x14, 3 tokens 7x7, 1 pooled 4x4 of 7x7, 4 tokens 4x4"),
    ("pit_ti_distilled_224", (64, 64), {"img_size": 64},
     "2 tokens 7x7 cls0 cls1, 6 tokens 4x4 cls0 cls1, 4 tokens 2x2 cls0 cls1"),
    ("convit_tiny", (64, 64), {"img_size": 64, "depth": 2}, "2 tokens 4x4"),
    ("twins_svt_small", (64, 64), {"img_size": 64},
     "1 windows 16x16, 1 pooled 16x16 of 2x2, 1 windows 8x8, 1 pooled 8x8 of 2x2, "
     "5 windows 4x4, 5 pooled 4x4 of 2x2, 2 windows 2x2, 2 tokens 2x2"),
    ("crossvit_tiny_240", (240, 240), {}, "15 unknown, 6 one question"),
    ("davit_tiny", (64, 64), {"depths": (1, 1), "embed_dims": (32, 32), "num_heads": (2, 2)},
     "1 windows 16x16, 2 channels, 1 windows 8x8"),
    ("hiera_tiny_224", (224, 224), {},
     "1 windows of mask units 56x56, 1 windows of mask units, queries pooled 28x28 of 56x56, "
     "1 windows of mask units 28x28, 1 windows of mask units, queries pooled 14x14 of 28x28, "
     "6 tokens in another order 14x14, 1 tokens in another order, "
     "queries pooled 7x7 of 14x14, 1 tokens in another order 7x7"),
    ("edgenext_xx_small", (64, 64), {}, "3 channels"),
    ("volo_d1_224", (64, 64), {"img_size": 64}, "14 tokens 4x4, 2 class 1x1 of 4x4"),
    ("tnt_s_patch16_224", (64, 64), {"img_size": 64, "depth": 2},
     "2 windows 16x16, 2 tokens 4x4 cls"),
    ("gcvit_xxtiny", (64, 64), {"img_size": 64, "window_size": (4, 4, 2, 2)},
     "2 windows 16x16, 2 windows 8x8, 6 windows 4x4, 2 windows 2x2"),
    ("nest_tiny", (64, 64), {"img_size": 64}, "2 windows 16x16, 2 windows 8x8, 8 windows 4x4"),
    ("mobilevit_xs", (64, 64), {},
     "2 windows of a grid 8x8, 4 windows of a grid 4x4, 3 windows of a grid 2x2"),
    ("mobilenetv4_hybrid_medium", (64, 64), {}, "4 pooled 4x4 of 2x2, 4 tokens 2x2"),
    ("halonet26t", (256, 256), {},
     "1 windows with a border 16x16, 1 windows with a border 8x8 of 16x16, "
     "1 windows with a border 8x8"),
    ("efficientvit_m0", (224, 224), {}, "4 windows 14x14, 8 windows 7x7, 12 windows 4x4"),
    ("resnet50_clip", (224, 224), {}, "1 tokens 7x7 mean"),
    ("fastvit_sa12", (64, 64), {}, "2 tokens 2x2"),
]  # fmt: skip
