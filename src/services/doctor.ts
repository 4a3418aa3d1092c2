/** The doctor: what this machine, this Python and this checkout can do, each with what was seen and what would mend it. */
import { run } from "../bridge/child.ts";
import type { WorkspaceInfo } from "../core/params.ts";
import { sentence } from "../core/result.ts";
import type { Check, SetupFix } from "../core/setup.ts";
import { isString, orNull, recordOf } from "../lib/shape.ts";
import { checkAccounts } from "./accounts.ts";
import { dataFacts } from "./data-facts.ts";
import { installFix, type Look, type Modules, type Patient, type Seen, said, unlessPocket, type Verdict, WANTED } from "./doctor-check.ts";
import { baseDirectory, evalBundle, reports, shards, tasks, tokenizer } from "./doctor-data.ts";
import { attention, driver, gpus, ports, processesOnGpus, sharedMemory } from "./doctor-machine.ts";
import { machineFacts } from "./machine.ts";

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
  return done?.code === 0 ? parseModules(done.stdout) : null;
}

/** The last line is ours: an interpreter's start-up files may print before it. */
function parseModules(stdout: string): Modules | null {
  try {
    const found: unknown = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
    return recordOf(orNull(isString))(found) ? (found as Modules) : null;
  } catch {
    return null;
  }
}

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
      await installFix(seen, name),
    );
  };

const accountCheck =
  (service: "wandb" | "hf"): Look =>
  async (seen) => {
    const check = (await seen.accounts)[service];
    if (check === undefined) return said("unknown", "not looked at", []);
    const status =
      check.status === "valid" ? "good" : check.status === "missing" ? "skipped" : check.status === "wrong-key" ? "bad" : "warn";
    return said(status, check.text.slice(0, 60), [check.text], check.remedy ?? null);
  };

/** THE table of checks, in the order in which they are shown. */
const CHECKS: ReadonlyArray<readonly [id: string, title: string, look: Look]> = [
  [
    "python",
    "Python",
    ({ python }) =>
      python.ok
        ? said("good", python.value.version, [`${python.value.argv.join(" ")}: ${python.value.reason}`])
        : said("bad", "none that will do", [sentence({ ...python.failure, remedy: undefined })], python.failure.remedy ?? null),
  ],
  ["checkout", "checkout", ({ info }) => (info.kind === "pocket" ? said("good", "comes with the program", [info.dir]) : checkout(info))],
  ["torch", "torch", unlessPocket(moduleCheck("torch", "Everything but the tokenizer needs it."))],
  ["wandb", "wandb", unlessPocket(moduleCheck("wandb", "Every trainer imports it, even when nothing is logged (--run=dummy)."))],
  ["rustbpe", "rustbpe", unlessPocket(moduleCheck("rustbpe", "tok_train trains the tokenizer with it."))],
  ["pyarrow", "pyarrow", unlessPocket(moduleCheck("pyarrow", "Data shards are read with it."))],
  ["gpus", "GPUs", unlessPocket(gpus)],
  ["driver", "CUDA driver", unlessPocket(driver)],
  ["gpu-processes", "GPU processes", unlessPocket(processesOnGpus)],
  ["attention", "attention", unlessPocket(attention)],
  ["base-dir", "base dir", baseDirectory],
  ["tokenizer", "tokenizer", tokenizer],
  ["shards", "data shards", unlessPocket(shards)],
  ["eval-bundle", "CORE data", unlessPocket(evalBundle)],
  ["task-data", "task data", unlessPocket(tasks)],
  ["report", "report", unlessPocket(reports)],
  ["ports", "ports", unlessPocket(ports)],
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
    accounts: pocket ? Promise.resolve({}) : checkAccounts(),
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
