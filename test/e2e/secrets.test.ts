/**
 * Canaries: a key is given to the program and to a trainer that tells everybody, and then looked for wherever it must not
 * be: on the screen, in every file but its own, in the process list, in what commands print, and in a crash.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TERMINAL_STATUSES } from "../../src/core/run.ts";
import { selfCommand } from "../../src/lib/self.ts";
import type { AccountServer } from "../drivers/account-server.ts";
import { eventually, type Ran } from "../drivers/cli.ts";
import { LAUNCHER, Pty, type PtyOptions, ROOT } from "../drivers/pty.ts";
import { refused } from "../drivers/refused.ts";
import { Sandbox } from "../drivers/sandbox.ts";
import { startWandb } from "../drivers/wandb-server.ts";

/** Kept by `secrets set`. */
const KEPT = "canary0kept0canary0kept0canary0kept0abcd12";
/** Only ever in the environment of one shell. */
const LENT = "canary1lent1canary1lent1canary1lent1abcd34";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const forms = (key: string): string[] => [key, base64(key), base64(`api:${key}`), encodeURIComponent(key)];
const FORMS = [KEPT, LENT].flatMap(forms);
/** The forms of the canaries that a text holds. */
const tells = (text: string): string[] => FORMS.filter((form) => text.includes(form));

/** Tells its key at its start, in each step, and with its last words. */
const LEAK = `
import base64
key = os.environ["WANDB_API_KEY"]
told = f"key {key} {base64.b64encode(key.encode()).decode()} {base64.b64encode(b'api:' + key.encode()).decode()}"
print(told, flush=True)
print(told, file=sys.stderr, flush=True)
print(dict(os.environ), flush=True)
`;

const PREFAB = (more: string): string => `name: leaky
stages:
  - script: scripts.base_train
    set: {step_seconds: 0.05${more}}
`;

let box: Sandbox;
let fork: string;
let server: AccountServer;
beforeAll(async () => {
  server = await startWandb({ [KEPT]: { username: "ada", teams: { edges: [{ node: { name: "mc" } }] } } });
  fork = mkdtempSync(join(tmpdir(), "nanochat-cli-"));
  makeLeaky(fork);
  box = new Sandbox(fork);
  Object.assign(box.env, { WANDB_BASE_URL: server.url, WANDB_API_KEY: "", HF_TOKEN: "", NETRC: "/dev/null", NO_PROXY: "127.0.0.1" });
  box.prefab("leaky", PREFAB(""));
  expect((await piped(["secrets", "set", "wandb"], KEPT)).code).toBe(0);
  box.prefab("leaky-end", PREFAB(", die: exit, die_at: 5").replace("leaky", "leaky-end"));
});
afterAll(async () => {
  await box.close();
  await server.close();
  rmSync(fork, { recursive: true, force: true });
});

/** Makes a checkout whose trainer tells what it has been told. */
function makeLeaky(dir: string): void {
  cpSync(join(ROOT, "test", "fixtures", "mortal"), dir, { recursive: true });
  const script = join(dir, "scripts", "base_train.py");
  const source = readFileSync(script, "utf8")
    .replace("user_config = vars(args)", `${LEAK}\nuser_config = vars(args)`)
    .replace('f"The data ran out in step {step}"', 'f"The server refused {told}"')
    .replace("    step += 1", "    print(told, flush=True)\n    step += 1");
  writeFileSync(script, source);
}

