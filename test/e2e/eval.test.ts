/** Talking to checkpoints by command: replies, transcripts, presets, two beside each other, and what is refused. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LAUNCHER } from "../drivers/pty.ts";
import { Sandbox, shortPocket } from "../drivers/sandbox.ts";

const sandbox = new Sandbox();
let tag = "";
beforeAll(async () => {
  sandbox.prefab("pocket", shortPocket(20));
  const trained = await sandbox.cli(["train", "pocket", "--name", "small", "--yes"]);
  expect(trained.code).toBe(0);
  tag = "small";
}, 120_000);
afterAll(() => sandbox.close());

const CHAT = ["--max-tokens", "12", "--temperature", "0"];

/** A command that reads its prompt from a file on stdin. */
async function piped(args: string[], file: string): Promise<{ code: number; stderr: string }> {
  const child = Bun.spawn([LAUNCHER, ...args, ...sandbox.place], {
    env: { ...process.env, ...sandbox.env },
    stdin: Bun.file(file),
    stdout: "pipe",
    stderr: "pipe",
  });
  const stderr = await new Response(child.stderr).text();
  return { code: await child.exited, stderr };
}

test("a kept conversation is readable, and saying it again gives the same", async () => {
  const file = join(sandbox.dir, "talk");
  const said = await sandbox.cli(["eval", "chat", "--checkpoint", `sft/${tag}`, "--prompt", "Who are you?", ...CHAT, "--save", file]);
  expect(said.code).toBe(0);
  expect(readFileSync(`${file}.md`, "utf8")).toContain("**you** Who are you?");
  const again = await sandbox.cli(["eval", "replay", `${file}.jsonl`]);
  expect(again.stdout).toContain("1 of 1 replies came back the same");
  const once = await sandbox.cli(["eval", "chat", "--checkpoint", `sft/${tag}`, "--prompt", "Hi", ...CHAT, "--save", file]);
  expect(once).toMatchObject({ code: 3 });
  expect(once.stderr).toContain(`${file}.jsonl is there already`.replace(".jsonl", ".md"));
});

test("a transcript that says something else is told apart", async () => {
  const file = join(sandbox.dir, "other");
  await sandbox.cli(["eval", "continue", "--checkpoint", `base/${tag}`, "--prompt", "The ", ...CHAT, "--save", file]);
  const lines = readFileSync(`${file}.jsonl`, "utf8").split("\n");
  const reply = JSON.parse(lines[1] ?? "");
  writeFileSync(`${file}.jsonl`, `${lines[0]}\n${JSON.stringify({ ...reply, text: "something else" })}\n`);
  const again = await sandbox.json<{ same: number; of: number }>(["eval", "replay", `${file}.jsonl`]);
  expect(again).toMatchObject({ same: 0, of: 1 });
});

test("two checkpoints answer the same prompt, side by side", async () => {
  const pair = await sandbox.json<{ replies: Array<{ checkpoint: string; text: string; tokensIn: number }> }>([
    ...["eval", "ab", "--a", `base/${tag}`, "--b", `sft/${tag}`, "--prompt", "Hello", ...CHAT],
  ]);
  expect(pair.replies.map(({ checkpoint }) => checkpoint.split("@")[0])).toEqual([`base/${tag}`, `sft/${tag}`]);
  expect(pair.replies.every(({ tokensIn }) => tokensIn > 0)).toBe(true);
  const alone = await sandbox.cli(["eval", "ab", "--a", `base/${tag}`, "--prompt", "Hello"]);
  expect(alone.stderr).toContain("--b is missing");
});

test("a preset is saved, used, not lost by mistake, and deleted", async () => {
  const save = ["presets", "save", "mine", "--prompt", "What is two and two?", "--temperature", "0", "--max-tokens", "9"];
  expect((await sandbox.cli(save)).code).toBe(0);
  const used = await sandbox.json<{ prompt: string; maxTokens: number }>([
    "eval",
    "chat",
    "--checkpoint",
    `sft/${tag}`,
    "--preset",
    "mine",
  ]);
  expect(used).toMatchObject({ prompt: "What is two and two?", maxTokens: 9, temperature: 0 });
  const again = await sandbox.cli([...save, "--title", "new"]);
  expect(again.code).toBe(3);
  expect(again.stderr).toContain("its prompt would be lost: “What is two and two?”");
  expect((await sandbox.cli(["presets", "delete", "mine", "--yes"])).code).toBe(0);
  expect(existsSync(join(sandbox.home, "prompts", "mine.yaml"))).toBe(false);
  expect((await sandbox.cli(["presets", "delete", "capital"])).stderr).toContain("capital comes with the program");
});

const MISTAKES: ReadonlyArray<readonly [what: string, args: string[], says: string]> = [
  ["an empty prompt", ["--prompt", ""], "The prompt is empty"],
  ["a prompt of white space", ["--prompt", "  \n "], "nothing but white space"],
  ["a device that there is not", ["--prompt", "x", "--device", "tpu"], "There is no device tpu"],
  ["a preset that there is not", ["--preset", "nothing"], "There is no preset nothing"],
  ["a temperature below zero", ["--prompt", "x", "--temperature", "-1"], "--temperature -1 is not possible"],
];

for (const [what, args, says] of MISTAKES) {
  test(`${what} is refused before a model is loaded`, async () => {
    const ran = await sandbox.cli(["eval", "chat", "--checkpoint", `sft/${tag}`, ...args]);
    expect(ran.stderr).toContain(says);
    expect(ran.stderr).not.toContain("loading");
    expect(ran.code).not.toBe(0);
  });
}

test("a prompt longer than the context says both lengths", async () => {
  const ran = await sandbox.cli(["eval", "continue", "--checkpoint", `base/${tag}`, "--prompt", "word ".repeat(2000)]);
  expect(ran.code).toBe(1);
  expect(ran.stderr).toMatch(/The prompt has \d+ tokens, and this model reads at most \d+: shorten it/);
});

test("a prompt of invalid UTF-8 is refused, not changed", async () => {
  const file = join(sandbox.dir, "latin1.txt");
  writeFileSync(file, Buffer.from([0x63, 0x61, 0x66, 0xe9]));
  const ran = await piped(["eval", "chat", "--checkpoint", `sft/${tag}`, "--prompt", "-"], file);
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain("The prompt is no valid UTF-8");
});

test("a conversation line by line ends with an empty line", async () => {
  const pty = sandbox.tui(["eval", "chat", "--checkpoint", `sft/${tag}`, ...CHAT]);
  await pty.until("An empty line ends it");
  pty.type("Hello\r");
  await pty.until("tokens out");
  pty.type("\r");
  expect(await pty.exited()).toBe(0);
});

test("ctrl+c while a model is loading ends at once, and leaves no worker behind", async () => {
  const pty = sandbox.tui(["eval", "chat", "--checkpoint", `sft/${tag}`, "--prompt", "Hello", "--max-tokens", "2000"]);
  await pty.until("importing");
  pty.type("\x03");
  expect(await pty.exited()).toBe(130);
});
