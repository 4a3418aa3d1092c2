import { expect, test } from "bun:test";
import fc from "fast-check";
import { didYouMean, distance, kin, nearest } from "./suggest.ts";

const KNOWN = ["depth", "head_dim", "device_batch_size", "total_batch_size", "embedding_lr"];

test("slips of the hand find what was meant", () => {
  expect(nearest("detph", KNOWN)[0]).toBe("depth");
  expect(nearest("device-batch-sise", KNOWN)[0]).toBe("device_batch_size");
  expect(nearest("embeddinglr", KNOWN)[0]).toBe("embedding_lr");
  expect(nearest("zzz", KNOWN)).toEqual([]);
  expect(didYouMean("no", ["", "x"], "There are some")).toBe("There are some");
  expect(didYouMean("a", ["", "ab"], "There are some")).toBe("Did you mean ab?");
  expect(didYouMean("zzz", KNOWN, "There are some")).toBe("There are some");
});

test("of a path those are kin that have its group or its last part, the nearest first", () => {
  const known = ["optim/muon_lr", "optim/wd", "train/lr", "val/bpb"];
  expect(kin("optim/lr", known)).toEqual(["optim/wd", "train/lr", "optim/muon_lr"]);
  expect(kin("lr", known)).toEqual(["train/lr"]);
  expect(kin("val/", known)).toEqual(["val/bpb"]);
  expect(kin("zebra/stripes", known)).toEqual([]);
});

test("distance is a metric: zero only for the same, the same both ways, never over the longer word", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      const d = distance(a, b, 99);
      expect(d === 0).toBe(a === b);
      expect(distance(b, a, 99)).toBe(d);
      expect(d).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
  );
});

test("an adjacent swap is one slip", () => {
  expect(distance("ab", "ba")).toBe(1);
  expect(distance("depth", "depht")).toBe(1);
});
