"""Which mechanism sits where in the residual networks of the papers: the rules, as data.

Stages count from 1 (res2 of the papers is stage 1), blocks from 0. A rule fits every network that
has these blocks: `build("resnet50", **PLACEMENTS["non_local_5"].options())`.
"""

from dataclasses import dataclass

from saccade.table import Table

Blocks = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a mechanism sits in a residual network.

    Args:
        attention: name of the mechanism.
        role: "conv" stands for a 3x3 convolution, "branch" on the residual branch before the sum,
            "after" behind a block, "before" in front of it.
        stages: that have it.
        blocks: pairs (stage, block) that have it; every block of the stages when None.
        conv: which 3x3 of a basic block it stands for, 1 or 2.
        source: the paper and section, or the code.
    """

    attention: str
    role: str
    source: str
    stages: tuple[int, ...] = (1, 2, 3, 4)
    blocks: Blocks | None = None
    conv: int = 2

    def options(self) -> dict[str, object]:
        """Give the options of a `ResNetConfig` that put the mechanism there."""
        found: dict[str, object] = {
            "attention": self.attention,
            "attention_role": self.role,
            "attention_stages": self.stages,
        }
        if self.blocks is not None:
            found["attention_blocks"] = self.blocks
        if self.role == "conv":
            found["attention_conv"] = self.conv
        return found


def _non_local(source: str, blocks: Blocks) -> Placement:
    return Placement(
        attention="non_local", role="after", source=source, stages=(2, 3), blocks=blocks
    )


_AUGMENTED = "Bello et al., arXiv:1904.09925, section 4.2: the last three stages"

PLACEMENTS: Table[Placement] = Table(
    "placement",
    {
        "squeeze_excitation": Placement(
            attention="squeeze_excitation",
            role="branch",
            source="Hu et al., arXiv:1709.01507, figure 3: every block",
        ),
        "non_local_5": _non_local(
            "Wang et al., arXiv:1711.07971, section 4.1: every other block of res3 and res4",
            ((2, 1), (2, 3), (3, 1), (3, 3), (3, 5)),
        ),
        "non_local_10": _non_local(
            "Wang et al., arXiv:1711.07971, table 2c: every block of res3 and res4",
            (*((2, block) for block in range(4)), *((3, block) for block in range(6))),
        ),
        "non_local_101": _non_local(
            "for 101 layers; github.com/facebookresearch/video-nonlocal-net, resnet_video.py",
            ((2, 1), (2, 3), (3, 6), (3, 13), (3, 20)),
        ),
        "local_self": Placement(
            attention="local_self",
            role="conv",
            source="Ramachandran et al., arXiv:1906.05909, section 3.1: every block",
        ),
        "local_relation": Placement(
            attention="local_relation",
            role="conv",
            source="Hu et al., arXiv:1904.11491, section 4: every block",
        ),
        "augmented_conv": Placement(
            attention="augmented_conv", role="conv", source=_AUGMENTED, stages=(2, 3, 4)
        ),
        "augmented_conv_basic": Placement(
            attention="augmented_conv",
            role="conv",
            source=f"{_AUGMENTED}; the first 3x3 of basic blocks gives the published size",
            stages=(2, 3, 4),
            conv=1,
        ),
    },
)
