import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { framed } from "./fixtures.ts";
import { BLOCK, type Damage, FILE_HEADER, Framing } from "./framing.ts";

class Told {
  readonly records: string[] = [];
  readonly damages: Damage[] = [];

  record(bytes: Buffer): void {
    this.records.push(Bun.hash(bytes).toString(16));
  }

  damage(damage: Damage): void {
    this.damages.push(damage);
  }
}

const hashes = (records: readonly Buffer[]): string[] => records.map((record) => Bun.hash(record).toString(16));

function read(file: Buffer, told = new Told()): { framing: Framing; told: Told } {
  const framing = new Framing(0);
  framing.push(file, told);
  return { framing, told };
}

/** Records whose sizes make every sort of border: of no length, ending just before a block's end, longer than two blocks. */
const sizes = fc.array(fc.oneof(fc.nat({ max: 300 }), fc.integer({ min: BLOCK - 40, max: BLOCK + 40 }), fc.constant(3 * BLOCK)), {
  maxLength: 8,
});
const filled = (lengths: readonly number[]): Buffer[] => lengths.map((length, i) => Buffer.alloc(length, i + 1));

describe("records", () => {
  test("come out whole and in order, however the bytes are cut", () => {
    fc.assert(
      fc.property(sizes, fc.array(fc.nat({ max: 120_000 }), { maxLength: 12 }), (lengths, cuts) => {
        const records = filled(lengths);
        const file = framed(records);
        const told = new Told();
        const framing = new Framing(0);
        let at = 0;
        for (const cut of [...cuts.sort((a, b) => a - b), file.length]) {
          framing.push(file.subarray(at, cut), told);
          at = Math.max(at, Math.min(cut, file.length));
        }
        expect(told.records).toEqual(hashes(records));
        expect(told.damages).toEqual([]);
        expect(framing.finish(told)).toBe(0);
        expect(framing.offset).toBe(file.length);
      }),
      { numRuns: 60 },
    );
  });

  test("are the same one byte at a time", () => {
    const records = filled([0, 5, 70]);
    const file = framed(records);
    const told = new Told();
    const framing = new Framing(0);
    for (let i = 0; i < file.length; i++) framing.push(file.subarray(i, i + 1), told);
    expect(told.records).toEqual(hashes(records));
  });

  test("come once when a successor goes on from the offset, wherever the file ended", () => {
    const records = filled([10, BLOCK - 30, 2 * BLOCK, 0, 400]);
    const file = framed(records);
    fc.assert(
      fc.property(fc.nat({ max: file.length }), (end) => {
        const { framing, told } = read(file.subarray(0, end));
        new Framing(framing.offset).push(file.subarray(framing.offset), told);
        expect(told.records).toEqual(hashes(records));
        expect(told.damages).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  test("whose end is not there yet are waited for, and told of when it will not come", () => {
    const file = framed(filled([100, 200]));
    const { framing, told } = read(file.subarray(0, -1));
    expect(told.records).toHaveLength(1);
    expect(framing.offset).toBe(FILE_HEADER.length + 107);
    expect(framing.finish(told)).toBe(206);
    expect(told.damages).toEqual([]);
  });
});

describe("a damaged file", () => {
  test("loses the records of the block, and is read on at the next one", () => {
    const records = filled([1000, 1000, BLOCK, 500]);
    const file = framed(records);
    file[FILE_HEADER.length + 1007 + 20]! ^= 1;
    const { told, framing } = read(file);
    const [first = "", , , last = ""] = hashes(records);
    expect(told.records).toEqual([first, last]);
    const [damage] = told.damages;
    expect(damage).toMatchObject({ from: FILE_HEADER.length + 1007, why: "a checksum is wrong" });
    expect(damage?.to).toBe(framing.offset - 507);
  });

  test("is told of in the same way by who takes over in the middle of it", () => {
    const file = framed(filled([BLOCK - 200, 3 * BLOCK, 50]));
    file[BLOCK + 100]! ^= 255;
    const whole = read(file).told;
    expect(whole.damages).toHaveLength(1);
    for (let end = 0; end <= file.length; end += 997) {
      const { told, framing } = read(file.subarray(0, end));
      new Framing(framing.offset).push(file.subarray(framing.offset), told);
      expect(told).toEqual(whole);
    }
  });

  test("whose damage is at the very end may only be half written: nothing is said until something follows", () => {
    const file = framed(filled([100, 200]));
    const torn = Buffer.from(file);
    torn.fill(0, FILE_HEADER.length + 107);
    const { framing, told } = read(torn);
    expect([told.records.length, told.damages.length]).toEqual([1, 0]);
    expect(framing.suspect).toBe("there are zeros in the place of a record");
    new Framing(framing.offset).push(file.subarray(framing.offset), told);
    expect(told.records).toHaveLength(2);
    read(torn, told).framing.finish(told);
    expect(told.damages).toEqual([{ from: FILE_HEADER.length + 107, to: file.length, why: "there are zeros in the place of a record" }]);
  });

  test("never makes it throw or go past its end, whatever bytes there are", () => {
    const file = framed(filled([300, BLOCK, 20, 2 * BLOCK]));
    const hits = fc.array(fc.tuple(fc.nat({ max: file.length - 1 }), fc.nat({ max: 255 })), { maxLength: 12 });
    fc.assert(
      fc.property(hits, fc.nat({ max: file.length }), (changes, end) => {
        const bytes = Buffer.from(file.subarray(0, end));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        const { framing, told } = read(bytes);
        framing.finish(told);
        expect(framing.offset).toBeLessThanOrEqual(bytes.length);
        for (const { from, to } of told.damages) expect(from).toBeLessThan(to);
      }),
      { numRuns: 200 },
    );
  });
});

describe("the beginning", () => {
  test("of another file, or of a version that is not known, is refused in words", () => {
    expect(read(Buffer.from("SQLite format 3")).framing.refused).toBe("it is not a .wandb file");
    const newer = Buffer.from(framed(filled([10])));
    newer[6] = 3;
    expect(read(newer).framing.refused).toBe("it has version 3 of the format, and this nanochat-cli knows 0");
    expect(read(newer).told.records).toEqual([]);
  });

  test("that is not all there is waited for", () => {
    const { framing } = read(Buffer.from(FILE_HEADER.subarray(0, 3)));
    expect([framing.refused, framing.offset]).toEqual([null, 0]);
  });
});
