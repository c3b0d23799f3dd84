"""What `saccade select` says, in English and Korean."""

from collections.abc import Mapping

from saccade.cli.words import KOREAN, words

ENGLISH_FRAME: Mapping[str, str] = {
    "title": "{table}: {rows} rows, {d} features, classes {classes}; {k} chosen by {method}",
    "rank": "rank",
    "feature": "feature",
    "score": "score",
    "mask": "mask",
    "folds": "folds",
    "score_is": "score: {about}",
    "bits": "mask over the table: {bits}",
    "trace": "tr(Sw^-1 Sb) of the chosen together: {trace}",
    "all_title": "{table}: {k} of {d} features by each method",
    "method": "method",
    "search": "search",
    "chosen": "chosen",
    "left_out": "{method} was left out: {reason}",
    "honest": "accuracy of {classifier} in {folds} folds (chance {chance:.1%}):",
    "inside": "chosen in each fold, told",
    "leaky": "chosen on all rows, leaky",
    "everything": "all {d} features",
    "optimism": "the leaky number is {points:.1f} points too high: the rows that judge took part "
    "in the choice",
    "no_optimism": "the leaky number is no higher than the honest one here; with many features "
    "and few rows it is",
    "figure": "picture: {path}",
    "saved": "table of the chosen features: {path}",
    "figure_title": "{table}: {k} of {d} features by {method}",
    "figure_best": "the two best",
    "figure_more": "and {count} features more",
}
KOREAN_FRAME: Mapping[str, str] = {
    "title": "{table}: 행 {rows}개, 특징 {d}개, 클래스 {classes}. {method}로 {k}개를 골랐습니다",
    "rank": "순위",
    "feature": "특징",
    "score": "점수",
    "mask": "마스크",
    "folds": "폴드",
    "score_is": "점수: {about}",
    "bits": "표 순서의 마스크: {bits}",
    "trace": "뽑힌 특징 전체의 tr(Sw^-1 Sb): {trace}",
    "all_title": "{table}: 방법마다 특징 {d}개 가운데 {k}개",
    "method": "방법",
    "search": "탐색",
    "chosen": "뽑힌 특징",
    "left_out": "{method}은(는) 뺐습니다: {reason}",
    "honest": "{classifier}의 정확도, 폴드 {folds}개 (찍었을 때 {chance:.1%}):",
    "inside": "폴드마다 다시 고름 (믿을 값)",
    "leaky": "모든 행으로 고름 (누출)",
    "everything": "특징 {d}개 모두",
    "optimism": "누출된 값이 {points:.1f}점 높습니다. 평가하는 행이 고르는 데에도 쓰였기 "
    "때문입니다",
    "no_optimism": "여기서는 누출된 값이 더 높지 않습니다. 특징이 많고 행이 적으면 높아집니다",
    "figure": "그림: {path}",
    "saved": "뽑힌 특징만 담은 표: {path}",
    "figure_title": "{table}: {method}로 고른 특징 {k}개(전체 {d}개)",
    "figure_best": "가장 좋은 두 특징",
    "figure_more": "그 밖의 특징 {count}개",
}
KOREAN_METHODS: Mapping[str, str] = {
    "fisher": "클래스 평균이 흩어진 정도를 클래스 안의 흩어짐으로 나눈 값",
    "anova": "일원 분산 분석의 F. 순서는 fisher와 같습니다",
    "separability": "두 클래스 평균의 거리를 표준편차의 합으로 나눈 값",
    "separability_squared": "두 클래스 평균의 거리의 제곱을 분산의 합으로 나눈 값",
    "correlation": "클래스와의 상관비, 0~1. 클래스가 둘이면 |r|",
    "auc": "ROC 곡선 아래 넓이가 우연에서 벗어난 정도, |2 AUC - 1|, 0~1",
    "mutual_information": "클래스에 대한 정보(nat), 이웃 셋으로 추정",
    "chi2": "클래스별 합의 카이제곱. 개수처럼 음수가 아닌 값에만",
    "relief": "ReliefF: 가까운 행 가운데 다른 클래스와 다르고 같은 클래스와 비슷한 정도, -1~1",
    "l1": "L1 벌점을 준 선형 분류기의 가중치 크기",
    "trees": "나무 200그루 랜덤 포레스트의 순도에서 차지하는 몫. 모두 더하면 1",
    "mrmr": "클래스에 대한 정보에서 먼저 뽑힌 특징에 대한 정보를 뺀 값",
    "trace": "이 특징으로 부분집합의 tr(Sw^-1 Sb)가 늘어난 만큼",
    "neighbours": "이 특징으로 최근접 이웃 다섯의 교차 검증 정확도가 늘어난 만큼",
    "logistic": "이 특징으로 로지스틱 회귀의 교차 검증 정확도가 늘어난 만큼",
}


def selection_words() -> Mapping[str, str]:
    """Give the words around the numbers in the user's language."""
    return KOREAN_FRAME if words() is KOREAN else ENGLISH_FRAME


def method_words(name: str, english: str) -> str:
    """Say what the score of a method is, in the user's language."""
    return KOREAN_METHODS[name] if words() is KOREAN else english
