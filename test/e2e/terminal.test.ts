/** The terminal interface in a real terminal: what it shows, takes, survives, and leaves behind. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAlive } from "../../src/lib/process.ts";
import { cli, eventually } from "../drivers/cli.ts";
import { childrenOf, LAUNCHER, Pty, type PtyOptions } from "../drivers/pty.ts";
import type { Sandbox } from "../drivers/sandbox.ts";
import { mortalRun } from "../fixtures/mortal-run.ts";

const [CTRL_Q, CTRL_Z, ESC] = ["\x11", "\x1a", "\x1b"];
const CANARY = "canary-5f1c9d";

let box: Sandbox;
let id: string;
beforeAll(async () => {
  ({ box, id } = await mortalRun("long"));
});
afterAll(() => box.close());

const step = (): number => box.state(id).progress?.step ?? -1;

/** Attached, drawn, and reading keys. */
async function attach(options: PtyOptions = {}, ...flags: string[]): Promise<Pty> {
  const pty = box.tui(["runs", "attach", id, ...flags], options);
  await pty.ready();
  await pty.until(/\d steps/);
  return pty;
}

async function leave(pty: Pty): Promise<void> {
  pty.type(CTRL_Q);
  expect(await pty.exited()).toBe(0);
}

/** The same by a command of its own, the launcher and its arguments behind it. */
async function attachIn(...command: string[]): Promise<Pty> {
  const pty = new Pty([...command, LAUNCHER, "runs", "attach", id, ...box.place], { cols: 80, rows: 24, env: box.env });
  await pty.ready();
  await pty.until(/\d steps/);
  return pty;
}

/** What was started by what was started … by the first process, so many times. */
function program(pty: Pty, depth: number): number {
  let pid = pty.process.pid;
  for (let i = 0; i < depth; i++) pid = childrenOf(pid)[0] ?? Number.NaN;
  return pid;
}

/** The rows around the panels: tabs above, keys and status below. */
const isWhole = (pty: Pty): boolean => {
  const rows = pty.rows();
  return /4 Train/.test(rows[0] ?? "") && /: palette/.test(rows.at(-2) ?? "") && /TRAIN .*running/.test(rows.at(-1) ?? "");
};

test("keys: help, palette, filter, save, stop and leave", async () => {
  const pty = await attach();
  pty.type("?");
  await pty.until("Save now");
  pty.type(ESC);
  await pty.until((screen) => !screen.includes("Save now"));
  pty.type(":");
  await pty.until("Save now");
  pty.type(ESC);
  await pty.until((screen) => !screen.includes("Save now"));
  pty.type("/00001");
  await pty.until(/^ \/00001/m);
  await pty.until("step 00001/");
  pty.type(ESC);
  await pty.until(() => isWhole(pty));
  pty.type("s");
  await pty.until(/◆ \d+ /);
  pty.type("S");
  await pty.until("Keep training");
  pty.type(ESC);
  await pty.until((screen) => !screen.includes("Keep training"));
  pty.type("q");
  expect(await pty.exited()).toBe(0);
  expect(pty.alternate).toBe(false);
  expect(pty.screen()).toContain(`${id} goes on. To see it again: bin/nanochat-cli runs attach ${id}`);
  expect(await box.json<unknown[]>(["checkpoints", "list"])).toHaveLength(1);
  expect(box.state(id).status).toBe("running");
});

test("resized while it runs, the screen is whole each time", async () => {
  const pty = await attach({ cols: 120, rows: 36 });
  await pty.until(() => isWhole(pty));
  for (const [cols, rows] of [
    [80, 24],
    [200, 60],
  ] as const) {
    pty.resize(cols, rows);
    await pty.until(() => isWhole(pty) && (pty.rows()[1] ?? "").length === cols);
  }
  pty.resize(20, 5);
  await pty.until((screen) => /^╭ progress.*╮\n/.test(screen) && /╰─.*╯$/.test(screen));
  pty.resize(120, 36);
  await pty.until(() => isWhole(pty) && (pty.rows()[1] ?? "").length === 120);
  await leave(pty);
});

