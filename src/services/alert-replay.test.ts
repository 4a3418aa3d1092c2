import { afterEach, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import { temporaryFolder, unwrap } from "../../test/fixtures/runs.ts";
import { alertsOf } from "../core/alert.ts";
import { JournalReader } from "../journal/reader.ts";
import { JournalWriter } from "../journal/writer.ts";
import { alertsWith } from "../watches/replay.ts";
import { DEFAULT_SETTINGS } from "../watches/settings.ts";
import { heardOf } from "./alert-replay.ts";

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

test("of a long stage the last steps are heard again, and every evaluation: the best may be long ago", () => {
  const path = join(folder.path, "journal.db");
  const writer = unwrap(JournalWriter.open(path));
  for (let step = 0; step < 100; step++) {
    writer.points(1, step, 1000 * step, { "train/loss_raw": 3, ...(step % 40 === 0 && { "val/bpb": step }) });
  }
  writer.close();
  const reader = unwrap(JournalReader.open(path));
  reader.refresh();
  const heard = heardOf(reader, 1, { steps: 10 }).flatMap((one) => (one.kind === "points" ? [[one.key, one.values] as const] : []));
  reader.close();
  const last = Array.from({ length: 10 }, (_, i) => [90 + i, { "train/loss_raw": 3 }] as const);
  expect(heard).toEqual([[0, { "val/bpb": 0 }], [40, { "val/bpb": 40 }], [80, { "val/bpb": 80 }], ...last]);
});

test("that a stage failed is heard by who asks for its end: it would be said again", () => {
  const path = join(folder.path, "journal.db");
  const writer = unwrap(JournalWriter.open(path));
  writer.points(1, 7, 7000, { "train/loss_raw": 3 });
  writer.event({ stage: 1, at: 9000, step: null, kind: "stage", body: { status: "failed", reason: "It was ended by SIGKILL." } });
  writer.close();
  const reader = unwrap(JournalReader.open(path));
  reader.refresh();
  const stage = { stage: 1, script: "scripts.base_train", bridged: true };
  const said = alertsOf(alertsWith(DEFAULT_SETTINGS, stage, heardOf(reader, 1, { end: true })));
  reader.close();
  expect(said).toMatchObject([{ key: "failed", severity: "bad", step: 7, cause: "base_train failed: It was ended by SIGKILL." }]);
});
