/** The doctor: what this machine, this Python and this checkout can do, each with what was seen and what would mend it. */
import { existsSync, readdirSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { run } from "../bridge/child.ts";
import type { Python } from "../bridge/python.ts";
import { deviceObstacle, deviceObstacles } from "../config/cpu.ts";
import type { DataFacts, MachineFacts } from "../core/machine.ts";
import type { WorkspaceInfo } from "../core/params.ts";
import { type Result, sentence } from "../core/result.ts";
import type { Check, SetupFix } from "../core/setup.ts";
import { bytes, count } from "../lib/format.ts";
import type { AccountCheck } from "./account-check.ts";
import { checkAccounts } from "./accounts.ts";
import { dataFacts } from "./data-facts.ts";
import { machineFacts } from "./machine.ts";

export interface Patient {
  info: WorkspaceInfo;
  python: Result<Python>;
  baseDir: string;
}

/** What several checks look at, looked at once. */
interface Seen extends Patient {
  machine: Promise<MachineFacts | null>;
  data: DataFacts;
  modules: Promise<Modules | null>;
  accounts: Promise<Awaited<ReturnType<typeof checkAccounts>>>;
}

type Verdict = Omit<Check, "id" | "title">;
type Look = (seen: Seen) => Promise<Verdict> | Verdict;

const said = (
  status: Check["status"],
  verdict: string,
  evidence: string[],
  remedy: string | null = null,
  fix: SetupFix | null = null,
): Verdict => ({
  status,
  verdict,
  evidence,
  remedy,
  fix,
});

const NOT_FOR_POCKET = said("skipped", "the pocket needs none", ["The pocket model uses the standard library alone."]);

const unlessPocket =
  (look: Look): Look =>
  (seen) =>
    seen.info.kind === "pocket" ? NOT_FOR_POCKET : look(seen);

/** A module of the checkout, as a fix would run it. */
function moduleFix({ info, python, baseDir }: Patient, title: string, module: string, args: string[]): SetupFix | null {
  if (!python.ok) return null;
  return { title, argv: [...python.value.argv, "-m", module, ...args], cwd: info.dir, env: { NANOCHAT_BASE_DIR: baseDir } };
}

/** What the trainers import at their top: found by name, never imported (scripts/base_train.py@92d63d4). */
const WANTED = ["torch", "wandb", "tiktoken", "rustbpe", "tokenizers", "pyarrow", "datasets"] as const;
type Modules = Record<string, string | null>;
const PROBE_TIMEOUT_MS = 20_000;

const PROBE = `
import importlib.metadata as m, importlib.util as u, json, sys
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = m.version(name) if u.find_spec(name) else None
    except Exception:
        found[name] = "?" if u.find_spec(name) else None
print(json.dumps(found))
`;

async function findModules({ python }: Patient): Promise<Modules | null> {
  if (!python.ok) return null;
  const done = await run([...python.value.argv, "-c", PROBE, ...WANTED], { cwd: "/", timeoutMs: PROBE_TIMEOUT_MS });
  try {
    return done?.code === 0 ? (JSON.parse(done.stdout) as Modules) : null;
  } catch {
    return null;
  }
}

const install = ({ python, info }: Patient, name: string): SetupFix | null =>
  python.ok ? { title: `Install ${name}`, argv: [...python.value.argv, "-m", "pip", "install", name], cwd: info.dir, env: {} } : null;

const moduleCheck =
  (name: string, why: string): Look =>
  async (seen) => {
    const modules = await seen.modules;
    if (modules === null)
      return said("unknown", "Python could not be asked", [seen.python.ok ? "The Python did not answer." : sentence(seen.python.failure)]);
    const version = modules[name];
    if (version != null) return said("good", version, [`${name} ${version} is installed.`]);
    return said(
      "bad",
      "not installed",
      [`${name} was not found. ${why}`],
      `Install it into that Python, or run \`uv sync\` in ${seen.info.dir}`,
      install(seen, name),
    );
  };

const accountCheck =
  (service: "wandb" | "hf"): Look =>
  async (seen) => {
    const all = (await seen.accounts) as Record<string, AccountCheck>;
    const check = all[service];
    if (check === undefined) return said("unknown", "not looked at", []);
    const status =
      check.status === "valid" ? "good" : check.status === "missing" ? "skipped" : check.status === "wrong-key" ? "bad" : "warn";
    return said(status, check.text.slice(0, 60), [check.text], check.remedy ?? null);
  };

const MOST_LISTED = 8;
const LOW_DISK = 20 * 1024 ** 3;
const LOW_SHARED_MEMORY = 512 * 1024 ** 2;

/** THE table of checks, in the order in which they are shown. */
const CHECKS: ReadonlyArray<readonly [id: string, title: string, look: Look]> = [
  [
    "python",
    "Python",
    ({ python }) =>
      python.ok
        ? said("good", python.value.version, [`${python.value.argv.join(" ")}: ${python.value.reason}`])
        : said("bad", "none that will do", [sentence(python.failure)], python.failure.remedy ?? null),
  ],
  ["checkout", "checkout", ({ info }) => checkout(info)],
  ["torch", "torch", unlessPocket(moduleCheck("torch", "Everything but the tokenizer needs it."))],
  ["wandb", "wandb", unlessPocket(moduleCheck("wandb", "Every trainer imports it, even when nothing is logged (--run=dummy)."))],
  ["rustbpe", "rustbpe", unlessPocket(moduleCheck("rustbpe", "tok_train trains the tokenizer with it."))],
  ["pyarrow", "pyarrow", unlessPocket(moduleCheck("pyarrow", "Data shards are read with it."))],
  ["gpus", "GPUs", unlessPocket(gpus)],
  ["attention", "attention", unlessPocket(attention)],
  ["base-dir", "base dir", baseDirectory],
  ["tokenizer", "tokenizer", unlessPocket(tokenizer)],
  ["shards", "data shards", unlessPocket(shards)],
  ["eval-bundle", "CORE data", unlessPocket(evalBundle)],
  ["shared-memory", "shared memory", unlessPocket(sharedMemory)],
  ["uv", "uv", unlessPocket(uv)],
  ["wandb-account", "W&B account", unlessPocket(accountCheck("wandb"))],
  ["hf-account", "HF account", unlessPocket(accountCheck("hf"))],
];

function checkout(info: WorkspaceInfo): Verdict {
  if (info.commit === null)
    return said("warn", "no git checkout", [info.dir], "A run records no commit, so it cannot be told what made its checkpoints");
  if (info.dirty)
    return said(
      "warn",
      `${info.commit}, with changes`,
      [info.dir, "There are uncommitted changes."],
      "Commit them: the commit alone will not reproduce a run",
    );
  return said("good", info.commit, [info.dir, `${info.scripts.filter(({ trainable }) => trainable).length} scripts that train`]);
}

/** Bad when no base model can be trained here; what holds up other trainers alone is evidence. */
function withoutGpu({ features }: WorkspaceInfo, device: MachineFacts["device"]): Verdict {
  const obstacles = deviceObstacles(features, device);
  const evidence = ["nvidia-smi names no GPU.", ...obstacles.map(({ message }) => `${message}.`)];
  const base = deviceObstacle(features, device, "base_train");
  if (base !== null) return said("bad", "none, and this version cannot do without", evidence, base.remedy);
  const where = device === "mps" ? "Apple's GPU" : "the CPU";
  return said("warn", `none: ${where} trains`, evidence, "Small models alone are trained in reasonable time (prefab runcpu)");
}

async function gpus({ machine, info }: Seen): Promise<Verdict> {
  const facts = await machine;
  if (facts === null)
    return said(
      "unknown",
      "nvidia-smi does not answer",
      ["nvidia-smi gave no answer within 3 s."],
      "See whether the driver hangs: run nvidia-smi yourself",
    );
  if (facts.gpus.length === 0) {
    return withoutGpu(info, facts.device);
  }
  const rows = facts.gpus.map(
    ({ index, name, memoryBytes, usedBytes }) => `${index} ${name}: ${bytes(usedBytes)} of ${bytes(memoryBytes)} in use`,
  );
  const busy = facts.gpus.filter(({ memoryBytes, usedBytes }) => (usedBytes ?? 0) > 0.1 * (memoryBytes ?? Number.POSITIVE_INFINITY)).length;
  if (busy > 0)
    return said(
      "warn",
      `${busy} of ${facts.gpus.length} in use`,
      rows,
      "Something else holds memory on them: `nvidia-smi` names the processes",
    );
  return said("good", `${facts.gpus.length} free`, rows);
}

async function attention({ machine }: Seen): Promise<Verdict> {
  const facts = await machine;
  if (facts === null || facts.gpus.length === 0) return said("skipped", "no GPU", ["Without a GPU, PyTorch's own attention is used."]);
  if (facts.flashAttention3) return said("good", "Flash Attention 3", ["The GPUs are Hopper, on which nanochat loads it."]);
  return said(
    "warn",
    "PyTorch's own, slower",
    ["Flash Attention 3 is for Hopper alone."],
    "Set window_pattern to L: sliding windows are slower than full attention without it",
  );
}

function baseDirectory({ data }: Seen): Verdict {
  const free = data.diskFreeBytes;
  const evidence = [data.baseDir, `${bytes(free)} free`];
  if (data.readOnly !== null)
    return said("bad", "cannot be written", [...evidence, data.readOnly], "Name another with --base-dir or NANOCHAT_BASE_DIR");
  if (free !== null && free < LOW_DISK)
    return said("warn", `${bytes(free)} free`, evidence, "Shards and checkpoints take tens of gigabytes: free some space");
  return said("good", `${bytes(free)} free`, evidence);
}

function tokenizer(seen: Seen): Verdict {
  const { vocabulary, tokenizer: hash } = seen.data;
  const path = join(seen.baseDir, "tokenizer");
  if (vocabulary !== null) return said("good", `${count(vocabulary)} tokens`, [path, `tokenizer.pkl ${hash ?? "is missing"}`]);
  const fix = moduleFix(seen, "Train a tokenizer", "scripts.tok_train", []);
  return said("bad", "none", [`There is no ${join(path, "token_bytes.pt")}.`], "Data shards come first; then train it", fix);
}

function shards(seen: Seen): Verdict {
  const folder = join(seen.baseDir, String(seen.info.features["shards_folder"] ?? "base_data"));
  const found = seen.data.shards ?? 0;
  const fix = moduleFix(seen, "Download 8 shards", "nanochat.dataset", ["-n", "8"]);
  if (found === 0) return said("bad", "none", [`No shard lies in ${folder}.`], "Two are the least: the last one is for validation", fix);
  if (found === 1)
    return said("bad", "one, which is too few", [folder], "The last one listed is for validation, so nothing is left to train on", fix);
  return said("good", count(found), [
    folder,
    "The last one listed is for validation.",
    "What a plan needs stands beside it on the Config tab.",
  ]);
}

function evalBundle(seen: Seen): Verdict {
  const path = join(seen.baseDir, "eval_bundle");
  if (existsSync(path)) return said("good", "there", [path, ...list(path)]);
  if (seen.info.features["eval_bundle_downloads"] === true)
    return said("good", "fetched when needed", [`${path} is not there; this version downloads it with the first evaluation.`]);
  return said(
    "warn",
    "not there",
    [`${path} is not there, and this version does not fetch it.`],
    "Without it CORE cannot be evaluated: set core_metric_every to a step beyond the last",
  );
}

function list(path: string): string[] {
  try {
    return readdirSync(path).slice(0, MOST_LISTED);
  } catch {
    return [];
  }
}

function sharedMemory(): Verdict {
  try {
    const { bavail, bsize } = statfsSync("/dev/shm");
    const free = bavail * bsize;
    return free < LOW_SHARED_MEMORY
      ? said("warn", `${bytes(free)} free`, ["/dev/shm"], "Several ranks exchange data through it: start the container with --shm-size=8g")
      : said("good", `${bytes(free)} free`, ["/dev/shm"]);
  } catch {
    return said("skipped", "none here", ["There is no /dev/shm on this system."]);
  }
}

async function uv({ info }: Seen): Promise<Verdict> {
  const done = await run(["uv", "--version"], { cwd: "/", timeoutMs: 3000 });
  if (done?.code === 0) {
    const fix: SetupFix = { title: "Install what the checkout needs", argv: ["uv", "sync"], cwd: info.dir, env: {} };
    return { ...said("good", done.stdout.trim(), ["nanochat's own way to install its packages."]), fix };
  }
  return said("skipped", "not installed", ["nanochat's scripts use it; any Python with its packages will do."]);
}

/** Runs all checks beside each other; `onChecks` gets, in the table's order, those that have answered, and how many have not. */
export async function examine(patient: Patient, onChecks: (checks: Check[], looking: number) => void): Promise<Check[]> {
  const pocket = patient.info.kind === "pocket";
  const seen: Seen = {
    ...patient,
    data: dataFacts(patient.baseDir, patient.info.features),
    machine: pocket ? Promise.resolve(null) : machineFacts(),
    modules: pocket ? Promise.resolve(null) : findModules(patient),
    accounts: pocket ? Promise.resolve({} as Awaited<ReturnType<typeof checkAccounts>>) : checkAccounts(),
  };
  const answered = new Map<string, Check>();
  const told = (): Check[] => CHECKS.flatMap(([id]) => answered.get(id) ?? []);
  await Promise.all(
    CHECKS.map(async ([id, title, look]) => {
      answered.set(id, { id, title, ...(await look(seen)) });
      onChecks(told(), CHECKS.length - answered.size);
    }),
  );
  return told();
}
