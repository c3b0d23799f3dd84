"""What `saccade audit` says, in English and Korean; the English verdicts are the library's."""

from collections.abc import Mapping

from saccade.cli.words import KOREAN, words
from saccade.inspection.evidence.verdicts import VERDICTS

Sentences = Mapping[str, tuple[str, str]]

ENGLISH_FRAME: Mapping[str, str] = {
    "attention": "read as attention over {tokens} tokens",
    "similarity": "read as similarities of {tokens} tokens",
    "map": "read as a heat map",
    "places": ", grid {rows}x{columns}, prefix tokens: {prefix}",
    "wrong": "wrong",
    "remark": "remark",
    "cure": "try",
    "nothing": "no known mistake was found",
}
KOREAN_FRAME: Mapping[str, str] = {
    "attention": "토큰 {tokens}개의 어텐션으로 읽음",
    "similarity": "토큰 {tokens}개의 유사도로 읽음",
    "map": "히트맵으로 읽음",
    "places": ", 격자 {rows}x{columns}, 그 앞의 토큰 {prefix}개",
    "wrong": "잘못",
    "remark": "참고",
    "cure": "해결",
    "nothing": "알려진 실수는 발견되지 않았습니다",
}
KOREAN_VERDICTS: Sentences = {
    "not_finite": (
        "값 {total}개 가운데 {count}개가 NaN이거나 무한대입니다",
        "맵을 저장하기 전에 0으로 나누거나 반정밀도를 쓴 곳을 찾으세요",
    ),
    "columns": (
        "열의 합이 1이고(오차 {columns:.2g}) 행의 합은 1이 아닙니다(오차 {rows:.2g}): "
        "softmax를 쿼리 방향으로 계산했습니다",
        "키 방향으로 softmax(dim=-1)을 쓰거나, 뒤집혀 저장되었다면 행렬을 전치하세요",
    ),
    "min_max": (
        "가장 작은 값이 0, 가장 큰 값이 1이 되도록 늘려서 행의 합이 1이 아니라 "
        "{low:.4g}~{high:.4g}입니다",
        "가중치는 그대로 저장하고, 그릴 때 쓰는 사본만 늘리세요",
    ),
    "scaled": (
        "모든 행의 합이 1이 아니라 {sum:.5g}입니다: 맵 전체에 어떤 수를 곱했습니다",
        "{sum:.5g}로 나누세요. 헤드를 평균하지 않고 더했거나 dropout이 켜져 있으면 이렇게 됩니다",
    ),
    "product": (
        "softmax가 아닙니다: 행의 합 {low:.4g}~{high:.4g}, 가장 작은 값 {least:.4g}, 토큰 "
        "{tokens}개에 계수(rank) {rank}이므로 얇은 두 표의 곱입니다. 층의 출력에 V^T를 "
        "곱했거나 softmax 이전의 점수입니다",
        "같은 층에서 값(V)과 만나기 전의 softmax(q @ k.T * scale)을 쓰세요",
    ),
    "not_softmax": (
        "softmax가 아닙니다: 행의 합 {low:.4g}~{high:.4g}, 가장 작은 값 {least:.4g}",
        "softmax(q @ k.T * scale)을 쓰세요. 출력에 V^T를 곱한 것, 점수, 기울기, 특징은 "
        "어텐션이 아닙니다",
    ),
    "column_scaled": (
        "행의 합은 {low:.4g}~{high:.4g}이고 가장 큰 고윳값은 {root:.6g}입니다: 각 열을 어떤 "
        "행의 합으로 나누었습니다",
        "a / a.sum(-1, keepdim=True): keepdim이 없으면 행이 아니라 열이 나뉩니다",
    ),
    "column_scaled_product": (
        "음수가 없고 행의 합이 {low:.4g}~{high:.4g}입니다: 행 대신 열을 나눈 rollout이거나, "
        "헤드를 max로 합친 뒤 다시 나누지 않았습니다",
        "층마다 헤드를 합친 다음 a / a.sum(-1, keepdim=True)로 나누세요",
    ),
    "lost_mass": (
        "행의 합이 {low:.4g}~{high:.4g}로 1을 넘지 않습니다: softmax 뒤에 키를 잘라 냈거나 "
        "0으로 만들었습니다",
        "키를 모두 남기거나 각 행을 그 합으로 다시 나누세요",
    ),
    "prefix_mass": (
        "행의 합이 {low:.4g}~{high:.4g}입니다: 패치가 아닌 토큰의 열을 잘라 내면서 그 몫도 "
        "사라졌습니다",
        "거리나 엔트로피를 재기 전에 각 행을 그 합으로 나누세요",
    ),
    "uniform": (
        "맵 {total}개 가운데 {count}개가 고릅니다(엔트로피가 최댓값의 {entropy:.4f}): 아무것도 "
        "말해 주지 않습니다",
        "가중치를 불러왔는지, 점수가 0이거나 두 번 나뉘지 않았는지 확인하세요",
    ),
    "identity": (
        "모든 토큰이 자신만 봅니다(대각선 {diagonal:.4g}): 다른 것은 기록되지 않았습니다",
        "잔차 경로나 마스크가 아니라 softmax 자체를 기록하세요",
    ),
    "same_rows": (
        "모든 쿼리가 같은 것을 봅니다(행 사이의 차이가 최댓값의 {spread:.2g}): 이 맵으로는 "
        "쿼리나 클래스를 구별할 수 없습니다",
        "층을 하나씩 보세요. 깊은 모델의 attention flow는 늘 이렇고, 한 행을 되풀이해도 이렇게 "
        "됩니다",
    ),
    "first_layer_flow": (
        "모든 쿼리가 같은 것을 보고 값이 {low:.3f}~{high:.3f}입니다: attention flow이며, 깊은 "
        "모델에서는 첫 층의 열의 합일 뿐입니다",
        "rollout이나 기울기를 쓰는 방법을 쓰세요. 이 flow는 쿼리도 클래스도 모릅니다",
    ),
    "tokens": (
        "토큰 {tokens}개는 {rows}x{columns} 격자와 그 앞의 토큰 {prefix}개에 비해 "
        "{excess:+d}개 차이가 납니다",
        "모델에 맞는 --grid와 --prefix를 주거나, 저장할 때 토큰을 모두 남기세요",
    ),
    "wrong_end": (
        "{rows}x{columns} 격자의 줄이 시작보다 {found}개 뒤에서 바뀝니다(대비 {margin:.2f}): "
        "클래스 토큰이 남아 있고 마지막 패치가 빠졌습니다",
        "마지막 토큰이 아니라 첫 토큰을 빼세요: [..., {dropped}:, {dropped}:]",
    ),
    "shifted": (
        "{rows}x{columns} 격자의 줄이 토큰 {wanted}개가 아니라 {found}개 뒤에서 바뀝니다(대비 "
        "{margin:.2f}): 맵이 토큰 {excess:+d}개만큼 밀렸습니다",
        "패치 앞의 토큰 수를 다시 세세요: --prefix {found}이면 맞습니다",
    ),
    "class_in_map": (
        "첫 값이 나머지의 최댓값보다 {times:.1f}배 크고 왼쪽 열이 오른쪽 열에서 이어집니다: "
        "자신을 보는 클래스 토큰이 패치 자리에 있습니다",
        "마지막 토큰 [:-1]이 아니라 패치 앞의 토큰을 [1:]로 빼고 다시 배열하세요",
    ),
    "no_grid": (
        "토큰 {tokens}개는 앞에 0, 1, 2, 5개를 두고 정사각형 격자가 되지 않아 위치를 살피지 "
        "않았습니다",
        "--grid 행x열과 --prefix를 주세요. 토큰이 잘렸을 수도 있습니다",
    ),
    "shifted_map": (
        "왼쪽 열이 바로 옆 열보다 오른쪽 열에서 더 매끄럽게 이어집니다(비율 {ratio:.2f}): "
        "클래스 토큰이 앞에 남아 맵이 한 칸 밀렸을 수 있습니다",
        "마지막 토큰이 아니라 패치 앞의 토큰을 빼고 다시 배열하세요",
    ),
    "crop": (
        "맵은 {columns}x{rows}, 사진은 {width}x{height}입니다: 흔히 하듯 가운데를 잘랐다면 "
        "맵은 가운데 {side_x}x{side_y} 픽셀만 덮습니다",
        "사진 전체가 아니라 x {left}~{right}, y {top}~{bottom}에 겹치세요",
    ),
    "turned": (
        "맵은 {columns}x{rows}, 바로 세운 사진은 {width}x{height}입니다: EXIF의 방향을 "
        "적용하지 않았습니다",
        "모델에 넣기 전에 PIL.ImageOps.exif_transpose로 사진을 돌리세요",
    ),
    "constant": (
        "모든 값이 {value:.4g}입니다: 아무것도 말해 주지 않습니다",
        "층을 확인하세요. 마지막 어텐션 뒤에서는 패치의 기울기가 정확히 0입니다",
    ),
    "stretched": (
        "맵이 정확히 0에서 1까지입니다: 늘린 맵이라 강한 맵과 약한 맵이 같아 보입니다",
        "맵을 서로 비교할 때는 늘리기 전의 수를 남기세요",
    ),
}


def audit_words() -> tuple[Mapping[str, str], Sentences]:
    """Give the words around the verdicts, and the verdicts, in the user's language."""
    return (KOREAN_FRAME, KOREAN_VERDICTS) if words() is KOREAN else (ENGLISH_FRAME, VERDICTS)
