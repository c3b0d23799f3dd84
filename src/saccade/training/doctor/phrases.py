"""What is said of weights and of runs, in English and Korean: what, how many, what to do."""

from saccade.data.doctor.remark import Phrases

CHECKPOINT: Phrases = {
    "unknown": (
        "problem",
        "nothing says which model the weights are of: {why}",
        "어떤 모델의 가중치인지 알 수 없습니다: {why}",
    ),
    "unloadable": (
        "problem",
        "the weights cannot be loaded: {why}",
        "가중치를 불러올 수 없습니다: {why}",
    ),
    "not_finite": (
        "problem",
        "tensors with numbers that are none (NaN or infinite): {count}; take an earlier "
        "checkpoint, these weights answer nothing",
        "NaN이나 무한대가 있는 텐서 {count}개: 더 이른 체크포인트를 쓰세요. 이 가중치로는 답이 "
        "나오지 않습니다",
    ),
    "missing": (
        "problem",
        "tensors that the file lacks: {count}; they would start with random numbers, so look for "
        "the whole file or name another model",
        "파일에 없는 텐서 {count}개: 난수로 시작하게 됩니다. 온전한 파일을 찾거나 다른 모델 "
        "이름을 주세요",
    ),
    "unused": (
        "caution",
        "tensors of the file that the model does not use: {count}; see that it is the right model",
        "모델이 쓰지 않는 텐서 {count}개: 맞는 모델인지 확인하세요",
    ),
    "whole": (
        "fine",
        "all {count} tensors of the model come from the file",
        "모델의 텐서 {count}개가 모두 파일에서 옵니다",
    ),
    "zero_head": (
        "caution",
        "the head is all zeros ({names}), as it is before fine-tuning: its answers are the same "
        "for every picture, so fine-tune it, or use the features only",
        "머리(head)가 모두 0입니다({names}). 미세 조정 전의 상태라 어떤 사진에도 같은 답을 "
        "합니다. 미세 조정하거나 특징만 쓰세요",
    ),
    "no_head": (
        "fine",
        "there is no head: the weights give features, and fine-tuning starts a fresh one",
        "머리(head)가 없습니다. 특징을 내는 가중치이고, 미세 조정하면 새 머리로 시작합니다",
    ),
    "zero": (
        "caution",
        "tensors that should not be all zeros and are: {count}; see that training reached them",
        "모두 0이면 안 되는데 0인 텐서 {count}개: 학습이 되었는지 확인하세요",
    ),
    "labels": (
        "fine",
        "the names of all {count} classes are in the file",
        "클래스 {count}개의 이름이 모두 파일에 있습니다",
    ),
    "no_labels": (
        "caution",
        "the names of the {count} classes are not in the file; give them with --classes FILE, one "
        "in each line in the order of the outputs",
        "클래스 {count}개의 이름이 파일에 없습니다. 출력 순서대로 한 줄에 하나씩 적어 --classes "
        "FILE로 주세요",
    ),
    "pixels": (
        "fine",
        "the file says how pictures become its input: mean {mean}, standard deviation {std}",
        "사진을 입력으로 바꾸는 방법이 파일에 있습니다: 평균 {mean}, 표준편차 {std}",
    ),
    "pixels_assumed": (
        "caution",
        "the file does not say how pictures become its input; taken are mean {mean} and standard "
        "deviation {std}, as {name} usually has them: see that it was trained with these",
        "사진을 입력으로 바꾸는 방법이 파일에 없습니다. {name}의 보통 값인 평균 {mean}, 표준편차 "
        "{std}를 씁니다. 이 값으로 학습되었는지 확인하세요",
    ),
    "other_count": (
        "caution",
        "{found:,} parameters where {name} of the catalogue has {expected:,}; the weights differ "
        "by {why}",
        "매개변수 {found:,}개: 카탈로그의 {name}은 {expected:,}개입니다. 다른 점: {why}",
    ),
    "same_count": (
        "fine",
        "{found:,} parameters, as {name} of the catalogue has",
        "매개변수 {found:,}개로 카탈로그의 {name}과 같습니다",
    ),
    "half": (
        "caution",
        "weights of fewer bits ({dtype}); they are computed with in float32, with the precision "
        "that is left",
        "비트 수가 적은 가중치({dtype})입니다. float32로 계산하지만 정밀도는 남은 만큼입니다",
    ),
    "note": ("caution", "{text}", "{text}"),
}
RUN: Phrases = {
    "caution": ("caution", "{name}: {text}", "{name}: {text}"),
    "memory_over": (
        "problem",
        "memory: about {need} are needed and {there} are free; take a smaller batch_size with "
        "grad_accum, or grad_checkpointing",
        "메모리: 약 {need}가 필요한데 {there}만 남아 있습니다. batch_size를 줄이고 grad_accum을 "
        "늘리거나 grad_checkpointing을 쓰세요",
    ),
    "memory_tight": (
        "caution",
        "memory: about {need} are needed of {there} that are free, which is tight; "
        "grad_checkpointing or a smaller batch_size would help",
        "메모리: 남은 {there} 중 약 {need}가 필요해 빠듯합니다. grad_checkpointing이나 더 작은 "
        "batch_size가 도움이 됩니다",
    ),
    "memory_fits": (
        "fine",
        "memory: about {need} are needed, {there} are free",
        "메모리: 약 {need}가 필요하고 {there}가 남아 있습니다",
    ),
    "pace": (
        "fine",
        "time: {epoch} for an epoch, {run} for the run, by what steps took here ({steps} timed)",
        "시간: 에포크에 {epoch}, 전체에 {run}. 여기서 잰 스텝 {steps}개로 계산했습니다",
    ),
    "steps_not_finite": (
        "problem",
        "the first steps already give a loss that is no number; lower lr, or take amp=False",
        "첫 스텝부터 손실이 숫자가 아닙니다. lr을 낮추거나 amp=False를 쓰세요",
    ),
    "finished": (
        "fine",
        "the run is finished: {done} epochs, the best was epoch {best}",
        "학습이 끝났습니다: {done}에포크, 가장 좋은 것은 {best}에포크",
    ),
    "unfinished": (
        "caution",
        "the run stopped after {done} of {epochs} epochs; go on with saccade train --resume "
        "{folder}, about {left} more",
        "{epochs}에포크 중 {done}에포크에서 멈췄습니다. saccade train --resume {folder}로 "
        "이어서 하세요. 약 {left} 남았습니다",
    ),
    "not_resumable": (
        "problem",
        "the run cannot be gone on with: {why}; start it again from its config.json",
        "이어서 학습할 수 없습니다: {why}. config.json으로 다시 시작하세요",
    ),
    "diverging": (
        "problem",
        "the training loss rose from {least:.4g} in epoch {at} to {last:.4g}: it diverges; take a "
        "lower lr than {lr:g}, a longer warm-up or clip_grad=1",
        "학습 손실이 {at}에포크의 {least:.4g}에서 {last:.4g}로 올랐습니다. 발산하고 있으니 "
        "lr을 {lr:g}보다 낮추거나 준비 구간(warm-up)을 늘리거나 clip_grad=1을 쓰세요",
    ),
    "flat": (
        "problem",
        "the training loss hardly moved, {first:.4g} to {last:.4g} in {epochs} epochs: nothing is "
        "learned; see that labels and pixels are right, then try another lr than {lr:g}",
        "학습 손실이 {epochs}에포크 동안 {first:.4g}에서 {last:.4g}로 거의 움직이지 않았습니다. "
        "배우는 것이 없으니 라벨과 픽셀을 확인한 다음 lr을 {lr:g}에서 바꿔 보세요",
    ),
    "falling": (
        "fine",
        "the training loss fell from {first:.4g} to {last:.4g}",
        "학습 손실이 {first:.4g}에서 {last:.4g}로 내려갔습니다",
    ),
    "overfitted": (
        "caution",
        "the validation loss rose from {least:.4g} in epoch {at} to {last:.4g} while the training "
        "loss fell: it overfits; take more augmentation, drop_path_rate or weight_decay, or fewer "
        "epochs",
        "학습 손실은 내려가는데 검증 손실은 {at}에포크의 {least:.4g}에서 {last:.4g}로 "
        "올랐습니다. 과적합이니 증강, drop_path_rate, weight_decay를 늘리거나 에포크를 줄이세요",
    ),
    "gap": (
        "caution",
        "training accuracy {train:.1f} %, validation {val:.1f} %: a gap of {gap:.1f} points; more "
        "augmentation or pictures would close it",
        "학습 정확도 {train:.1f} %, 검증 {val:.1f} %로 {gap:.1f}점 차이가 납니다. 증강이나 "
        "사진을 늘리면 줄어듭니다",
    ),
    "no_gap": (
        "fine",
        "no overfitting to be seen: training accuracy {train:.1f} %, validation {val:.1f} %",
        "과적합이 보이지 않습니다: 학습 정확도 {train:.1f} %, 검증 {val:.1f} %",
    ),
    "skipped": (
        "caution",
        "steps left out because the loss was no number: {count}; lower lr, or set clip_grad=1",
        "손실이 숫자가 아니어서 건너뛴 스텝 {count}개: lr을 낮추거나 clip_grad=1로 두세요",
    ),
    "rollbacks": (
        "caution",
        "times the run ran away and went back with half the rate: {count}; take a lower lr from "
        "the start",
        "학습이 발산해 절반의 lr로 되돌아간 횟수 {count}: 처음부터 lr을 낮추세요",
    ),
    "cold": (
        "caution",
        "the learning rate never reached {lr:g}: the warm-up of {warmup:g} epochs was not over "
        "after {done}; take a shorter warm-up or more epochs",
        "lr이 {lr:g}에 이르지 못했습니다. {warmup:g}에포크의 준비 구간(warm-up)이 {done}에포크 "
        "뒤에도 끝나지 않았습니다. 준비 구간을 줄이거나 에포크를 늘리세요",
    ),
    "early_best": (
        "caution",
        "the best epoch came early, {best} of {done}: later ones were no better; take fewer "
        "epochs, a lower lr, or patience={patience}",
        "가장 좋은 에포크가 일찍 나왔습니다({done} 중 {best}). 그 뒤로는 나아지지 않았으니 "
        "에포크나 lr을 줄이거나 patience={patience}를 쓰세요",
    ),
    "still_rising": (
        "fine",
        "the last epoch was the best: more epochs may help",
        "마지막 에포크가 가장 좋았습니다. 에포크를 늘리면 더 나아질 수 있습니다",
    ),
    "alarm": ("caution", "{text}", "{text}"),
    "no_epochs": (
        "caution",
        "no epoch is finished yet, so there is nothing to judge",
        "끝난 에포크가 없어 판단할 것이 없습니다",
    ),
}
