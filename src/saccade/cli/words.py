"""What a learner reads, in English and Korean."""

import os
from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {
    "start": "Training a small vision transformer on {count} handwritten digits (scikit-learn's).",
    "wait": "This takes about a minute on two cores.",
    "accuracy": "test accuracy: {percent:.2f} % on {count} held-out digits",
    "time": "trained in {seconds:.1f} s",
    "report": "report: {path}",
    "open": "Open it in a browser: pick a layer and a head, click a patch, see what it looks at.",
    "next": "Then try your own pictures: saccade train FOLDER   (one folder for each class)",
}
KOREAN: Mapping[str, str] = {
    "start": "scikit-learn의 손글씨 숫자 {count}장으로 작은 vision transformer를 학습합니다.",
    "wait": "코어 두 개에서 1분쯤 걸립니다.",
    "accuracy": "시험 정확도: {percent:.2f} % (따로 남겨 둔 숫자 {count}장)",
    "time": "학습 시간 {seconds:.1f}초",
    "report": "보고서: {path}",
    "open": "브라우저로 열어 층과 헤드를 고르고 패치를 눌러 보세요. 무엇을 보는지 나타납니다.",
    "next": "다음은 자신의 사진으로: saccade train 폴더   (클래스마다 폴더 하나)",
}


def words() -> Mapping[str, str]:
    """Give the words of the user's language: Korean where the locale says so, else English."""
    locale = next(
        (os.environ[k] for k in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(k)), ""
    )
    return KOREAN if locale.startswith("ko") else ENGLISH
