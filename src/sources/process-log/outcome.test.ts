import { expect, test } from "bun:test";
import { leftUndone } from "./outcome.ts";

const done = (got: number) => [
  "Failed to download shard_00001.parquet after 5 attempts",
  `Done! Downloaded: ${got}/3 shards to /base/base_data`,
];

test("a download that ends well without all of its shards has left some undone", () => {
  expect(leftUndone("nanochat.dataset", done(0))).toContain("Only 0 of 3 shards were downloaded");
  expect(leftUndone("fork.dataset", done(2))).toContain("Only 2 of 3");
  expect(leftUndone("nanochat.dataset", done(3))).toBeNull();
});

test("the last word counts, and other scripts may print what they like", () => {
  expect(leftUndone("nanochat.dataset", [...done(1), ...done(3)])).toBeNull();
  expect(leftUndone("scripts.base_train", done(0))).toBeNull();
  expect(leftUndone("nanochat.dataset", [])).toBeNull();
});