/** With stdin as a pipe. */
async function piped(args: readonly string[], input: string): Promise<Ran> {
  const child = Bun.spawn([LAUNCHER, ...args], {
    cwd: box.dir,
    env: { ...process.env, ...box.env },
    stdin: new Blob([input]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, stdout, stderr };
}

const secretsFile = (): string => join(box.env["XDG_CONFIG_HOME"] ?? "", "nanochat-cli", "secrets.env");

/** A shell in which `command` can be run and the state of its terminal seen. */
async function shell(): Promise<Pty> {
  const pty = new Pty(["bash", "--norc", "--noprofile", "-i"], { env: { ...box.env, PS1: "shell> " } });
  await pty.until("shell> ");
  return pty;
}

test("typed into the prompt: nothing of it is shown, it is checked, and kept for its owner alone", async () => {
  const pty = await shell();
  pty.type(`${LAUNCHER} secrets set wandb\r`);
  await pty.until("W&B API key:");
  pty.type(`wrong\x15${KEPT}`);
  await pty.until("(42 characters)");
  pty.type("\r");
  await pty.until("The key is valid for ada (team: mc)");
  await pty.until(/WANDB_API_KEY …cd12 is kept in/);
  pty.type("stty -a | grep -o ' echo '\r");
  await pty.until(/^ echo\s*$/m);
  expect(tells(pty.raw)).toEqual([]);
  await pty.close();
  expect(readFileSync(secretsFile(), "utf8")).toContain(`export WANDB_API_KEY='${KEPT}'`);
  expect(statSync(secretsFile()).mode & 0o777).toBe(0o600);
});

test("ctrl+c at the prompt changes nothing and gives the terminal back", async () => {
  const pty = await shell();
  const before = readFileSync(secretsFile(), "utf8");
  pty.type(`${LAUNCHER} secrets set wandb; echo code $?\r`);
  await pty.until("W&B API key:");
  pty.type("half a key\x03");
  await pty.until(/^code 130$/m);
  pty.type("stty -a | grep -o ' echo '\r");
  await pty.until(/^ echo\s*$/m);
  await pty.close();
  expect(readFileSync(secretsFile(), "utf8")).toBe(before);
});

test("a value as an argument is refused: it is in the history by then", async () => {
  const answer = refused(await box.cli(["secrets", "set", "wandb", LENT, "--json"]));
  expect(answer).toMatchObject({ exit: 2, remedy: expect.stringContaining("revoke it at https://wandb.ai/authorize") });
  expect(readFileSync(secretsFile(), "utf8")).not.toContain(LENT);
});

test("piped in: a key that the service does not know is not kept, nothing and too much are refused", async () => {
  const wrong = refused(await piped(["secrets", "set", "wandb", "--json"], `${LENT}\n`));
  expect(wrong).toMatchObject({ exit: 3, what: "The W&B API key …cd34 was not kept", why: `W&B at ${server.url} knows no such key` });
  expect(refused(await piped(["secrets", "set", "wandb", "--json"], "\n")).exit).toBe(2);
  expect(refused(await piped(["secrets", "set", "hf", "--json"], "x".repeat(70_000))).exit).toBe(2);
  expect(readFileSync(secretsFile(), "utf8")).toContain(KEPT);
});

async function attach(id: string, options: PtyOptions = {}): Promise<Pty> {
  const pty = box.tui(["runs", "attach", id], { cols: 200, rows: 50, ...options });
  await pty.ready();
  return pty;
}

const CTRL_Q = "\x11";
async function leave(pty: Pty): Promise<void> {
  pty.type(CTRL_Q);
  expect(await pty.exited()).toBe(0);
  expect(tells(pty.raw)).toEqual([]); // titles and what was drawn over are in it
}

/** Files that may hold a key: where it is kept, and what the trainer itself wrote. */
const ITS_OWN = /\/secrets\.env$|\/stages\/[^/]+\/std(?:out|err)\.log$/;

/** Waits until nobody writes any more: the last one to leave puts the parts of the journal together. */
async function settled(id: string): Promise<void> {
  await eventually("the run's end", () => TERMINAL_STATUSES.has(box.state(id).status));
  const supervisor = `supervise\0${box.runDir(id)}`;
  await eventually("its supervisor's end", () => !commandLines().some((line) => line.includes(supervisor)));
}

function tellingFiles(): string[] {
  const names = readdirSync(box.dir, { recursive: true, encoding: "utf8" }).map((name) => join(box.dir, name));
  const files = names.filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() && !ITS_OWN.test(path));
  expect(files.length).toBeGreaterThan(10);
  return files.filter((path) => tells(readFileSync(path, "latin1")).length > 0);
}

function commandLines(): string[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      return [readFileSync(`/proc/${pid}/cmdline`, "latin1")];
    } catch {
      return []; // ended meanwhile
    }
  });
}

const start = async (prefab: string, name: string, env: Record<string, string> = {}): Promise<string> => {
  const ran = await box.cli(["train", prefab, "--name", name, "--detach", "--force", "--json"], { env });
  return (JSON.parse(ran.stdout) as { id: string }).id;
};

const PRINTING: ReadonlyArray<readonly string[]> = [
  ["runs", "logs", "RUN", "--lines", "500"],
  ["runs", "show", "RUN"],
  ["runs", "list"],
  ["runs", "export", "RUN", "--format", "jsonl"],
  ["runs", "query", "RUN"],
  ["plan", "leaky"],
  ["describe"],
  ["secrets", "list"],
  ["secrets", "check"],
  ["secrets", "import"],
];

async function expectSilentCommands(id: string): Promise<void> {
  for (const command of PRINTING) {
    const args = command.map((word) => (word === "RUN" ? id : word));
    const printed = await Promise.all([box.cli([...args, "--debug"]), box.cli([...args, "--json"])]);
    expect([args, printed.flatMap(({ stdout, stderr }) => tells(stdout + stderr))]).toEqual([args, []]);
  }
}

