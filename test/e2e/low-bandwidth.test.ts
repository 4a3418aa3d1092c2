/** `--low-bandwidth`: all that there is to see of a quick run, on the largest screen, under 10 kB a second. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { eventually } from "../drivers/cli.ts";
import { ROOT } from "../drivers/pty.ts";
import { Sandbox } from "../drivers/sandbox.ts";

let box: Sandbox;
let id: string;
beforeAll(async () => {
  box = new Sandbox(join(ROOT, "test", "fixtures", "mortal"));
  box.prefab("mortal", "name: mortal\nstages:\n  - script: scripts.base_train\n    set: {step_seconds: 0.01}\n");
  id = (await box.json<{ id: string }>(["train", "mortal", "--name", "quick", "--detach"])).id;
  await eventually("the first steps", () => step() > 50);
});
afterAll(() => box.close());

const step = (): number => box.state(id).progress?.step ?? -1;

test("it stays under 10 kB a second and follows the run all the same", async () => {
  const pty = box.tui(["runs", "attach", id, "--low-bandwidth"], { cols: 240, rows: 70 });
  await pty.ready();
  const shown = (): number => Number(/step ([\d,]+)/.exec(pty.screen())?.[1]?.replaceAll(",", "") ?? "0");
  await pty.until(() => shown() > 0);
  // What comes before the toolkit's own whole frame is not paid for twice, and of that no cell is without a character.
  expect(pty.raw.slice(0, pty.raw.indexOf("\x1b[?2026h"))).not.toContain("progress");
  expect(pty.raw).not.toContain("\0");
  // The first frame is whole, and is paid off before the next: the measure begins with that one.
  const first = shown();
  await pty.until(() => shown() > first);
  const [from, since, before] = [pty.raw.length, performance.now(), shown()];
  await pty.until(() => performance.now() - since > 10_000 && shown() > before);
  const bytes = Buffer.byteLength(pty.raw.slice(from)) / ((performance.now() - since) / 1000);
  expect(bytes).toBeLessThan(10_000);
  const wide = pty.screen();
  for (const panel of ["progress", "loss", "log", "host"]) expect(wide).toContain(`╭ ${panel}`);
  pty.type("?");
  await pty.until("esc closes", 5000);
  pty.type("\x1b");
  await pty.until((screen) => !screen.includes("esc closes"));
  pty.type("\x11");
  expect(await pty.exited()).toBe(0);
});
