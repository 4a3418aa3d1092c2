import { afterEach, expect, test } from "bun:test";
import { REVERSE } from "../lib/canvas.ts";
import { start, stopAll } from "./shell-fixture.ts";

afterEach(stopAll);

async function log() {
  const started = await start();
  const { terminal } = started;
  const rows = terminal.shown.split("\n");
  const y = rows.findIndex((row) => row.includes("step 00298"));
  return { ...started, x: rows[y]?.indexOf("step 00298") ?? 0, y };
}

test("text that is dragged over is copied, over rows as it is read, without the border", async () => {
  const { terminal, shell, x, y } = await log();
  terminal.drag([x + 5, y], [x + 8, y], [x + 9, y + 1]);
  expect(terminal.copied).toEqual(["00298 | loss: 2.6\nstep 00299"]);
  expect(shell.notices.all.at(-1)?.text).toBe("Copied 28 letters");
  terminal.drag([x + 9, y + 1], [x + 5, y]);
  expect(terminal.copied[1]).toBe(terminal.copied[0]);
});

test("it is shown while one drags, and not afterwards", async () => {
  const { terminal, x, y } = await log();
  const reversed = (): number => terminal.canvas?.attributes.filter((own) => (own & REVERSE) !== 0).length ?? 0;
  terminal.events?.mouse({ kind: "press", x, y, rows: 0 });
  terminal.events?.mouse({ kind: "drag", x: x + 3, y, rows: 0 });
  expect(reversed()).toBe(4);
  terminal.events?.mouse({ kind: "release", x: x + 3, y, rows: 0 });
  expect(reversed()).toBe(0);
});

test("a click copies nothing, nor does a drag that leaves the panel copy anything of another", async () => {
  const { terminal, x, y } = await log();
  terminal.clickAt(x, y);
  expect(terminal.copied).toEqual([]);
  terminal.drag([x, y], [0, 0], [119, 35]);
  expect(terminal.copied[0]).toStartWith("step 00298 | loss: 2.6\nstep 00299 | loss: 2.5");
  expect(terminal.copied[0]).not.toMatch(/[│╭╰]/);
});

test("what cannot be copied is said", async () => {
  const { terminal, shell, x, y } = await log();
  terminal.copy = () => false;
  terminal.drag([x, y], [x + 3, y]);
  expect(shell.notices.all.at(-1)?.text).toStartWith("Not copied");
});