test.if(process.platform === "linux")("a kept key reaches the trainer, which tells it to everybody, and nobody repeats it", async () => {
  const id = await start("leaky", "kept");
  await eventually("the first step", () => (box.state(id).progress?.step ?? -1) >= 0);
  const [trainer = 0] = box.processes(id);
  expect(readFileSync(`/proc/${trainer}/environ`, "latin1")).toContain(`WANDB_API_KEY=${KEPT}`);
  const pty = await attach(id);
  await pty.until("[WANDB_API_KEY hidden]");
  expect(commandLines().filter((line) => tells(line).length > 0)).toEqual([]);
  await leave(pty);
  await box.json(["runs", "stop", id]);
  const log = join(box.runDir(id), "stages", "01-base_train", "stdout.log");
  expect(tells(readFileSync(log, "latin1"))).toEqual([...forms(KEPT).slice(0, 3), KEPT]);
  expect(statSync(log).mode & 0o777).toBe(0o600);
  await expectSilentCommands(id);
  await settled(id);
  expect(tellingFiles()).toEqual([]);
});

test("a key in the wrong place of a command is not repeated by what is said of it", async () => {
  const { stdout, stderr } = await box.cli(["prefabs", "show", KEPT, "--json"]);
  expect(stderr).toContain("There is no prefab [WANDB_API_KEY hidden]");
  expect(tells(stdout + stderr)).toEqual([]);
});

test.if(process.platform === "linux")("a trainer whose last words are a key: they are told without it", async () => {
  const id = await start("leaky-end", "last-words");
  await settled(id);
  expect(box.state(id).reason).toContain("The server refused key [WANDB_API_KEY hidden] [WANDB_API_KEY hidden]");
  expect(tellingFiles()).toEqual([]);
});

test.if(process.platform === "linux")(
  "a run that was started with a shell's own key is adopted from a shell that has another",
  async () => {
    const id = await start("leaky", "lent", { WANDB_API_KEY: LENT });
    await eventually("the first step", () => (box.state(id).progress?.step ?? -1) >= 0);
    process.kill(box.state(id).owner?.pid ?? -1, "SIGKILL");
    await eventually(
      "its supervisor's end",
      async () => (await box.json<{ liveness: string }>(["runs", "show", id])).liveness === "unattended",
    );
    const before = box.state(id).progress?.step ?? 0;
    await box.json(["runs", "adopt", id]);
    await eventually("more steps", () => (box.state(id).progress?.step ?? 0) > before + 20);
    const pty = await attach(id);
    await pty.until("[WANDB_API_KEY hidden]");
    await leave(pty);
    await box.json(["runs", "stop", id]);
    await settled(id);
    expect(tellingFiles()).toEqual([]);
  },
);

/** The program as it is, in which an error with the kept key in its message is thrown as soon as `when` (an expression) holds. */
function crashing(args: readonly string[], bomb: string, when: string): Pty {
  writeFileSync(
    bomb,
    `import { existsSync, readFileSync } from "node:fs";
const watch = setInterval(() => {
  if (!(${when})) return;
  clearInterval(watch);
  const kept = readFileSync(${JSON.stringify(secretsFile())}, "utf8");
  throw new Error("bad state: " + kept + btoa(kept));
}, 1);
`,
  );
  const [bun = "", ...own] = selfCommand([...args, ...box.place]);
  return new Pty([bun, "--preload", bomb, ...own], { env: box.env });
}

/** The runtime listens for warnings, and the toolkit too from its construction on; the terminal answers it a moment later. */
const TAKING = 'process.listenerCount("warning") > 1';

test.each([
  ["the terminal interface", "attach", /step \d+/, null],
  ["the terminal interface while it takes the terminal", "attach", /step \d+/, TAKING],
  ["a command", "follow", /base_train \d+/, null],
] as const)("a crash of %s tells what it was, without the key", async (what, command, shown, when) => {
  const id = await start("leaky", what.replaceAll(" ", "-"));
  const fuse = join(box.dir, id);
  const pty = crashing(["runs", command, id], `${fuse}.ts`, when ?? `existsSync(${JSON.stringify(fuse)})`);
  try {
    if (when === null) await pty.until(shown);
    writeFileSync(fuse, "");
    expect(await pty.exited()).toBe(1);
    expect(pty.alternate).toBe(false);
    expect(pty.screen()).toContain("came to an end because of an error of its own");
    expect(pty.screen()).toContain("[WANDB_API_KEY hidden]");
    expect(tells(pty.raw)).toEqual([]);
  } finally {
    await pty.close();
    await box.json(["runs", "stop", id]);
  }
});

test("the key went to its server and to no other place", () => {
  expect(new Set(server.asked.map(({ path }) => path))).toEqual(new Set(["/graphql"]));
});
