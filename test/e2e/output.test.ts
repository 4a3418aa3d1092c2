import { expect, test } from "bun:test";
import { textWidth } from "../../src/lib/graphemes.ts";
import { isAlive } from "../../src/lib/process.ts";
import { cli, eventually } from "../drivers/cli.ts";
import { childrenOf, LAUNCHER, Pty } from "../drivers/pty.ts";

async function shell(script: string): Promise<{ stdout: string; stderr: string }> {
  const child = Bun.spawn(["bash", "-c", script, "bash", LAUNCHER], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { stdout, stderr };
}

test("a reader that has seen enough ends the program quietly", async () => {
  const ran = await shell(`"$1" prefabs list | true; echo "code \${PIPESTATUS[0]}"`);
  expect(ran).toEqual({ stdout: "code 0\n", stderr: "" });
});

test.if(process.platform === "linux")("output for which the disk has no room is a failure in one sentence", async () => {
  const ran = await shell(`"$1" prefabs list > /dev/full; echo "code $?"`);
  expect(ran.stdout).toBe("code 1\n");
  expect(ran.stderr).toMatch(/^nanochat-cli: The output could not be written: the disk is full\..*\n$/);
});

test.each([
  ["prefabs", "Left out at 80 columns: made for, published cost, stages"],
  ["screens", "progress loss host log validation samples events"],
])("at a terminal of 80 columns %s list keeps within them, which a pipe knows nothing of", async (group, shown) => {
  const pty = new Pty([LAUNCHER, group, "list"], { cols: 80, rows: 60 });
  await pty.exited();
  const lines = pty.raw.split("\r\n");
  expect(lines.filter((line) => textWidth(line) > 80)).toEqual([]);
  expect(lines.join("\n")).toContain(shown);
  await pty.close();
  const { stdout } = await cli([group, "list"]);
  expect(stdout).not.toContain("Left out");
  expect(stdout.split("\n").some((line) => textWidth(line) > 80)).toBe(true);
});

test.each([
  [["help"], ["--help"]],
  [
    ["help", "runs"],
    ["runs", "--help"],
  ],
  [
    ["help", "runs", "save"],
    ["runs", "save", "--help"],
  ],
  [
    ["--home", "help", "help", "runs", "save"],
    ["runs", "save", "--help"],
  ],
])("%p says what %p does", async (words, option) => {
  const [told, usual] = await Promise.all([cli(words), cli(option)]);
  expect(told).toEqual(usual);
  expect(told.code).toBe(0);
  expect(told.stdout).toContain(`Usage: nanochat-cli ${option.slice(0, -1).join(" ")}`);
});

test("help for what is no command says so, with the one that was meant", async () => {
  expect(await cli(["help", "rnus"])).toEqual({
    code: 2,
    stdout: "",
    stderr: "nanochat-cli: There is no command rnus. Did you mean runs?\n",
  });
});

test("a command that was started by a launcher that is killed does not go on for ever", async () => {
  const child = Bun.spawn([LAUNCHER, "machine", "--watch"], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  for await (const _ of child.stdout) break;
  const [program = 0] = childrenOf(child.pid);
  child.kill("SIGKILL");
  await child.exited;
  await eventually("the end of the program", () => !isAlive(program, null));
});

test("what is watched until it is interrupted ends with the code of that", async () => {
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    const child = Bun.spawn([LAUNCHER, "machine", "--watch"], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    for await (const _ of child.stdout) break;
    process.kill(childrenOf(child.pid)[0] ?? 0, signal);
    expect(await child.exited).toBe(code);
  }
});

test("in a folder that was deleted it says so in a sentence", async () => {
  const { stdout, stderr } = await shell('cd "$(mktemp -d)" && rmdir "$PWD" && "$1" runs list; echo "code $?"');
  expect(stderr).toContain(
    "nanochat-cli: The folder that you stand in is not there any more. Go to another one with `cd`, then try again.",
  );
  expect(stderr).not.toContain("error of its own");
  expect(stdout).toBe("code 4\n");
});
