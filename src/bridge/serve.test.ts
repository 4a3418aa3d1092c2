import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Result, sentence } from "../core/result.ts";
import { BRIDGE_DIR } from "../lib/self.ts";
import { type GenerateRequest, type Serve, startServe } from "./serve.ts";

let dir: string;
let running: Serve | null = null;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "serve-"));
});
afterEach(async () => {
  await running?.quit();
  running = null;
  rmSync(dir, { recursive: true, force: true });
});

const value = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(sentence(result.failure));
  return result.value;
};
const said = (result: Result<unknown>): string => (result.ok ? "nothing was wrong" : sentence(result.failure));

/** The real worker on a package with nanochat's interface, whose model does what its prompt says. */
async function realWorker(): Promise<Serve> {
  const write = "import pathlib, sys; from tests import fake_nanochat; fake_nanochat.write(pathlib.Path(sys.argv[1]))";
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };
  expect(await Bun.spawn(["python3", "-c", write, dir], { cwd: BRIDGE_DIR, env }).exited).toBe(0);
  running = value(await startServe({ python: ["python3"], dir, baseDir: join(dir, "base"), env: { PYTHONDONTWRITEBYTECODE: "1" } }));
  return running;
}

/** A worker that is a script of ours, for what the real one never does. */
async function fakeWorker(script: string): Promise<Result<Serve>> {
  writeFileSync(join(dir, "worker.sh"), script);
  const started = await startServe({ python: ["sh", "worker.sh"], dir, baseDir: dir });
  if (started.ok) running = started.value;
  return started;
}

const HELLO = `echo '{"kind":"hello","protocol":1}'\n`;
const LOAD = { source: "base", tag: "d2", step: null, device: null } as const;
const ask = (prompt: string, more: object = {}): GenerateRequest => ({
  mode: "continue",
  prompt,
  max_tokens: 1000,
  temperature: 0,
  top_k: null,
  ...more,
});

test("a checkpoint is loaded and goes on with a text", async () => {
  const serve = await realWorker();
  const progress: string[] = [];
  const loaded = value(await serve.load(LOAD, (text) => progress.push(text)));
  expect(loaded).toMatchObject({ step: 7, vocabulary: 265, pocket: false });
  expect(progress).toEqual(["importing nanochat", "loading base/d2@last on cpu"]);
  const tokens: string[] = [];
  const done = value(await serve.generate(ask("say:hé!"), (text) => tokens.push(text)).done);
  expect(tokens).toEqual(["h", "é", "!"]);
  expect(done).toMatchObject({ reason: "stop", tokens_out: 4, dropped: 0 });
});

test("a chat is answered, and a call of the calculator is told apart", async () => {
  const serve = await realWorker();
  value(await serve.load(LOAD));
  const parts: Record<string, string> = {};
  const request: GenerateRequest = {
    mode: "chat",
    messages: [{ role: "user", content: "calculate" }],
    max_tokens: 50,
    temperature: 1,
    top_k: 50,
  };
  value(
    await serve.generate(request, (text, part) => {
      parts[part ?? "reply"] = (parts[part ?? "reply"] ?? "") + text;
    }).done,
  );
  expect(parts).toEqual({ python: "6*7", output: "42", reply: " is it" });
});

test("a reply can be cancelled, and the next one comes", async () => {
  const serve = await realWorker();
  value(await serve.load(LOAD));
  const generation = serve.generate(ask("forever", { max_tokens: 1e9 }), () => generation.cancel());
  expect(value(await generation.done).reason).toBe("cancelled");
  expect(value(await serve.generate(ask("say:x"), () => {}).done).reason).toBe("stop");
});

test("a checkpoint that is not there is said in the worker's sentence, with the traceback in reach", async () => {
  const serve = await realWorker();
  const result = await serve.load({ ...LOAD, tag: "gone" });
  expect(said(result)).toBe("base/gone@last is not there: there is no base_checkpoints/gone/model_000001.pt.");
  expect(!result.ok && result.failure.details).toContain("FileNotFoundError");
});

test("after quit it has died as asked", async () => {
  const serve = await realWorker();
  await serve.quit();
  expect(await serve.died).toBeNull();
  expect((await serve.load(LOAD)).ok).toBe(false);
});

test("when the worker is killed, what waits gets the reason, and so does what comes later", async () => {
  const serve = await realWorker();
  value(await serve.load(LOAD));
  const generation = serve.generate(ask("forever", { max_tokens: 1e9 }), () => process.kill(serve.pid, "SIGKILL"));
  expect(said(await generation.done)).toStartWith("The inference worker failed: it was ended by SIGKILL");
  expect((await serve.died)?.what).toBe("The inference worker failed");
  expect(said(await serve.load(LOAD))).toContain("SIGKILL");
});

test("a worker that dies at once tells its last words", async () => {
  const started = await fakeWorker("echo 'No module named nanochat_bridge' >&2; exit 1\n");
  expect(said(started)).toBe(
    'The inference worker failed: it ended with exit code 1, after "No module named nanochat_bridge". Load the checkpoint again.',
  );
});

test("a worker of another protocol is refused", async () => {
  const started = await fakeWorker(`echo '{"kind":"hello","protocol":2}'; read line\n`);
  expect(said(started)).toContain("it speaks protocol 2, and this program version 1");
});

test("noise on its channel is passed over, and an answer without its fields is refused", async () => {
  const serve = value(await fakeWorker(`${HELLO}echo noise; read line; echo '{"id":"1","event":"loaded"}'; read line\n`));
  expect(said(await serve.load(LOAD))).toContain("its answer lacks a field");
});

test("a worker that does not hear quit is killed", async () => {
  const serve = value(await fakeWorker(`${HELLO}while :; do sleep 1; done\n`));
  await serve.quit();
  expect(await serve.died).toBeNull();
}, 10_000);

test("a program that is not there is a sentence", async () => {
  expect(said(await startServe({ python: ["/nowhere/python"], dir, baseDir: dir }))).toContain("could not be started with /nowhere/python");
});
