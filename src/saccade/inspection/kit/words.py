"""What the kit's page says in Korean, by the English sentence; numbers stand as #."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from saccade.inspection.kit.head_labels import KOREAN as LABELS

_NUMBER = re.compile(r"\d+(?:\.\d+)?")

TITLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "filters": ("Filters of the first layer", "첫 층의 필터"),
        "similarity": ("Similarity of positions", "위치 임베딩의 유사도"),
        "kernel": ("What positions alone say", "위치만으로 정해지는 것"),
        "distance": ("Attention distance", "어텐션 거리"),
        "entropy": ("Entropy of attention", "어텐션 엔트로피"),
        "heads": ("Heads of the last layer", "마지막 층의 헤드"),
        "rollout": ("Rollout", "롤아웃"),
        "flow": ("Attention flow", "어텐션 플로"),
        "sinks": ("Sinks and high norms", "어텐션 쏠림과 큰 노름"),
        "atlas": ("Head atlas", "헤드 아틀라스"),
    }
)

ABOUT: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "filters": (
            "Principal components of the filters that cut the picture into patches, the first ones "
            "first; each is stretched to its own range.",
            "그림을 패치로 바꾸는 필터의 주성분입니다. 앞의 것일수록 많이 설명하며, 각각 제 범위로 "
            "늘여 그렸습니다.",
        ),
        "similarity": (
            "Each tile shows how alike one position is to all positions (cosine).",
            "타일마다 한 위치가 모든 위치와 얼마나 비슷한지(코사인)를 보입니다.",
        ),
        "kernel": (
            "What the model's positions say by offset alone, whatever the picture shows.",
            "그림과 무관하게, 위치의 차이만으로 모델이 아는 것입니다.",
        ),
        "distance": (
            "How far each head looks, in pixels of the model's image; a dot is a head, the red "
            "line a head that spreads evenly.",
            "헤드가 얼마나 먼 곳을 보는지를 모델 입력의 픽셀로 나타냅니다. 점 하나가 헤드이고, "
            "빨간 선은 고르게 보는 헤드입니다.",
        ),
        "entropy": (
            "How widely each head spreads; the red line is the most there can be.",
            "헤드가 얼마나 넓게 퍼져 보는지를 나타냅니다. 빨간 선은 가능한 최댓값입니다.",
        ),
        "heads": (
            "What the asking token reads in each head, and the patches that hold most of it.",
            "묻는 토큰이 헤드마다 읽는 곳과, 그 대부분을 차지하는 패치입니다.",
        ),
        "rollout": (
            "What the asking token has read of each patch through all layers. The class that is "
            "answered plays no part.",
            "묻는 토큰이 모든 층을 거쳐 각 패치에서 읽은 양입니다. 답한 클래스와는 무관합니다.",
        ),
        "flow": (
            "The most that can flow from the asking token to each patch through all layers.",
            "묻는 토큰에서 모든 층을 거쳐 각 패치로 흐를 수 있는 최대량입니다.",
        ),
        "sinks": (
            "Keys that draw attention whatever is asked, and tokens whose vectors are far too "
            "long.",
            "무엇을 묻든 어텐션이 쏠리는 키와, 벡터가 유난히 긴 토큰입니다.",
        ),
        "atlas": (
            "What every head does, in numbers and a word.",
            "모든 헤드가 하는 일을 숫자와 낱말로 나타냅니다.",
        ),
    }
)

KOREAN: Mapping[str, str] = MappingProxyType(
    {
        **LABELS,
        "layer": "층",
        "name": "이름",
        "head": "헤드",
        "kind": "종류",
        "label": "하는 일",
        "label (Korean)": "하는 일 (한국어)",
        "component": "성분",
        "variance explained": "설명하는 분산",
        "together": "누적",
        "cosine with": "코사인을 잰 상대",
        "mean": "평균",
        "next patches (four)": "이웃한 네 패치",
        "others of the same row": "같은 행의 다른 패치",
        "others of the same column": "같은 열의 다른 패치",
        "patches of neither": "행도 열도 다른 패치",
        "share of the spread that the offset explains": "위치 차이가 설명하는 비율",
        "stationary": "위치 차이가 설명하는 비율",
        "reach (patches)": "거리 (패치)",
        "distance (px)": "거리 (px)",
        "distance over mass on patches (px)": "패치 몫으로 나눈 거리 (px)",
        "entropy (nats)": "엔트로피 (nat)",
        "entropy share": "엔트로피 비율",
        "effective keys": "유효 키 수",
        "entropy of class token (nats)": "클래스 토큰의 엔트로피 (nat)",
        "entropy of mean of patches (nats)": "패치 평균의 엔트로피 (nat)",
        "entropy of query # (nats)": "토큰 #의 엔트로피 (nat)",
        "mass on patches": "패치의 몫",
        "patches that hold #%": "#%를 차지하는 패치 수",
        "share they hold": "그 패치들의 몫",
        "effective patches": "유효 패치 수",
        "largest share": "가장 큰 몫",
        "peak row": "최댓값의 행",
        "peak column": "최댓값의 열",
        "smallest flow": "가장 작은 플로",
        "mean flow": "평균 플로",
        "largest flow": "가장 큰 플로",
        "share of patches at the bound": "상한에 이른 패치의 비율",
        "mass on strongest key": "가장 강한 키의 몫",
        "mass on # strongest": "가장 강한 키 #개의 몫",
        "mass on prefix": "특수 토큰의 몫",
        "norm of prefix": "특수 토큰의 노름",
        "median norm of patches": "패치 노름의 중앙값",
        "largest norm of patches": "가장 큰 패치 노름",
        "patches of high norm": "노름이 큰 패치 수",
        "mass on high norms of the block before": "앞 블록에서 노름이 큰 패치의 몫",
        "distance": "거리 (px)",
        "entropy": "엔트로피 비율",
        "prefix": "특수 토큰의 몫",
        "sink": "가장 강한 패치의 몫",
        "sinks": "강한 다섯 패치의 몫",
        "symmetry": "대칭성",
        "near": "주변의 몫",
        "row": "같은 행의 몫",
        "column": "같은 열의 몫",
        "previous": "왼쪽 패치의 몫",
        "next": "오른쪽 패치의 몫",
        "above": "위 패치의 몫",
        "below": "아래 패치의 몫",
        "typical": "전형적인 그림",
        "atypical": "특이한 그림",
        "ablation effect": "헤드를 껐을 때 잃는 확률",
        "ablation effect std": "그 표준편차",
        "class changes": "답이 바뀌는 비율",
        "in # of # pictures every flow is at its bound min(#, column sums of the first layer): it "
        "is the same for every query": "그림 #장(전체 #장)에서 모든 플로가 상한 min(#, 첫 층의 "
        "열 합)과 같습니다. 어느 토큰이 묻든 같은 값이므로 이 토큰에 대해 알려 주는 것이 없습니다",
        "flow was found for # of # pictures": "플로는 그림 #장(전체 #장)에서만 구했습니다",
        "contents": "차례",
        "not for this model": "이 모델에는 없는 항목",
        "pictures": "그림 수",
        "tables and drawings": "표와 그림",
        "Each number is the mean over the pictures ± their standard deviation, and below it the "
        "least … the most of them.": "숫자는 그림들의 평균 ± 표준편차이고, 아래는 최솟값 … "
        "최댓값입니다.",
        "n = # pictures": "n = 그림 #장",
        "of the model, without pictures": "그림 없이 모델만으로 얻은 것",
    }
)


def korean(text: str) -> str | None:
    """Say a text of tables and notes in Korean; None where it is not known, such as a name.

    Args:
        text: the English words; numbers in them are carried over in their order.
    """
    if text in KOREAN:
        return KOREAN[text]
    numbers = _NUMBER.findall(text)
    pattern = KOREAN.get(_NUMBER.sub("#", text))
    if pattern is None or pattern.count("#") != len(numbers):
        return None
    parts = pattern.split("#")
    return "".join(part + number for part, number in zip(parts, [*numbers, ""], strict=True))
