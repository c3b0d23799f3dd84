"""What is said of data, in English and Korean: what, how many, what to do."""

from saccade.data.doctor.remark import Phrases

DATA: Phrases = {
    "unreadable": (
        "problem",
        "files that cannot be read: {count}; replace or remove them, training would leave them out",
        "읽을 수 없는 파일 {count}개: 바꾸거나 지우세요. 학습에서는 빠집니다",
    ),
    "readable": ("fine", "every file can be read", "모든 파일을 읽을 수 있습니다"),
    "unlabelled": (
        "caution",
        "the pictures have no labels to learn ({why}); put each class into a folder of its own, "
        "or pre-train without labels (--objective mae)",
        "배울 라벨이 없습니다({why}). 클래스마다 폴더를 하나씩 만들거나 라벨 없이 사전 학습"
        "(--objective mae)하세요",
    ),
    "leak": (
        "problem",
        "pictures that are in another split too: {count}; remove them from one of the two, or what "
        "is measured will be too good",
        "다른 분할에도 있는 사진 {count}장: 한쪽에서 지우세요. 그대로 두면 측정값이 실제보다 "
        "좋게 나옵니다",
    ),
    "near_leak": (
        "problem",
        "copies of pictures of another split (resized, re-compressed, cropped, brightened or "
        "mirrored): {count}; remove them from one of the two, or what is measured will be too good",
        "다른 분할에 있는 사진의 복사본(크기 변경, 재압축, 자르기, 밝기 변경, 좌우 반전) "
        "{count}장: 한쪽에서 지우세요. 그대로 두면 측정값이 실제보다 좋게 나옵니다",
    ),
    "conflict": (
        "problem",
        "equal pictures in different classes: {count}; keep each in the class that is right",
        "같은 사진이 서로 다른 클래스에 있음 {count}장: 맞는 클래스에만 남기세요",
    ),
    "near_conflict": (
        "caution",
        "copies that are in another class than the picture: {count}; see which class is right",
        "원본과 다른 클래스에 있는 복사본 {count}장: 어느 클래스가 맞는지 확인하세요",
    ),
    "twins": (
        "caution",
        "pictures that come twice in their split: {count}; remove them, they count double and may "
        "be shared out to training and validation",
        "같은 분할에 두 번 있는 사진 {count}장: 지우세요. 두 배로 세어지고, 학습과 검증에 "
        "나뉘어 들어갈 수 있습니다",
    ),
    "near_twins": (
        "caution",
        "copies in the same split (resized, re-compressed, cropped, brightened or mirrored): "
        "{count}; keep one of each, or keep them together when you split",
        "같은 분할 안의 복사본(크기 변경, 재압축, 자르기, 밝기 변경, 좌우 반전) {count}장: "
        "하나씩만 남기거나 나눌 때 같은 쪽에 두세요",
    ),
    "no_twins": ("fine", "no picture comes twice", "두 번 있는 사진이 없습니다"),
    "no_near": (
        "fine",
        "no picture is a resized, re-compressed, cropped, brightened or mirrored copy of another",
        "크기 변경, 재압축, 자르기, 밝기 변경, 좌우 반전으로 만든 복사본이 없습니다",
    ),
    "not_compared": (
        "fine",
        "pictures not searched for copies: {count}; they are below {side} pixels or show nothing",
        "복사본을 찾지 않은 사진 {count}장: {side}픽셀보다 작거나 내용이 없습니다",
    ),
    "rotated by EXIF": (
        "fine",
        "pictures that their camera noted as turned (EXIF): {count}; they are turned upright here, "
        "other programs may show and learn them lying",
        "카메라가 회전을 기록한 사진(EXIF) {count}장: 여기서는 바로 세웁니다. 다른 프로그램은 "
        "누운 채로 보여 주고 배울 수 있습니다",
    ),
    "16-bit": (
        "caution",
        "pictures of 16 bits: {count}; they are scaled to 8 bits by their whole range, so see that "
        "they use it",
        "16비트 사진 {count}장: 전체 범위를 기준으로 8비트로 줄입니다. 그 범위를 쓰는지 확인하세요",
    ),
    "alpha": (
        "caution",
        "pictures that may be transparent: {count}; they are laid over white, so flatten them "
        "yourself if another ground is right",
        "투명할 수 있는 사진 {count}장: 흰 바탕에 놓습니다. 다른 바탕이 맞다면 직접 합치세요",
    ),
    "CMYK": (
        "caution",
        "pictures in printers' colours (CMYK): {count}; colours shift a little, save them as RGB "
        "if colour matters",
        "인쇄용 색(CMYK) 사진 {count}장: 색이 조금 달라집니다. 색이 중요하면 RGB로 저장하세요",
    ),
    "palette": (
        "fine",
        "pictures with a palette: {count}; they are turned into RGB",
        "팔레트 사진 {count}장: RGB로 바꿉니다",
    ),
    "grey": (
        "fine",
        "every picture is grey; --in-chans 1 is enough and faster",
        "모든 사진이 흑백입니다. --in-chans 1이면 충분하고 더 빠릅니다",
    ),
    "grey_some": (
        "caution",
        "grey pictures among coloured ones: {count} of {all}; see that they are not mostly of one "
        "class, or the class is told by its lack of colour",
        "컬러 사진 사이의 흑백 사진 {all}장 중 {count}장: 한 클래스에 몰려 있으면 색이 없다는 "
        "것만으로 그 클래스를 구별하게 됩니다",
    ),
    "imbalance": (
        "caution",
        "the most frequent class has {ratio:.3g} times the pictures of the rarest ({most} and "
        "{fewest}), {effective:.3g} effective classes of {classes}; take --class-weights auto or "
        "--sampler balanced, and look at the macro accuracy",
        "가장 많은 클래스가 가장 적은 클래스의 {ratio:.3g}배입니다({most}장과 {fewest}장, 실효 "
        "클래스 {classes}개 중 {effective:.3g}개). --class-weights auto나 --sampler balanced를 "
        "쓰고 macro 정확도를 보세요",
    ),
    "balanced": (
        "fine",
        "classes are balanced enough: {most} pictures in the largest, {fewest} in the smallest, "
        "{effective:.3g} effective classes of {classes}",
        "클래스 균형이 괜찮습니다: 가장 많은 클래스 {most}장, 가장 적은 클래스 {fewest}장, 실효 "
        "클래스 {classes}개 중 {effective:.3g}개",
    ),
    "few": (
        "caution",
        "classes with fewer than {least} training pictures: {count}; collect more, or start from "
        "pretrained weights and trust their accuracy little",
        "학습 사진이 {least}장보다 적은 클래스 {count}개: 더 모으거나 사전 학습된 가중치에서 "
        "시작하고, 그 정확도는 조심해서 보세요",
    ),
    "unseen": (
        "problem",
        "classes without training pictures: {count}; add some or remove the class",
        "학습 사진이 없는 클래스 {count}개: 사진을 넣거나 클래스를 지우세요",
    ),
    "missing": (
        "caution",
        "classes that a split has no picture of: {count}; nothing is measured for them there",
        "어떤 분할에 사진이 없는 클래스 {count}개: 그 분할에서는 측정되지 않습니다",
    ),
    "small": (
        "caution",
        "pictures with a side below {side} pixels: {count}; they are enlarged a lot beside a "
        "median of {width} x {height}, so see that they are no thumbnails",
        "한 변이 {side}픽셀보다 작은 사진 {count}장: 중앙값 {width} x {height}에 비해 많이 "
        "확대됩니다. 미리 보기 그림이 아닌지 확인하세요",
    ),
    "long": (
        "caution",
        "pictures more than {ratio} times as long as wide: {count}; a square crop cuts most of "
        "them away, so crop or pad them yourself",
        "한 변이 다른 변의 {ratio}배가 넘는 사진 {count}장: 정사각형으로 자르면 대부분이 잘려 "
        "나갑니다. 직접 자르거나 여백을 두세요",
    ),
    "odd": (
        "caution",
        "pictures with less than 1/16 or more than 16 times the median's area: {count}; see "
        "that they belong here",
        "면적이 중앙값의 1/16보다 작거나 16배보다 큰 사진 {count}장: 여기에 맞는 사진인지 "
        "확인하세요",
    ),
    "black": (
        "problem",
        "black pictures: {count}; remove them, or see what went wrong where they were made",
        "검은 사진 {count}장: 지우거나 만들 때 무엇이 잘못되었는지 확인하세요",
    ),
    "constant": (
        "caution",
        "pictures of one colour: {count}; remove them, they show nothing",
        "한 가지 색뿐인 사진 {count}장: 보이는 것이 없으니 지우세요",
    ),
    "pixels": (
        "fine",
        "pixels (0-1, red green blue): mean {mean}, standard deviation {std}; training from fresh "
        "weights takes these, pretrained weights keep their own",
        "픽셀(0-1, 빨강 초록 파랑): 평균 {mean}, 표준편차 {std}. 새 가중치는 이 값을 쓰고, 사전 "
        "학습된 가중치는 자신의 값을 씁니다",
    ),
    "dark_or_flat": (
        "caution",
        "pixels (0-1, red green blue) are odd: mean {mean}, standard deviation {std}; see that "
        "nothing scaled them twice",
        "픽셀(0-1, 빨강 초록 파랑)이 이상합니다: 평균 {mean}, 표준편차 {std}. 두 번 나누지 "
        "않았는지 확인하세요",
    ),
}
