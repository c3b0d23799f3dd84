"""What makes an EVA, an EVA-02 or a DINOv3: its sizes and choices, under timm's keywords."""

from dataclasses import dataclass
from typing import get_args

from saccade.errors import ConfigError
from saccade.layers.patches import pair
from saccade.layers.rotary import RotaryRule
from saccade.models.patch_sequence import PatchSequenceConfig


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaConfig(PatchSequenceConfig):
    """Everything that makes an EVA; what it shares with BEiT stands in `PatchSequenceConfig`.

    Args:
        num_reg_tokens: learned tokens between the class token and the patches (registers).
        qkv_fused: store the three input projections as one matrix.
        qk_norm: norm the queries and the keys of each head.
        swiglu_mlp: make the perceptron a gated one, SwiGLU.
        swiglu_align_to: round its hidden units up to a multiple of this; 0 leaves them.
        scale_mlp: norm what the gated perceptron has gated.
        scale_attn_inner: norm the mixed values before the attention's last projection.
        use_rot_pos_emb: turn queries and keys by row and column.
        rope_type: by EVA-02's rule ("cat") or DINOv3's; see `rotary_turns`.
        rope_temperature: slowness of the slowest turn.
        rope_rotate_half: features k and k + d/2 of a head turn together; neighbours otherwise.
        ref_feat_shape: the grid of pretraining (rows, columns) that "cat" stretches others to; no
            stretching when None.
    """

    num_reg_tokens: int = 0
    qkv_fused: bool = True
    qk_norm: bool = False
    swiglu_mlp: bool = False
    swiglu_align_to: int = 0
    scale_mlp: bool = False
    scale_attn_inner: bool = False
    use_rot_pos_emb: bool = False
    rope_type: RotaryRule = "cat"
    rope_temperature: float = 10000.0
    rope_rotate_half: bool = False
    ref_feat_shape: int | tuple[int, int] | None = None

    def __post_init__(self) -> None:
        PatchSequenceConfig.__post_init__(self)
        if self.ref_feat_shape is not None:
            object.__setattr__(self, "ref_feat_shape", pair(self.ref_feat_shape))
        for name in ("num_reg_tokens", "swiglu_align_to"):
            if getattr(self, name) < 0:
                raise ConfigError(f"{name} of at least 0", str(getattr(self, name)), f"{name}=0")
        if (self.scale_mlp or self.swiglu_align_to) and not self.swiglu_mlp:
            raise ConfigError(
                "swiglu_mlp=True for scale_mlp or swiglu_align_to", "False", "swiglu_mlp=True"
            )
        if self.use_rot_pos_emb:
            self._check_turns()

    def _check_turns(self) -> None:
        if self.rope_type not in get_args(RotaryRule):
            rules = " or ".join(get_args(RotaryRule))
            raise ConfigError(f"rope_type {rules}", repr(self.rope_type), "cat")
        if not self.rope_temperature > 0:
            raise ConfigError(
                "a positive rope_temperature", str(self.rope_temperature), "rope_temperature=100"
            )
        if self.embed_dim % (4 * self.num_heads):
            raise ConfigError(
                f"an embed_dim divisible by 4 times {self.num_heads} heads, for turns",
                str(self.embed_dim),
                str(64 * self.num_heads),
            )

    @property
    def prefix(self) -> tuple[str, ...]:
        """Names of the tokens before the patches."""
        registers = (f"reg{index}" for index in range(1, self.num_reg_tokens + 1))
        return ("cls", *registers)

    @property
    def reference(self) -> tuple[int, int] | None:
        """The grid of pretraining (rows, columns), where there is one."""
        return None if self.ref_feat_shape is None else pair(self.ref_feat_shape)

    @property
    def gates(self) -> int:
        """Hidden units of the gated perceptron."""
        hidden = self.mlp_width
        return hidden + (-hidden % self.swiglu_align_to if self.swiglu_align_to else 0)
