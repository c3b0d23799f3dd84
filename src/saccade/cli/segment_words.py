"""What `saccade segment` and `eval` of labels for pixels say, in English and Korean."""

from collections.abc import Mapping

from saccade.cli.words import KOREAN, words

ENGLISH_WORDS: Mapping[str, str] = {
    "picture": "picture",
    "class": "class",
    "share": "share of pixels",
    "written": "written: {path}",
    "part": "{part}: {count} pictures, {void:.1%} of their pixels are void",
    "iou": "IoU",
    "pixels": "pixels",
    "miou": "mean IoU {miou:.2f} %   pixels {accuracy:.2f} %   classes {classes:.2f} %",
    "absent": "no pixels and no answers; left out of the mean: {names}",
}
KOREAN_WORDS: Mapping[str, str] = {
    "picture": "사진",
    "class": "클래스",
    "share": "픽셀 비율",
    "written": "저장: {path}",
    "part": "{part}: 사진 {count}장, 픽셀의 {void:.1%}는 void",
    "iou": "IoU",
    "pixels": "픽셀 수",
    "miou": "평균 IoU {miou:.2f} %   픽셀 정확도 {accuracy:.2f} %   클래스 정확도 {classes:.2f} %",
    "absent": "픽셀도 답도 없어 평균에서 뺀 클래스: {names}",
}


def segment_words() -> Mapping[str, str]:
    """Give the words around label maps, in the user's language."""
    return KOREAN_WORDS if words() is KOREAN else ENGLISH_WORDS
