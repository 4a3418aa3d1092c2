import { beforeEach, expect, test } from "bun:test";
import { alerts, event, keys, open, steps, watchWith } from "./watch-fixture.ts";

const FULL = "saving step 55 to /base/d2 failed: OSError: [Errno 28] No space left on device; the run trains on";

beforeEach(() => watchWith());

const told = (kind: string, id: string, phase: string, reason: string | null = null): void => event("request", { kind, id, phase, reason });

function fails(kind: string, id: string): void {
  told(kind, id, "seen");
  told(kind, id, "applied");
  told(kind, id, "refused", FULL);
}

test("a save or a stop whose checkpoint cannot be written is bad until one is", () => {
  for (const kind of ["save", "stop"]) {
    watchWith();
    steps(50);
    fails(kind, "a");
    expect(alerts()).toMatchObject([{ key: "save-failed", severity: "bad", cause: `No checkpoint could be written: ${FULL}` }]);
    fails(kind, "b");
    expect(alerts()).toHaveLength(1);
    steps(5);
    event("checkpoint", { path: "/base/d2", bytes: 9 });
    expect(open()).toEqual([]);
  }
});

test("a save that is refused before it begins has not failed, and neither has anything else that is refused", () => {
  steps(50);
  told("save", "late", "refused", "scripts.base_train ended after step 7, before step 8");
  fails("evaluate", "e");
  told("save", "good", "applied");
  event("checkpoint", { path: "/base/d2", bytes: 9 });
  told("save", "good", "done");
  expect(keys()).toEqual([]);
});