/** Modes that a program may leave behind to the annoyance of the next one: what turns each off, or on. */
const RESTORED: ReadonlyArray<readonly [mode: string, sequence: string]> = [
  ["the alternate screen is left", "\x1b[?1049l"],
  ["the cursor is visible", "\x1b[?25h"],
  ["clicks are not reported", "\x1b[?1000l"],
  ["movement is not reported", "\x1b[?1002l"],
  ["coordinates are not extended", "\x1b[?1006l"],
  ["pastes are not bracketed", "\x1b[?2004l"],
];

/** That of each mode the last thing said is the one that restores it. */
function expectRestored(raw: string): void {
  for (const [mode, sequence] of RESTORED) {
    const opposite = sequence.slice(0, -1) + (sequence.endsWith("l") ? "h" : "l");
    expect([mode, raw.lastIndexOf(sequence) > raw.lastIndexOf(opposite)]).toEqual([mode, true]);
  }
}

test.each([
  ["SIGTERM", 143],
  ["SIGHUP", 129],
  ["SIGINT", 130],
] as const)("%s gives the terminal back as it was", async (signal, code) => {
  const pty = await attach({ cols: 80, rows: 24 });
  for (const pid of pty.children()) process.kill(pid, signal);
  expect(await pty.exited()).toBe(code);
  expect(pty.alternate).toBe(false);
  expectRestored(pty.raw);
  expect(pty.raw).not.toMatch(/nanochat-cli was (killed|ended)/);
});

