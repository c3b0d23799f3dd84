/** Every phrase of the doctor's page in Korean; english.js has the same keys. */

/** @type {Record<string, string>} */
export const KOREAN = {
  "dr.title": "데이터 진단: {title}",
  "dr.source": "{splits}에서 읽을 수 있는 사진 {count}장",
  "dr.findings": "진단 결과",
  "dr.pictures": "클래스별 사진",
  "dr.problem": "문제",
  "dr.caution": "주의",
  "dr.fine": "좋음",
  "dr.names": "이름 ({count})",
  "dr.more": "외 {count}개",
  "dr.gone": "볼 수 없음",
  "dr.all": "{split}: {count}",
  "dr.sizes": "가장 작은 것 {small}, 중앙값 {median}, 가장 큰 것 {large} 픽셀.",
};
