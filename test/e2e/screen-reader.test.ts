/** `--screen-reader` in a real terminal: lines out, lines in, nothing drawn. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Sandbox } from "../drivers/sandbox.ts";
import { mortalRun } from "../fixtures/mortal-run.ts";

let box: Sandbox;
let id: string;
beforeAll(async () => {
  ({ box, id } = await mortalRun("heard"));
});
afterAll(() => box.close());

test("a run is followed, saved and left by words alone, and the terminal stays as it was", async () => {
  const pty = box.tui(["runs", "attach", id, "--screen-reader"]);
  await pty.until(`Run ${id} is running.`);
  await pty.until(/^[\d,]+ (?:of [\d,]+ )?steps/m);
  pty.type("every 1\r");
  await pty.until("Progress is said every 1 seconds.");
  pty.type("save now\r");
  await pty.until("Asked for a checkpoint");
  // Both come of it, the one within the other where they are heard of at once.
  await pty.until(/checkpoint: .*(done|checkpoint|as asked)|save now, done/);
  pty.type("stop\r");
  await pty.until("Keep training");
  pty.type("esc\r");
  pty.type("read progress\r");
  await pty.until("Panel progress");
  pty.type("leave\r");
  expect(await pty.exited()).toBe(0);
  expect(pty.alternate).toBe(false);
  // No escape sequence at all, and no frame: what is typed is echoed by the terminal itself.
  expect(/[\x1b\u2500-\u259f\u2800-\u28ff]/.exec(pty.raw)?.[0]).toBeUndefined();
  expect(box.state(id).status).toBe("running");
});

test("the end of the input and ctrl+c leave it", async () => {
  for (const [key, code] of [
    ["\x04", 0],
    ["\x03", 130],
  ] as const) {
    const pty = box.tui(["runs", "attach", id, "--screen-reader"]);
    await pty.until("Train tab");
    pty.type(key);
    expect(await pty.exited()).toBe(code);
  }
});
