"""What `saccade caption`, `translate`, `ask` and `eval` of words say, in English and Korean."""

from collections.abc import Mapping

from saccade.cli.words import KOREAN, words

ENGLISH_WORDS: Mapping[str, str] = {
    "picture": "picture",
    "caption": "caption",
    "score": "score",
    "reference": "a person wrote",
    "sentence": "sentence",
    "translation": "translation",
    "question": "question",
    "answer": "answer",
    "probability": "probability",
    "unfinished": "(unfinished)",
    "newest": "model: {path}, the newest run of its kind ({command} --model names another)",
    "unknown": "words that the model does not know: {words} ({text})",
    "empty": "{count} of {of} sentences were empty and have an empty translation",
    "cut": "{count} of {of} texts had not ended after {length} words; --max-length gives them more",
    "written": "written: {path}",
    "blind": "this model looks at nothing while it writes, so the page has no maps",
    "caption_title": "What was looked at for each word",
    "translate_title": "What was read for each word",
    "ask_title": "Where the answers were looked for",
    "look": "look {number}",
    "right_captions": "words of right captions",
    "part": "{part}: {count}",
    "measure": "measure",
    "value": "value",
    "exact": "word by word right",
    "length": "length, against references",
    "unknown_share": "unknown words",
    "unended": "{count} of {of} texts had not ended; --max-length gives them more words",
    "kind": "kind",
    "right": "right",
    "questions": "questions",
    "accuracy": "accuracy {percent:.2f} %",
    "impossible": "{count} of {of} questions have an answer that the model cannot choose",
    "box": "in the right box: {mass:.1%} of the attention, {times:.1f} times that of even maps "
    "({uniform:.1%}); the highest cell lies in it for {pointing:.1%} of {count} maps",
}
KOREAN_WORDS: Mapping[str, str] = {
    "picture": "사진",
    "caption": "설명",
    "score": "점수",
    "reference": "사람이 쓴 설명",
    "sentence": "문장",
    "translation": "번역",
    "question": "질문",
    "answer": "답",
    "probability": "확률",
    "unfinished": "(끝맺지 못함)",
    "newest": "모델: {path} (같은 종류의 가장 최근 실행. 다른 것은 {command} --model로 고릅니다)",
    "unknown": "모델이 모르는 단어: {words} ({text})",
    "empty": "문장 {of}개 가운데 {count}개가 비어 있어 번역도 비어 있습니다",
    "cut": "글 {of}개 가운데 {count}개가 {length}단어 안에 끝나지 않았습니다. --max-length로 늘릴 "
    "수 있습니다",
    "written": "저장: {path}",
    "blind": "이 모델은 글을 쓸 때 아무것도 보지 않으므로 페이지에 맵이 없습니다",
    "caption_title": "단어마다 본 곳",
    "translate_title": "단어마다 읽은 단어",
    "ask_title": "답을 찾으려고 본 곳",
    "look": "{number}번째 보기",
    "right_captions": "맞는 설명의 단어",
    "part": "{part}: {count}개",
    "measure": "지표",
    "value": "값",
    "exact": "단어까지 모두 맞음",
    "length": "참조에 견준 길이",
    "unknown_share": "모르는 단어",
    "unended": "글 {of}개 가운데 {count}개가 끝나지 않았습니다. --max-length로 늘릴 수 있습니다",
    "kind": "종류",
    "right": "맞음",
    "questions": "질문 수",
    "accuracy": "정확도 {percent:.2f} %",
    "impossible": "질문 {of}개 가운데 {count}개는 모델이 고를 수 없는 답입니다",
    "box": "맞는 상자 안: 주의의 {mass:.1%}, 고른 맵({uniform:.1%})의 {times:.1f}배. 맵 {count}개 "
    "가운데 {pointing:.1%}는 가장 높은 칸이 상자 안에 있습니다",
}


def writing_words() -> Mapping[str, str]:
    """Give the words around what a model writes, in the user's language."""
    return KOREAN_WORDS if words() is KOREAN else ENGLISH_WORDS
