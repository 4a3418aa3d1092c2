import { afterEach, beforeEach, expect, test } from "bun:test";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { temporaryFolder, unwrap } from "../../../test/fixtures/runs.ts";
import { field, framed, history, numberField, output } from "./fixtures.ts";
import { decodeRecord, RAW_TYPES, RawFile, type RawRecord } from "./raw.ts";

const WHOLE = join(import.meta.dir, "captures", "whole", "run-whole123.wandb");

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const path = (): string => join(folder.path, "run-x.wandb");
const numbered = (number: number, record: Buffer): Buffer => Buffer.concat([numberField(1, number), record]);

/** All that is in it, to its end. */
function allOf(file: string): RawRecord[] {
  const raw = unwrap(RawFile.open(file));
  const found = [...raw.records(), ...raw.finish()];
  raw.close();
  return found;
}

test("every record of a file that W&B's client wrote is there once, in its order, with its type", () => {
  const found = allOf(WHOLE);
  expect(found.map(({ number }) => number)).toEqual(found.map((_, i) => i + 1));
  expect(found.every(({ type }) => RAW_TYPES.includes(type))).toBe(true);
  const counted = Map.groupBy(found, ({ type }) => type);
  expect(Object.fromEntries([...counted].map(([type, list]) => [type, list.length]))).toEqual({
    header: 1,
    run: 1,
    environment: 2,
    stats: 1,
    files: 1,
    telemetry: 2,
    output_raw: 266,
    summary: 31,
    history: 15,
    alert: 1,
    exit: 1,
  });
  expect(counted.get("run")?.[0]?.body).toMatchObject({ id: "whole123", config: { update: { depth: 4, head: { dim: 64 } } } });
  expect(counted.get("history")?.[1]?.body).toMatchObject({ _step: 1, "train/loss": 9.000000001 });
  expect(counted.get("header")?.[0]?.body).toMatchObject({ producer: expect.stringMatching(/^0\.31\.0/) });
});

test("what is not known is told by the numbers of its fields", () => {
  const inner = Buffer.concat([numberField(1, 7), numberField(1, 8), field(2, "text"), field(3, Buffer.from([0xff, 0xfe, 0]))]);
  const { type, body } = decodeRecord(numbered(5, field(31, inner)));
  expect(type).toBe("field 31");
  expect(body).toEqual({ "1": [7, 8], "2": "text", "3": { bytes: 3, begins: "fffe00" } });
  expect(decodeRecord(field(99, field(1, field(2, numberField(3, 4))))).body).toMatchObject({ "1": expect.anything() });
});

test("a record that is torn inside says so, and no bytes are trouble", () => {
  expect(decodeRecord(Buffer.from([0x12, 0x7f, 1]))).toMatchObject({ bytes: 3, body: { malformed: "a field is cut off" } });
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => expect(() => decodeRecord(Buffer.from(bytes))).not.toThrow()));
});

test("a file is read on as it grows, and what is torn at its end waits", () => {
  const records = [1, 2, 3].map((step) => numbered(step, history({ _step: String(step) })));
  const whole = framed(records);
  const cut = whole.length - 5;
  writeFileSync(path(), whole.subarray(0, cut));
  const raw = unwrap(RawFile.open(path()));
  expect([...raw.records()].map(({ number }) => number)).toEqual([1, 2]);
  expect([...raw.records()]).toEqual([]);
  appendFileSync(path(), whole.subarray(cut));
  expect([...raw.records()].map(({ number, body }) => ({ number, body }))).toEqual([{ number: 3, body: { _step: 3 } }]);
  raw.close();
});

test("bytes that no record can be made of are a record of their own, and what follows is read", () => {
  const long = "x".repeat(30_000);
  const bytes = framed([1, 2, 3].map((number) => numbered(number, output(long, number))));
  bytes[100] = 0;
  writeFileSync(path(), bytes);
  const found = allOf(path());
  expect(found[0]).toMatchObject({ type: "damage", body: { why: "a checksum is wrong" } });
  expect(found.at(-1)).toMatchObject({ number: 3, type: "output_raw" });
});

test("a file of another kind is refused with why", () => {
  writeFileSync(path(), "step 00001/00020 | loss: 5\n");
  const opened = RawFile.open(path());
  expect(opened.ok ? "" : opened.failure.why).toContain("not a .wandb file");
  expect(RawFile.open(join(folder.path, "none")).ok).toBe(false);
});
