"""What `saccade gaze` says around its numbers, in English and Korean."""

from collections.abc import Mapping

from saccade.cli.words import KOREAN, words

ENGLISH_GAZE: Mapping[str, str] = {
    "title": "Do they look where people look? {count} pictures, {fixations} fixations, {viewers} "
    "viewers; ± is half of the 95 % interval",
    "method": "map",
    "times": "  times the middle",
    "centre": "the middle",
    "other pictures": "looks at other pictures",
    "one viewer": "one viewer of the others",
    "other viewers": "the others of each viewer",
    "nss": "NSS",
    "auc_judd": "AUC-Judd",
    "auc_borji": "Borji",
    "auc_shuffled": "shuffled",
    "cc": "CC",
    "sim": "SIM",
    "kl": "KL",
    "read": "higher is better, for KL lower; the shuffled AUC gives the middle 0.5",
    "pictures": "NSS above that of the middle, and where it was best and worst",
    "above": "above",
    "best": "best",
    "worst": "worst",
    "outside": "{count} fixations lie outside of their pictures and were left out; MATLAB counts "
    "pixels from 1: --first-pixel 1",
    "sheet": "sheet: {path}",
    "written": "table: {path}",
}
KOREAN_GAZE: Mapping[str, str] = {
    "title": "사람이 보는 곳을 보는가? 사진 {count}장, 응시점 {fixations}개, 관찰자 {viewers}명. "
    "±는 95 % 구간의 절반",
    "method": "맵",
    "times": "  한가운데를 곱함",
    "centre": "한가운데",
    "other pictures": "다른 사진을 본 곳",
    "one viewer": "한 사람이 나머지를",
    "other viewers": "나머지가 한 사람을",
    "nss": "NSS",
    "auc_judd": "AUC-Judd",
    "auc_borji": "Borji",
    "auc_shuffled": "shuffled",
    "cc": "CC",
    "sim": "SIM",
    "kl": "KL",
    "read": "클수록 좋고 KL만 작을수록 좋습니다. shuffled AUC에서 한가운데는 0.5를 얻습니다",
    "pictures": "한가운데보다 NSS가 얼마나 높은가, 가장 잘 맞은 사진과 가장 못 맞은 사진",
    "above": "차이",
    "best": "최고",
    "worst": "최저",
    "outside": "응시점 {count}개가 사진 밖에 있어 뺐습니다. MATLAB은 픽셀을 1부터 셉니다: "
    "--first-pixel 1",
    "sheet": "그림: {path}",
    "written": "표: {path}",
}


def gaze_words() -> Mapping[str, str]:
    """Give the words in the user's language."""
    return KOREAN_GAZE if words() is KOREAN else ENGLISH_GAZE
