import { expect, test } from "bun:test";
import { Canvas } from "../lib/canvas.ts";
import { EarlyTerminal, plainFrame } from "./early-terminal.ts";
import { FakeTerminal } from "./fake-terminal.ts";
import { builtIn } from "./themes.ts";

test("the first frame is written plainly, and given up when it ends before the toolkit came", async () => {
  let written = "";
  const modes: boolean[] = [];
  const output = { columns: 12, rows: 2, write: (text: string) => (written += text) };
  const terminal = new EarlyTerminal(output, { setRawMode: (raw) => modes.push(raw) }, builtIn("dark"));
  const canvas = new Canvas(terminal.width, terminal.height);
  canvas.region().put(0, 0, "日本 loss", { tone: "good", bold: true });
  terminal.present(canvas, null);
  expect(written).toStartWith("\x1b[?1049h");
  expect(written).toContain("\x1b[0;38;2;111;211;154;48;2;16;19;26;1m日本 loss");
  await terminal.close();
  await terminal.close();
  expect(written.split("\x1b[?1049l")).toHaveLength(2);
  expect(modes).toEqual([true, false]);
});

test("once the toolkit is there, everything goes to it", () => {
  let written = "";
  const early = new EarlyTerminal({ write: (text: string) => (written += text) }, { setRawMode: () => undefined }, builtIn("none"));
  const keys: string[] = [];
  early.listen({ key: ({ name }) => keys.push(name), paste() {}, mouse() {}, resize() {}, background() {}, failed() {} });
  const real = new FakeTerminal(20, 5);
  early.takeOver(real);
  early.present(new Canvas(20, 5), null);
  real.press("a");
  expect([written, real.presented, keys.join()]).toEqual(["", 1, "a"]);
  expect(early.width).toBe(20);
});

test("without colour a plain frame has none", () => {
  const canvas = new Canvas(6, 1);
  canvas.region().fill("surface");
  canvas.region().put(0, 0, "chosen");
  expect(plainFrame(canvas, builtIn("none"))).toBe("\x1b[1;1H\x1b[0;39;49;7mchosen\x1b[0m");
});
