/**
 * What one commit brought, as one blob: a row of `tail`. Blocks follow one another, each of them
 *
 *   u32 metric | u32 count, top bit: the keys are those of the block before | [count × f64 keys] | count × f64 values
 *
 * little-endian. Every part is a multiple of 8 bytes, so that a reader looks at the numbers where they lie. The order
 * inside a metric is the order of arrival.
 */

export interface Block {
  metric: number;
  keys: Float64Array;
  values: Float64Array;
}

const SAME_KEYS = 0x80000000;
const HEADER_BYTES = 8;

export function encodeBatch(blocks: readonly Block[]): Uint8Array {
  const same = blocks.map((block, i) => i > 0 && equal(block.keys, blocks[i - 1]!.keys));
  const size = blocks.reduce((sum, block, i) => sum + HEADER_BYTES + block.keys.length * (same[i] ? 8 : 16), 0);
  const buffer = new ArrayBuffer(size);
  const words = new Uint32Array(buffer);
  const doubles = new Float64Array(buffer);
  let at = 0; // in units of 8 bytes
  blocks.forEach((block, i) => {
    const { length } = block.keys;
    words[at * 2] = block.metric;
    words[at * 2 + 1] = same[i] ? length | SAME_KEYS : length;
    at++;
    if (!same[i]) {
      doubles.set(block.keys, at);
      at += length;
    }
    doubles.set(block.values, at);
    at += length;
  });
  return new Uint8Array(buffer);
}

/** Throws a RangeError on a blob that no `encodeBatch` made. The blocks look into `body`; nothing is copied. */
export function decodeBatch(body: Uint8Array): Block[] {
  const aligned = body.byteOffset % 8 === 0 ? body : body.slice();
  const { buffer, byteOffset, byteLength } = aligned;
  if (byteLength % 8 !== 0) throw new RangeError("a batch of points is cut off");
  const words = new Uint32Array(buffer, byteOffset, byteLength / 4);
  const doubles = new Float64Array(buffer, byteOffset, byteLength / 8);
  const blocks: Block[] = [];
  let keys = doubles.subarray(0, 0);
  let at = 0;
  while (at < doubles.length) {
    const metric = words[at * 2]!;
    const head = words[at * 2 + 1]!;
    const length = head & ~SAME_KEYS;
    at++;
    if (head < SAME_KEYS) {
      keys = doubles.subarray(at, at + length);
      at += length;
    }
    const values = doubles.subarray(at, at + length);
    at += length;
    if (length < 0 || keys.length !== length || values.length !== length) throw new RangeError("a batch of points is cut off");
    blocks.push({ metric, keys, values });
  }
  return blocks;
}

/**
 * Gives the memory of a batch back, which nothing may look into from then on. The collector would come to it after tens of
 * megabytes of others.
 */
export function release(body: Uint8Array): void {
  if (body.buffer instanceof ArrayBuffer) body.buffer.transfer(0);
}

const equal = (a: Float64Array, b: Float64Array): boolean => a.length === b.length && Buffer.compare(bytes(a), bytes(b)) === 0;

const bytes = (array: Float64Array): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