test("SIGKILL to what draws: the launcher gives the terminal back, and the run goes on", async () => {
  const pty = await attachIn("sh", "-c", '"$@"; echo code $?; stty -a', "sh");
  const before = step();
  process.kill(program(pty, 2), "SIGKILL");
  await pty.until(/code 137[\s\S]* icanon [\s\S]* echo /);
  expect(pty.alternate).toBe(false);
  const told = pty.raw.slice(pty.raw.lastIndexOf("\x1b[?1049l"));
  expect(told).toMatch(
    /nanochat-cli was killed\. Runs go on by themselves: `\S*nanochat-cli runs list` [^\n]* runs attach last` [^\n]*\r\ncode 137/,
  );
  expectRestored(pty.raw);
  await pty.close();
  await eventually("more steps", () => step() > before + 20);
});

/** Has it read a key: the terminal's answers to what it asked at its start came before that, and are nobody else's to read. */
async function readKey(pty: Pty): Promise<void> {
  pty.type(":");
  await pty.until(/╭ palette/);
  pty.type(ESC);
  await pty.until((screen) => !/╭ palette/.test(screen));
}

test("SIGKILL to the launcher: what draws leaves the screen to the shell, without a word of an error", async () => {
  const pty = new Pty(["bash", "--norc", "--noprofile", "-i"], { env: { ...box.env, PS1: "shell> " } });
  await pty.until("shell> ");
  pty.type(`${LAUNCHER} runs attach ${id} ${box.place.join(" ")}\r`);
  await pty.ready();
  await pty.until(() => isWhole(pty));
  await readKey(pty);
  const drawer = program(pty, 2);
  process.kill(program(pty, 1), "SIGKILL");
  await pty.until(() => !pty.alternate && !isAlive(drawer, null));
  expectRestored(pty.raw.slice(0, pty.raw.lastIndexOf("goes on.")));
  pty.type("\recho still $((40 + 2))\r");
  await pty.until("still 42");
  expect(pty.screen()).toContain("goes on. To see it again");
  expect(pty.screen()).not.toMatch(/error/i);
  await pty.close();
});

test("ctrl+z gives the shell its terminal, fg brings the screen back whole", async () => {
  const pty = new Pty(["bash", "--norc", "--noprofile", "-i"], { env: { ...box.env, PS1: "shell> " } });
  try {
    await pty.until("shell> ");
    pty.type(`${LAUNCHER} runs attach ${id} ${box.place.join(" ")}\r`);
    await pty.ready();
    await pty.until(() => isWhole(pty));
    pty.type(CTRL_Z);
    await pty.until((screen) => !pty.alternate && /Stopped/.test(screen));
    // The shell's own line editor asks for bracketed pastes again.
    expectRestored(pty.raw.slice(0, pty.raw.indexOf("Stopped")));
    pty.type("echo still $((40 + 2))\r");
    await pty.until("still 42");
    pty.type("fg\r");
    await pty.until(() => pty.alternate && isWhole(pty));
    pty.type(CTRL_Q);
    await pty.until(/goes on\.[\s\S]*\nshell>\s*$/);
    pty.type("echo code $?\r");
    await pty.until(/^code 0$/m);
  } finally {
    await pty.close();
  }
});

/** The terminal of the program, as a file. */
const ttyOf = (pty: Pty): string => readlinkSync(`/proc/${pty.children()[0]}/fd/0`);

test("a program in the background sets the terminal back as it has found it: keys work again", async () => {
  const pty = await attach();
  // Not waited for in one go: it waits itself until we have read what the program writes.
  const stty = (...settings: string[]): Promise<string> => new Response(Bun.spawn(["stty", "-F", ttyOf(pty), ...settings]).stdout).text();
  await stty("sane");
  await eventually("keys are read one by one", async () => (await stty("-a")).includes("-icanon"));
  await readKey(pty);
  await leave(pty);
});

/** Whether the terminal takes what is written to it; otherwise it does as one behind a link that hangs (tcflow(3)). */
async function setFlow(pty: Pty, flows: boolean): Promise<void> {
  const code = "import os, sys, termios; termios.tcflow(os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY), int(sys.argv[2]))";
  expect(await Bun.spawn(["python3", "-c", code, ttyOf(pty), flows ? "1" : "0"]).exited).toBe(0); // TCOON, TCOOFF
}

test("a terminal that takes nothing any more is left all the same", async () => {
  const pty = await attach();
  await setFlow(pty, false);
  pty.type(CTRL_Q);
  expect(await pty.exited()).toBe(0);
  expect(box.state(id).status).toBe("running");
});

test("one that takes nothing for a moment while it is left gets all that sets it back, and the last words", async () => {
  const pty = await attach();
  // Written when it is left: what it had on the screen.
  const file = join(box.home, "ui-state.json");
  rmSync(file, { force: true });
  await setFlow(pty, false);
  pty.type(CTRL_Q);
  await eventually("it is being left", () => existsSync(file));
  expect(pty.alternate).toBe(true);
  await setFlow(pty, true);
  expect(await pty.exited()).toBe(0);
  expect(pty.alternate).toBe(false);
  expect(pty.screen()).toContain(`runs attach ${id}`);
});

test("within tmux a copy is offered to tmux itself as well, which passes nothing through unless it was told to", async () => {
  // One that is older than its option for the clipboard around it.
  const bin = mkdtempSync(join(tmpdir(), "tmux-"));
  writeFileSync(join(bin, "tmux"), '#!/bin/sh\n[ "$1 $2" = "load-buffer -" ] && cat >"$0.taken" && mv "$0.taken" "$0.buffer"\n', {
    mode: 0o755,
  });
  const pty = await attach({ env: { TMUX: "nobody,1,0", PATH: `${bin}:${process.env["PATH"]}` } });
  pty.type("y");
  await pty.until(/Copied /);
  await eventually("the plain form", () => /(?:^|[^\x1b])\x1b\]52;c;[A-Za-z0-9+/=]+\x07/.test(pty.raw));
  await eventually("tmux's own buffer", () => existsSync(join(bin, "tmux.buffer")));
  expect(readFileSync(join(bin, "tmux.buffer"), "utf8")).toStartWith("step");
  rmSync(bin, { recursive: true });
  await leave(pty);
});

test("a key that was read together with esc does what it does after it", async () => {
  const pty = await attach();
  pty.type("n");
  await pty.until(/╭ notices/);
  pty.type(`${ESC}:`);
  await pty.until(/╭ palette/);
  pty.type(`never${ESC}m`);
  await pty.until(/› never/);
  pty.type(ESC);
  await pty.until((screen) => !/╭ palette/.test(screen));
  pty.type(`${ESC}q`);
  expect(await pty.exited()).toBe(0);
});

// SGR parameters of colours: 30–49, 90–107, and the extended 38 and 48 (ECMA-48 §8.3.117).
const COLOUR = /\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:[;:]\d+)*m/;

test("NO_COLOR: no colours at all", async () => {
  const pty = await attach({ env: { NO_COLOR: "1" } });
  await pty.until(() => isWhole(pty));
  await leave(pty);
  // Before its first frame the toolkit "draws" cells that hold nothing: NULs, of which a terminal shows none.
  const shown = pty.raw.replace(/\x1b\[38;2;0;0;0m(?=\x1b\[49m\0)/g, "");
  expect(COLOUR.exec(shown)?.[0]).toBeUndefined();
});

test("--ascii: nothing else on the screen", async () => {
  const pty = await attach({}, "--ascii");
  await pty.until(() => isWhole(pty));
  expect(/[^\x20-\x7e\n]/.exec(pty.screen())?.[0]).toBeUndefined();
  await leave(pty);
});

test("a .env, a bunfig.toml and a tsconfig.json of the current folder are not ours to obey", async () => {
  const cwd = join(box.dir, "cwd");
  const [trap, marker] = [join(cwd, "trap"), join(cwd, "marker")];
  mkdirSync(cwd);
  writeFileSync(join(cwd, ".env"), `NANOCHAT_CLI_HOME=${trap}\n`);
  writeFileSync(join(cwd, "bunfig.toml"), 'preload = ["./preload.ts"]\n');
  // What stands in the place of any file that is asked for.
  writeFileSync(join(cwd, "tsconfig.json"), JSON.stringify({ compilerOptions: { paths: { "*": ["./preload.ts"] } } }));
  writeFileSync(join(cwd, "preload.ts"), `require("node:fs").writeFileSync(${JSON.stringify(marker)}, "loaded");\n`);
  const { NANOCHAT_CLI_HOME: _, ...env } = box.env;
  const listed = await cli(["runs", "list", ...box.place], { cwd, env });
  expect(listed.stdout).toStartWith(`No runs in ${box.workspace}`);
  const { stdout } = await box.cli(["train", "mortal", "--set", "num_iterations=3", "--json"], { cwd });
  expect(stdout).toContain('"status":"done"');
  await leave(await attach({ cwd }));
  expect([existsSync(trap), existsSync(marker)]).toEqual([false, false]);
});

/** Every file below a folder, as text that a secret would be found in. */
function* contents(dir: string): Generator<[path: string, text: string]> {
  for (const name of readdirSync(dir, { recursive: true, encoding: "utf8" })) {
    const path = join(dir, name);
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) yield [path, readFileSync(path, "latin1")];
  }
}

test.if(process.platform === "linux")("how the runtime of what draws is set up is its own, and no trainer's", async () => {
  const pty = box.tui(["train", "mortal", "--name", "small"]);
  await pty.ready();
  await pty.until(/\d steps/);
  const small = box.runIds().find((one) => one.endsWith("small")) as string;
  const environ = (pid: number) => readFileSync(`/proc/${pid}/environ`, "latin1");
  expect(environ(pty.children()[0] as number)).toContain("BUN_JSC_");
  for (const pid of box.processes(small)) expect(environ(pid)).not.toMatch(/BUN_(JSC|GC)_/);
  await leave(pty);
  await box.json(["runs", "stop", small]);
});

test.if(process.platform === "linux")("a secret reaches the trainer, and nothing else", async () => {
  const pty = box.tui(["train", "mortal", "--name", "secret"], { env: { WANDB_API_KEY: CANARY } });
  await pty.ready();
  await pty.until(/\d steps/);
  const secret = box.runIds().find((one) => one.endsWith("secret")) as string;
  const pids = box.processes(secret);
  const [trainer = 0] = pids;
  expect(readFileSync(`/proc/${trainer}/environ`, "latin1")).toContain(`WANDB_API_KEY=${CANARY}`);
  for (const pid of [...pids, pty.process.pid, ...pty.children()]) {
    expect(readFileSync(`/proc/${pid}/cmdline`, "latin1")).not.toContain(CANARY);
  }
  await leave(pty);
  await box.json(["runs", "stop", secret]);
  await eventually("the end of all its processes", () => pids.every((pid) => !isAlive(pid, null)));
  expect(pty.raw).not.toContain(CANARY);
  const telling = [...contents(box.dir)].filter(([, text]) => text.includes(CANARY)).map(([path]) => path);
  expect(telling).toEqual([]);
});
