/** Any bytes on the real terminal's input, a megabyte of paste, and a window that never rests: the program lives and answers. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Pty } from "../drivers/pty.ts";
import type { Sandbox } from "../drivers/sandbox.ts";
import { mortalRun } from "../fixtures/mortal-run.ts";

const [ESC, CTRL_P, CTRL_U] = ["\x1b", "\x10", "\x15"];

let box: Sandbox;
let id: string;
beforeAll(async () => {
  ({ box, id } = await mortalRun("fuzzed"));
  // What leaves does as it should, and what starts or deletes something has nothing to do with reading bytes.
  const off = ["leave", "suspend", "setup.run", "setup.all", "setup.fix", "config.train", "run.stop", "checkpoints.delete"];
  writeFileSync(join(box.home, "keymap.yaml"), off.map((action) => `${action}: []\n`).join(""));
});
afterAll(() => box.close());

async function open(): Promise<Pty> {
  const pty = box.tui(["runs", "attach", id]);
  await pty.ready();
  await pty.until(/step \d+/);
  return pty;
}

/** The palette opens and shows what is typed into it, from wherever one is. */
async function expectAlive(pty: Pty): Promise<void> {
  // A paste that never ended is one to the terminal as well: what ends it comes from there.
  pty.type(`${ESC}[201~`);
  let seen = false;
  for (let i = 0; i < 40 && !seen; i++) {
    pty.type(i % 2 === 0 ? ESC : CTRL_P);
    if (i % 2 === 0) continue;
    pty.type(`${CTRL_U}alive?`);
    seen = await pty.until("› alive?", 1500).then(
      () => true,
      () => false,
    );
  }
  expect(seen).toBe(true);
}

async function end(pty: Pty): Promise<void> {
  pty.type("\x03");
  await pty.until("ctrl+c again leaves");
  // The second one leaves, or asks about edits that those bytes have made, and the third insists.
  pty.type("\x03\x03");
  expect(await pty.exited()).toBe(130);
}

/** The same bytes each time (xorshift32), and none that interrupt. */
function bytes(seed: number, length: number): string {
  let state = seed;
  return Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const byte = (state >>> 0) % 256;
    return byte === 3 ? " " : String.fromCharCode(byte);
  }).join("");
}

/** Beginnings of what a terminal may send, with ends that it never would. */
const SEQUENCES = [
  "[",
  "[<",
  "[<0;",
  "[<0;-1;99999999M",
  "[M",
  "[200~",
  "[27;5;",
  "[99999999u",
  "O",
  "]11;rgb:",
  "P",
  "_G",
  "[?",
  "[I",
  "[1;9999R",
  ESC,
];

test("ten thousand bytes of anything, and every kind of sequence that is broken off", async () => {
  const pty = await open();
  for (let seed = 1; seed <= 10; seed++) pty.type(bytes(seed * 7919, 1000));
  for (const sequence of SEQUENCES)
    for (const rest of ["", "x", "\x18", bytes(sequence.length + 1, 40)]) pty.type(`${ESC}${sequence}${rest}`);
  await expectAlive(pty);
  await end(pty);
});

test("a paste of a megabyte does not stop it", async () => {
  const pty = await open();
  pty.type(CTRL_P);
  await pty.until("╭ palette");
  pty.type(`${ESC}[200~${"all of it ".repeat(100_000)}${ESC}[201~`);
  await expectAlive(pty);
  await end(pty);
});

test("resized a hundred times a second, down to one cell and up to 500×200, it is whole at the end", async () => {
  const pty = await open();
  const sizes = [
    [1, 1],
    [500, 200],
    [80, 24],
    [20, 5],
    [2, 50],
    [240, 70],
    [59, 15],
  ] as const;
  for (let i = 0; i < 200; i++) {
    const [cols, rows] = sizes[i % sizes.length]!;
    pty.resize(cols, rows);
    await Bun.sleep(10); // the pace is what is tried
  }
  pty.resize(120, 36);
  await pty.until((screen) => {
    const rows = screen.split("\n");
    return /4 Train/.test(rows[0] ?? "") && /: palette/.test(rows.at(-2) ?? "") && /TRAIN │/.test(rows.at(-1) ?? "");
  });
  await expectAlive(pty);
  await end(pty);
});
