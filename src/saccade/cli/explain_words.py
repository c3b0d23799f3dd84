"""What `saccade explain` and `inspect` say of a map, in English and Korean."""

from collections.abc import Mapping

from saccade.cli.words import KOREAN, words
from saccade.explanation.belief import VERDICTS

ENGLISH_FRAME: Mapping[str, str] = {
    "title": "Should you believe these maps? Each test beside what chance gives (method: {method})",
    "picture": "picture",
    "insertion": "insertion",
    "deletion": "deletion",
    "random": "{value:.3f} (random {random:.3f})",
    "weights": "redrawn weights",
    "shift": "moved 1 px",
    "verdict": "verdict",
    "mean": "mean of {count}",
    "against": " (random {random:.3f})",
    "read": "insertion: higher is better; deletion: lower is better; redrawn weights: correlation "
    "near 0 is good; moved 1 px: correlation near 1 is good",
    "cost": "these tests took {seconds:.1f} s, {passes} forward passes a picture and six more "
    "maps; --quick leaves them out",
    "unmade": "{picture}: {test} could not be tested: {reason}",
    "pointing": "pointing game: {hits} of {count} pictures hit (within 15 px of a box); "
    "{inside:.1%} of the map inside the boxes, which cover {area:.1%}",
    "gaze": "Agreement with where people look, mean ± spread over {count} pictures",
    "map": "map",
    "centre": "the middle of the picture",
    "curves": "insertion and deletion",
}
KOREAN_FRAME: Mapping[str, str] = {
    "title": "이 맵을 믿어도 될까요? 시험마다 우연히 얻는 값을 나란히 둡니다 (방법: {method})",
    "picture": "사진",
    "insertion": "삽입",
    "deletion": "삭제",
    "random": "{value:.3f} (무작위 {random:.3f})",
    "weights": "무작위 가중치",
    "shift": "1픽셀 이동",
    "verdict": "판정",
    "mean": "{count}장 평균",
    "against": " (무작위 {random:.3f})",
    "read": "삽입은 높을수록, 삭제는 낮을수록 좋습니다. 무작위 가중치와의 상관은 0에, 1픽셀 이동한 "
    "맵과의 상관은 1에 가까울수록 좋습니다",
    "cost": "이 시험에 {seconds:.1f}초가 걸렸습니다(사진마다 순전파 {passes}번과 맵 여섯 장). "
    "--quick을 주면 건너뜁니다",
    "unmade": "{picture}: {test} 시험을 할 수 없었습니다: {reason}",
    "pointing": "포인팅 게임: 사진 {count}장 가운데 {hits}장 적중(상자에서 15픽셀 이내). 맵의 "
    "{inside:.1%}가 상자 안에 있고, 상자의 넓이는 {area:.1%}입니다",
    "gaze": "사람이 보는 곳과 얼마나 맞는가, 사진 {count}장의 평균 ± 표준편차",
    "map": "맵",
    "centre": "사진 한가운데",
    "curves": "삽입과 삭제",
}
KOREAN_VERDICTS: Mapping[str, str] = {
    "believable": "믿을 만함: 여기서 한 시험을 모두 통과했습니다",
    "random": "무작위 순서보다 뚜렷이 낫지 않음",
    "weights": "가중치와 무관함",
    "unstable": "불안정함: 1픽셀만 옮겨도 달라집니다",
    "unmeasured": "일부 시험을 하지 못함",
}


def belief_words() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Give the words around the numbers, and the verdicts, in the user's language."""
    return (KOREAN_FRAME, KOREAN_VERDICTS) if words() is KOREAN else (ENGLISH_FRAME, VERDICTS)
