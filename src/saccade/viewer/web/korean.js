/** Every phrase of the page in Korean; english.js has the same keys. */

/** @type {Record<string, string>} */
export const KOREAN = {
  skip: "그림으로 바로 가기",
  help: "도움말",
  close: "닫기",
  keys: "단축키",
  reading: "맵을 읽는 법",
  toDark: "어둡게",
  toLight: "밝게",
  broken: "이 보고서를 표시할 수 없습니다: {message}.",
  noPictures: "이 보고서에는 그림이 없습니다. 모델에 대해 알 수 있는 내용은 아래에 있습니다.",
  modelLine:
    "{name} · 매개변수 {millions} M개 · {height} × {width} px를 {rows} × {columns} 패치로 · " +
    "층 {depth}개 × 헤드 {heads}개",
  modelLineLayers:
    "{name} · 매개변수 {millions} M개 · {height} × {width} px · 층의 맵 {layers}개",
  pictures: "그림 목록",
  pictureAndMap: "그림과 맵",
  stage: "맵을 겹친 그림. 화살표 키로 쿼리 패치를 옮기고, ? 키로 모든 단축키를 봅니다.",
  pictureSize: "{width} × {height} px",
  seenWhole: "모델이 그림 전체를 보았습니다",
  seenCropped: "어두운 부분: 모델이 보지 못한 영역",
  unreadable: "브라우저가 이 그림을 열 수 없어 맵만 그립니다.",
  noAttention:
    "파일 크기를 줄이려고 이 그림의 헤드별 어텐션은 담지 않았습니다. " +
    "대신 모든 층을 거친 롤아웃을 보여 줍니다.",
  noMaps: "이 그림에는 어텐션도 롤아웃도 저장되어 있지 않아 보여 줄 맵이 없습니다.",
  map: "맵",
  source: "맵 종류",
  "source.attention": "어텐션",
  "source.rollout": "롤아웃",
  layer: "층",
  "layer.down": "이전 층",
  "layer.up": "다음 층",
  head: "헤드",
  "head.down": "이전 헤드",
  "head.up": "다음 헤드",
  headMean: "헤드 평균",
  headNumber: "헤드 {head}",
  layerAndHead: "층 {layer}, {head}",
  rolloutName: "모든 층의 롤아웃",
  direction: "읽는 방향",
  "direction.row": "무엇을 보는가",
  "direction.column": "누가 보는가",
  query: "쿼리",
  queryHint: "또는 패치를 클릭",
  queryHintAlone: "패치를 클릭",
  classToken: "클래스 토큰",
  prefixToken: "토큰 “{name}”",
  scale: "색 범위",
  "scale.own": "0 ~ 이 맵의 최댓값",
  "scale.range": "이 맵의 최솟값 ~ 최댓값",
  "scale.unit": "고정, 0 ~ 1",
  "scale.heads": "같은 층의 모든 헤드에 공통",
  colours: "색",
  "colours.dusk": "황혼",
  "colours.ember": "잉걸불",
  "colours.grey": "회색",
  drawing: "그리기",
  "drawing.patches": "패치",
  "drawing.smooth": "부드럽게",
  opacity: "불투명도",
  savePicture: "PNG 저장",
  saveValues: "CSV 저장",
  overview: "모든 층과 헤드",
  overviewLabel: "층 × 헤드로 늘어놓은 작은 맵. 화살표 키로 층과 헤드를 고릅니다.",
  howOverview:
    "행은 첫 층부터 마지막 층까지, 열은 헤드이고 x̄는 헤드 평균입니다. " +
    "작은 맵은 모두 같은 쿼리에 대한 것입니다.",
  spot: "{name} · 최댓값 {largest}",
  predictions: "예측",
  truthRight: "정답: {label}. 예측이 맞았습니다.",
  truthWrong: "정답: {label}. 예측이 틀렸습니다.",
  queryRow: "보는 쪽 (쿼리)",
  queryColumn: "보이는 쪽 (키)",
  underPointer: "포인터 위치",
  prefixRow: "접두 토큰을 보는 비율",
  prefixColumn: "이 토큰을 보는 접두 토큰",
  strongest: "가장 큰 값",
  patch: "패치 {row}행 {column}열",
  pixels: "원본 픽셀 x {left}–{right}, y {top}–{bottom}",
  pixel: "원본 픽셀 x {x}, y {y}",
  padding: "그림 둘레의 여백",
  outside: "모델이 보지 못한 영역",
  pointerNowhere: "그림 위로 포인터를 옮기면 값을 보여 줍니다",
  received: "모든 쿼리에서 받은 합 {value} (고른 어텐션이면 1)",
  together: "합계 {value}",
  onPatches: "나머지 패치 {value}",
  colourBar: "색 눈금: {low}부터 {high}까지",
  "unit.attention.row": "쿼리의 어텐션 가운데 차지하는 몫 (모든 토큰의 합: 1)",
  "unit.attention.column": "각 쿼리가 자기 어텐션 가운데 이 토큰에 주는 몫",
  "unit.rollout.row": "쿼리가 읽은 것 가운데 차지하는 몫 (모든 토큰의 합: 1)",
  "unit.rollout.column": "각 쿼리가 읽은 것 가운데 이 토큰에서 온 몫",
  "how.attention.row":
    "각 패치의 색은 쿼리의 어텐션이 그 패치로 얼마나 가는지 나타냅니다. 한 쿼리의 가중치는 " +
    "접두 토큰까지 모두 더하면 1입니다.",
  "how.attention.column":
    "각 패치를 쿼리로 보았을 때, 자기 어텐션 가운데 얼마를 고른 토큰에 주는지 나타냅니다. " +
    "이 값들의 합은 1이 아닐 수 있습니다.",
  "how.rollout.row":
    "롤아웃은 잔차 연결을 포함해 모든 층의 평균 어텐션을 곱한 것입니다. 입력 패치가 쿼리에 " +
    "얼마나 전해질 수 있었는지 나타냅니다. 쿼리 자신의 패치가 밝은 것은 정상입니다.",
  "how.rollout.column":
    "고른 입력 토큰이 모든 층을 거쳐 마지막 층의 각 토큰에 얼마나 전해질 수 있었는지 " +
    "나타냅니다.",
  "how.none.row": "",
  "how.none.column": "",
  honest:
    "어텐션은 이유가 아닙니다. 맵은 모델이 어디를 읽는지 보여 줄 뿐, 왜 그렇게 판단했는지는 " +
    "말해 주지 않습니다. 어느 클래스에 대해서나 같은 맵이고, 강한 어텐션도 전하는 정보는 적을 " +
    "수 있습니다. 검증해 볼 실마리로 여기십시오.",
  belief: "이 맵을 믿어도 될까요?",
  "belief.believable":
    "여기서 한 시험을 모두 통과했습니다. 클래스의 확률이 맵이 표시한 부분을 따르고(삭제 {deletion}, " +
    "무작위 순서 {deletionRandom}; 삽입 {insertion}, 무작위 순서 {insertionRandom}), 맵이 모델이 " +
    "배운 것에 달려 있으며, 그림을 1픽셀 옮겨도 그대로입니다. 증명은 아니고, 시험을 견딘 " +
    "실마리입니다.",
  "belief.random":
    "아니요. 무작위 순서보다 뚜렷이 낫지 않습니다. 맵의 순서로 부분을 지우면 클래스의 확률이 평균 " +
    "{deletion}(무작위 순서 {deletionRandom}), 채워 넣으면 {insertion}(무작위 순서 " +
    "{insertionRandom})입니다.",
  "belief.weights":
    "아니요. 모델이 배운 것과 거의 무관합니다. 가중치를 무작위로 다시 뽑아도 맵이 비슷하므로(상관 " +
    "{weights}) 그림이나 구조를 보여 줄 뿐입니다.",
  "belief.unstable": "주의하세요. 불안정합니다. 그림을 1픽셀만 옮겨도 맵이 달라집니다(상관 {shift}).",
  "belief.unmeasured": "이 맵은 일부 시험을 할 수 없었습니다. 아래를 보세요.",
  "belief.quick":
    "이 맵들은 시험하지 않았습니다(--quick). 믿어도 되는지 보려면 --quick 없이 실행하세요.",
  "belief.test": "시험",
  "belief.thisMap": "이 맵",
  "belief.chance": "무작위 순서",
  "belief.good": "좋은 값",
  "belief.curves": "삽입과 삭제",
  "belief.test.insertion": "삽입",
  "belief.test.deletion": "삭제",
  "belief.test.weights": "무작위 가중치",
  "belief.test.shift": "1픽셀 이동",
  "belief.good.insertion": "무작위보다 높음",
  "belief.good.deletion": "무작위보다 낮음",
  "belief.good.weights": "0에 가까움",
  "belief.good.shift": "1에 가까움",
  "belief.unmade": "{test} 시험을 할 수 없었습니다: {reason}",
  "belief.all":
    "시험한 그림 {count}장 모두, 평균 ± 표준편차: 삽입 {insertion}(무작위 순서 {insertionRandom}), " +
    "삭제 {deletion}(무작위 순서 {deletionRandom}), 무작위 가중치 {weights}, 1픽셀 이동 {shift}. " +
    "평균으로 보면: {verdict}.",
  "belief.short.believable": "이 시험들로는 믿을 만함",
  "belief.short.random": "무작위 순서보다 뚜렷이 낫지 않음",
  "belief.short.weights": "가중치와 무관함",
  "belief.short.unstable": "불안정함",
  "belief.short.unmeasured": "일부 시험을 하지 못함",
  "belief.map": "{method}. 시험은 클래스 “{name}”의 확률을 따릅니다",
  "belief.method.rollout": "모든 층의 롤아웃, 답을 만드는 토큰 기준",
  "belief.method.gradcam": "Grad-CAM (이 모델에는 롤아웃이 정의되지 않습니다)",
  "belief.chart.insertion": "삽입: 그림을 맵이 밝은 곳부터 채웁니다",
  "belief.chart.deletion": "삭제: 그림을 맵이 밝은 곳부터 지웁니다",
  "belief.share": "그림에서 바뀐 비율 (점선: 무작위 순서)",
  "belief.cost":
    "비용: {steps}단계, 무작위 순서 {draws}개, 그림마다 순전파 {passes}번과 맵 6장, 그림 {count}장에 " +
    "{seconds}초. saccade inspect --quick을 쓰면 건너뜁니다.",
  "how.belief":
    "삽입과 삭제는 그림의 부분을 맵의 순서로 채우거나 지울 때 클래스 확률 곡선의 아래 넓이이고, 같은 " +
    "부분을 무작위 순서로 바꾼 값과 나란히 둡니다. 무작위 가중치와 1픽셀 이동은 무작위 가중치 모델의 " +
    "맵, 옮긴 그림의 맵과의 순위 상관입니다. 시험한 것은 여기 보이는 맵이며 위의 헤드 하나하나가 " +
    "아닙니다. 좋고 나쁨의 기준은 정한 값이고 docs/explain.md에 있습니다.",
  spokenRow: "{map}, 쿼리 {token}. 가장 큰 값 {best}. {prefix}.",
  spokenColumn: "{map}, {token}을 누가 보는가. 가장 큰 값 {best}. {prefix}.",
  layersTitle: "층의 맵",
  sheetStage:
    "층의 맵을 겹친 그림. 한 점을 클릭하거나 화살표 키로 쿼리를 고르고, " +
    "[ 와 ] 키로 층을 고릅니다.",
  sheet: "층",
  "sheet.down": "이전 층",
  "sheet.up": "다음 층",
  part: "부분",
  "part.down": "이전 부분",
  "part.up": "다음 부분",
  "part.head": "헤드 {number}",
  "part.channel_group": "채널 묶음 {number}",
  "part.pass": "통과 {number}",
  "part.channel": "채널 {number}",
  "whole.mean": "모두의 평균",
  "whole.composed": "모든 통과를 차례로 이은 것",
  "whole.all": "모두",
  "whole.single": "맵 전체",
  "kind.bars": "채널",
  "kind.heat": "위치",
  "kind.queries": "쿼리",
  "kind.mesh": "표본 격자",
  "kind.boxes": "글림프스",
  "how.bars":
    "막대 하나가 채널 하나입니다. 이 그림에서 이 층이 그 채널을 얼마나 전달하는지 나타냅니다. " +
    "막대를 가리키거나, 차트에 초점을 두고 화살표 키를 쓰면 값을 읽을 수 있습니다.",
  "how.heat": "각 칸은 그림의 그 위치에서 이 층이 얼마나 전달하는지 나타냅니다.",
  "how.queries":
    "한 점을 클릭하거나 화살표 키로 옮깁니다. 각 칸은 그 점을 계산할 때 이 층이 그 칸에 준 " +
    "가중치입니다. 가중치가 없는 칸은 읽지 않았습니다.",
  "how.mesh":
    "격자는 층이 그림의 어디에서 출력을 가져왔는지 나타냅니다. 점은 출력의 왼쪽 위 모서리입니다.",
  "how.boxes":
    "모델이 들여다본 곳입니다. 0부터 시간 순서로 번호를 매겼고 어두운 색에서 밝은 색으로 " +
    "갑니다. 겹쳐 둘러싼 상자는 한 글림프스의 여러 배율입니다.",
  "axis.head": "헤드",
  "axis.channel_group": "채널 묶음",
  "axis.query": "쿼리",
  "axis.key": "키",
  "axis.channel": "채널",
  "axis.row": "행",
  "axis.column": "열",
  "axis.coordinate": "좌표",
  "axis.time": "시간",
  "axis.scale": "배율",
  "axis.edge": "변",
  "axis.pass": "통과",
  queriesStored:
    "쿼리 {rows} × {columns}개 가운데 {a} × {b}개를 담았고, 가장 가까운 것을 보여 줍니다.",
  partsStored: "낱낱의 맵 {parts}개 가운데 {stored}개를 담았습니다.",
  sheetLeftOut: "파일 크기를 줄이려고 이 맵은 담지 않았습니다.",
  gridWords: "격자 {rows} × {columns}",
  entropyWords: "평균 엔트로피 {value} nat, 고르게 퍼지면 {uniform}",
  cell: "{row}행 {column}열",
  channel: "채널",
  channelNumber: "채널 {channel}",
  barsLabel: "채널마다의 값. 화살표 키로 채널 하나씩 읽습니다.",
  barsMean: "채널 {channels}개, 평균 {mean}",
  barsChannel: "채널 {channel}: {value}",
  distance: "깊이에 따른 어텐션 거리",
  distanceUnit: "px",
  distanceAxis: "평균 거리, 모델 픽셀",
  distanceChartLabel: "층 {depth}개마다 헤드 {heads}개의 평균 어텐션 거리",
  "how.distance":
    "헤드가 평균적으로 얼마나 멀리 보는지 나타냅니다. 패치와 그 패치가 읽는 패치 사이의 거리를 " +
    "어텐션으로 가중 평균한 값입니다. 낮은 점은 가까운 곳을, 높은 점은 그림 전체를 읽습니다. " +
    "점선은 모든 곳을 똑같이 읽는 헤드입니다. 막대는 그림들 사이의 표준편차입니다.",
  entropy: "깊이에 따른 어텐션 엔트로피",
  entropyUnit: "nat",
  entropyAxis: "평균 엔트로피, nat",
  entropyChartLabel: "층 {depth}개마다 헤드 {heads}개의 평균 어텐션 엔트로피",
  "how.entropy":
    "헤드가 얼마나 넓게 퍼져서 읽는지 나타냅니다. 0이면 어텐션이 토큰 하나에 몰려 있고, " +
    "점선(토큰 수의 로그)이면 아무 선호도 없다는 뜻입니다.",
  uniform: "고른 어텐션",
  dot: "{map}: {value} {unit}, 그림들 사이 ± {spread}",
  dotMean: "{map}: {value} {unit}",
  dotHere: "이 그림 {value} {unit}",
  filters: "패치 임베딩 필터",
  "how.filters":
    "픽셀을 패치 토큰으로 바꾸는 필터의 주성분과 각 성분이 설명하는 분산의 비율입니다. 학습된 " +
    "모델에는 매끄러운 무늬와 경계, 색이 나타나고, 잡음처럼 보이면 학습이 부족하다는 뜻입니다.",
  positions: "위치 유사도",
  "how.positions":
    "타일 하나가 패치 위치 하나입니다. 그 위치의 학습된 위치 임베딩과 다른 모든 위치 사이의 " +
    "코사인 유사도를 보여 줍니다. 타일을 클릭하면 커집니다. 이웃끼리 비슷하면 모델이 격자를 " +
    "배운 것입니다.",
  similarity: "{from} 대 {to}: {value}",
  similarityHint: "크게 보는 위치: {from}. 색은 {low}부터 {high}까지입니다.",
  mosaicLabel: "위치 유사도 타일 {count}개",
  notes: "알림",
  skipped: "제외된 파일",
  provenance: "만든 정보",
  "provenance.saccade": "saccade",
  "provenance.torch": "torch",
  "provenance.date": "날짜",
  "provenance.command": "명령",
  "provenance.checkpoint": "체크포인트",
  offline:
    "이 페이지는 파일 하나로 되어 있습니다. 아무것도 내려받거나 보내지 않습니다. 주소창에 현재 " +
    "선택이 담기므로 주소를 복사하면 같은 화면을 다시 열 수 있습니다.",
  "key.move": "쿼리 패치 옮기기",
  "key.layer": "이전 층, 다음 층",
  "key.head": "이전 헤드, 다음 헤드 (마지막 헤드 다음은 평균)",
  "key.picture": "다음 그림, 이전 그림",
  "key.class": "클래스 토큰을 쿼리로, 다시 누르면 다음 접두 토큰",
  "key.rollout": "어텐션과 롤아웃 전환",
  "key.direction": "무엇을 보는가와 누가 보는가 전환",
  "key.help": "이 도움말",
  "key.sheet": "층의 맵에서: 쿼리 옮기기, 층과 부분 고르기",
  "help.map":
    "패치를 클릭하거나 클래스 토큰을 골라 쿼리를 정합니다. 맵은 한 층의 한 헤드에서 그 쿼리가 " +
    "어느 패치를 읽는지 보여 줍니다. 행, 열, 층, 헤드는 모두 0부터 셉니다.",
  "help.rollout":
    "롤아웃은 헤드를 평균하고 각 층에서 절반은 그대로 넘긴다고 보고 모든 층을 따라갑니다. " +
    "헤드 하나하나의 모습은 뭉개집니다.",
  "help.layers":
    "층의 맵은 모델의 장치마다 그림으로 무엇을 하는지 보여 줍니다. 어느 채널을 열고, 어느 위치를 " +
    "열고, 어디에서 표본을 뜨고, 고른 점에 대해 어느 점들을 읽는지입니다. 층의 맵은 모델이 본 " +
    "영역 전체를 덮습니다.",
  "help.numbers":
    "수는 네 자리까지 보여 줍니다. 어텐션은 행의 최댓값을 기준으로 16비트로 저장되므로 최댓값보다 " +
    "훨씬 작은 값은 덜 정밀합니다. 색에는 패치만 반영되고, 접두 토큰은 수로 나열합니다.",
};
