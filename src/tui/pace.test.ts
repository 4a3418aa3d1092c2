import { afterEach, expect, test } from "bun:test";
import { Canvas } from "../lib/canvas.ts";
import { Budget, choosePace, frameBytes } from "./pace.ts";
import { start, stopAll } from "./shell-fixture.ts";

afterEach(stopAll);

test("far away there are ten frames a second, and on a thin link a budget and no breathing", () => {
  expect(choosePace({}, false)).toEqual({ tickMs: 50, breathes: true, bytesPerSecond: null });
  expect(choosePace({ SSH_CONNECTION: "10.0.0.1 22 10.0.0.2 22" }, false).tickMs).toBe(100);
  const low = choosePace({ SSH_CONNECTION: "x" }, true);
  expect(low.breathes).toBe(false);
  expect(low.bytesPerSecond).toBeLessThan(10_000);
});

test("a frame costs what differs: nothing new next to nothing, each place and colour its sequences", () => {
  const before = new Canvas(80, 24);
  const after = before.copy();
  const empty = frameBytes(after, before);
  expect(empty).toBeLessThan(100);
  after.region().put(3, 3, "step-1,204");
  const one = frameBytes(after, before) - empty;
  expect(one).toBeGreaterThan(40);
  expect(one).toBeLessThan(100);
  after.region().put(40, 3, "x");
  expect(frameBytes(after, before) - empty - one).toBeGreaterThan(40);
  expect(frameBytes(after, null)).toBeGreaterThan(80 * 24);
});

test("what was written has to be paid off before anything comes by itself; without a budget nothing waits", () => {
  const frame = new Canvas(100, 50);
  frame.region().put(0, 0, "x".repeat(90), { tone: "good" });
  const free = new Budget(null);
  free.spend(frame, 1000);
  expect(free.waitMs(1000)).toBe(0);
  const thin = new Budget(7000);
  thin.spend(frame, 1000);
  const first = thin.waitMs(1000);
  expect(first).toBeGreaterThan(500);
  expect(thin.waitMs(1000 + first)).toBe(0);
  const later = frame.copy();
  later.region().put(0, 1, "a");
  thin.spend(later, 1000 + first);
  expect(thin.waitMs(1000 + first)).toBeLessThan(50);
  for (let i = 0; i < 100; i++) thin.spend(new Canvas(200 + i, 60), 20_000);
  expect(thin.waitMs(20_000)).toBe(15_000);
});

test("on a thin link a key is answered at once, however much is owed, and the dot stands still", async () => {
  const { terminal, tick } = await start(undefined, { lowBandwidth: true }, [240, 70]);
  terminal.press(":");
  expect(terminal.shown).toContain("palette");
  terminal.press("esc");
  const dots = [0, 1000, 1000, 1000].map((ms) => {
    tick(ms);
    const { canvas } = terminal;
    const at = (canvas?.height ?? 1) - 1;
    const x = canvas?.rowText(at).indexOf("●") ?? 0;
    return canvas?.fg[at * (canvas?.width ?? 0) + x];
  });
  expect(new Set(dots).size).toBe(1);
});
