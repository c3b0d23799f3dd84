"""What `saccade saliency` says of its maps, in English and Korean."""

from collections.abc import Mapping

from saccade.cli.words import KOREAN, words

ENGLISH_SALIENCY: Mapping[str, str] = {
    "title": "Where {count} pictures stand out; x, y in pixels of the picture",
    "picture": "picture",
    "method": "map",
    "peak": "highest",
    "path": "looks at",
    "share": "marked",
    "read": "marked: the share of the picture that stands out, by five clusters and Otsu's split",
    "sheet": "sheet: {path}",
    "small": "{picture}: {reason}",
    "whole": "the picture",
    "map": "the map",
    "itti": "Itti, Koch, Niebur",
    "spectral_residual": "spectral residual",
    "spectral_residual_opencv": "spectral residual (OpenCV's)",
    "fine_grained": "fine-grained",
    "frequency_tuned": "frequency-tuned",
    "centre": "the middle",
}
KOREAN_SALIENCY: Mapping[str, str] = {
    "title": "사진 {count}장에서 눈에 띄는 곳. x, y는 사진의 픽셀",
    "picture": "사진",
    "method": "맵",
    "peak": "가장 높은 곳",
    "path": "보는 순서",
    "share": "표시된 넓이",
    "read": "표시된 넓이: 값을 다섯 무리로 나눈 뒤 오츠 방법으로 갈라, 눈에 띈다고 본 부분의 비율",
    "sheet": "모음: {path}",
    "small": "{picture}: {reason}",
    "whole": "사진",
    "map": "맵",
    "itti": "이티·코흐·니부어",
    "spectral_residual": "스펙트럼 잔차",
    "spectral_residual_opencv": "스펙트럼 잔차 (OpenCV 방식)",
    "fine_grained": "세밀한 돌출 맵",
    "frequency_tuned": "주파수 조율",
    "centre": "사진 한가운데",
}


def saliency_words() -> Mapping[str, str]:
    """Give the words in the user's language."""
    return KOREAN_SALIENCY if words() is KOREAN else ENGLISH_SALIENCY
