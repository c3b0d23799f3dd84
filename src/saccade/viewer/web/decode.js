/**
 * Numbers out of base64 text, one at a time.
 *
 * A report can hold tens of megabytes of attention and a reader looks at a few rows of it. So the
 * text stays as it is and each number is read where it stands; nothing is expanded up front.
 */

const SEXTETS = new Uint8Array(128);
for (const [value, letter] of [
  ..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
].entries()) {
  SEXTETS[letter.charCodeAt(0)] = value;
}

const FLOAT = new DataView(new ArrayBuffer(4));

/** Little-endian numbers inside a base64 text, addressed by their index. */
export class Packed {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }

  /**
   * Read one byte: eight bits out of two neighbouring letters of six bits.
   * @param {number} index
   */
  byte(index) {
    const part = index % 3;
    const place = ((index - part) / 3) * 4 + part;
    const left = SEXTETS[this.text.charCodeAt(place)];
    const right = SEXTETS[this.text.charCodeAt(place + 1)];
    return ((left << (2 + 2 * part)) | (right >> (4 - 2 * part))) & 255;
  }

  /** @param {number} index */
  uint16(index) {
    return this.byte(2 * index) | (this.byte(2 * index + 1) << 8);
  }

  /** @param {number} index */
  int32(index) {
    return this.uint16(2 * index) | (this.uint16(2 * index + 1) << 16);
  }

  /** @param {number} index */
  float32(index) {
    for (let i = 0; i < 4; i += 1) FLOAT.setUint8(i, this.byte(4 * index + i));
    return FLOAT.getFloat32(0, true);
  }
}
