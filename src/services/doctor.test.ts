/** The doctor: each check with what it saw, and what would mend it. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { temporaryFolder } from "../../test/fixtures/runs.ts";
import { type Commit, captured } from "../config/captures/capture.ts";
import type { WorkspaceInfo } from "../core/params.ts";
import { fail, ok } from "../core/result.ts";
import type { Check } from "../core/setup.ts";
import { writeShards, writeTokenizer } from "./base-dir-fixture.ts";
import { examine } from "./doctor.ts";
import type { Patient } from "./doctor-check.ts";
import { type Answers, withEmptyPath } from "./nvidia-smi-fixture.ts";

const path = withEmptyPath();
/** Itself, for what the PATH calls python3 may be a script that needs the PATH. */
const REAL_PYTHON = Bun.spawnSync(["python3", "-c", "import sys; print(sys.executable)"]).stdout.toString().trim();
const KEYS = /^(WANDB_|HF_|XDG_|TRANSFORMERS_OFFLINE$|HOME$)/;
const ALL_MODULES = { torch: "2.9.1+cu128", wandb: "0.21", rustbpe: "0.1", pyarrow: "20", datasets: "4.0.0", pip: "25.0" };

let folder: ReturnType<typeof temporaryFolder>;
let checkout: string;
let base: string;
const before = { ...process.env };
beforeEach(() => {
  folder = temporaryFolder();
  [checkout, base] = [join(folder.path, "checkout"), join(folder.path, "base")];
  for (const dir of [checkout, base, join(folder.path, "home")]) mkdirSync(dir);
  // Nobody's keys, so that no service is asked about one.
  for (const name of Object.keys(process.env)) if (KEYS.test(name)) delete process.env[name];
  process.env["HOME"] = join(folder.path, "home");
  for (const name of ["CONFIG", "CACHE"]) process.env[`XDG_${name}_HOME`] = join(folder.path, name.toLowerCase());
  usePython(ALL_MODULES);
});
afterEach(() => {
  for (const name of Object.keys(process.env)) if (KEYS.test(name)) delete process.env[name];
  for (const [name, value] of Object.entries(before)) if (KEYS.test(name)) process.env[name] = value;
  folder.remove();
});

/** A Python that says that it has these modules. */
const usePython = (modules: Readonly<Record<string, string>>): void =>
  path.put("python", `echo 'a start-up file prints this'\necho '${JSON.stringify(modules)}'`);

const infoOf = (commit: Commit, more: Partial<WorkspaceInfo> = {}): WorkspaceInfo => captured(commit, { dir: checkout, ...more });

const patientOf = (info: WorkspaceInfo, argv = [join(path.bin, "python")]): Patient => ({
  info,
  python: ok({ argv, reason: "--python", version: "3.12.1", torch: "2.9.1" }),
  baseDir: base,
});

const NEW = "92d63d4";
const OLD = "63bb583";

async function check(id: string, patient: Commit | Patient = NEW): Promise<Check> {
  const checks = await examine(typeof patient === "string" ? patientOf(infoOf(patient)) : patient, () => undefined);
  const found = checks.find((one) => one.id === id);
  if (found === undefined) throw new Error(`There is no check ${id}`);
  return found;
}
const verdict = async (id: string, patient?: Commit | Patient): Promise<string> => {
  const { status, verdict: text } = await check(id, patient);
  return `${status}: ${text}`;
};

const write = (file: string, text = ""): void => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
};

describe("all checks together", () => {
  test("come in one order, each is told as soon as it is known, and none twice", async () => {
    const steps: Array<readonly [ids: string, looking: number]> = [];
    const checks = await examine(patientOf(infoOf(NEW)), (some, looking) => steps.push([some.map(({ id }) => id).join(), looking]));
    const ids = checks.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(steps.map(([, looking]) => looking)).toEqual(ids.map((_, index) => ids.length - 1 - index));
    expect(steps.at(-1)?.[0]).toBe(ids.join());
    for (const [some] of steps) expect(some).toBe(ids.filter((id) => some.split(",").includes(id)).join());
  });

  test("say what was seen, and what would mend what is wrong", async () => {
    for (const commit of [NEW, OLD] as const) {
      for (const one of await examine(patientOf(infoOf(commit)), () => undefined)) {
        expect([one.id, one.verdict.length > 0 && one.evidence.length > 0]).toEqual([one.id, true]);
        if (one.status === "bad" || one.status === "warn") expect([one.id, one.remedy ?? ""]).not.toEqual([one.id, ""]);
        expect(one.remedy ?? "").not.toEndWith(".");
      }
    }
  });

  test("of the pocket are those alone that it has a use for", async () => {
    const pocket = { ...patientOf(infoOf(NEW, { kind: "pocket", commit: null, features: { pocket: true } })) };
    const checks = await examine(pocket, () => undefined);
    expect(checks.filter(({ status }) => status !== "skipped").map(({ id, status }) => [id, status])).toEqual([
      ["python", "good"],
      ["checkout", "good"],
      ["base-dir", "good"],
    ]);
  });

  test("ask nobody about a key where there is none", async () => {
    expect((await check("wandb-account")).status).toBe("skipped");
    expect((await check("hf-account")).status).toBe("skipped");
  });
});

describe("Python and its modules", () => {
  test("a Python that will not do is told with its remedy, and its modules are unknown", async () => {
    const patient = { ...patientOf(infoOf(NEW)), python: fail("refused", "No Python here", { remedy: "Name one with --python" }) };
    expect(await check("python", patient)).toMatchObject({ status: "bad", remedy: "Name one with --python" });
    expect(await verdict("torch", patient)).toBe("unknown: Python could not be asked");
    expect((await check("tokenizer", patient)).fix).toBeNull();
  });

  test("a module that is there is told with its version, behind what a start-up file prints", async () => {
    expect(await verdict("torch")).toBe("good: 2.9.1+cu128");
  });

  test("a real Python is asked without importing what is looked for", async () => {
    const site = join(folder.path, "site");
    write(join(site, "wandb", "__init__.py"), "raise SystemExit('imported')");
    write(join(site, "wandb-0.0.7.dist-info", "METADATA"), "Metadata-Version: 2.1\nName: wandb\nVersion: 0.0.7\n");
    path.put("with-site", `PYTHONPATH='${site}' exec '${REAL_PYTHON}' "$@"`);
    expect(await verdict("wandb", patientOf(infoOf(NEW), [join(path.bin, "with-site")]))).toBe("good: 0.0.7");
  });

  test("a module that is missing is installed with pip, or with uv where there is no pip", async () => {
    const python = join(path.bin, "python");
    usePython({ pip: "25.0" });
    expect((await check("wandb")).fix?.argv).toEqual([python, "-m", "pip", "install", "wandb"]);
    usePython({});
    expect(await check("wandb")).toMatchObject({
      status: "bad",
      fix: { argv: ["uv", "pip", "install", "--python", python, "wandb"], cwd: checkout },
    });
  });

  test("uv is no must, and where it is it offers to install what the checkout needs", async () => {
    expect(await verdict("uv")).toBe("skipped: not installed");
    path.put("uv", "echo uv 0.9.1");
    expect(await check("uv")).toMatchObject({ status: "good", verdict: "uv 0.9.1", fix: { argv: ["uv", "sync"], cwd: checkout } });
  });
});

test("a checkout is told by its commit, and warned of where that does not tell what ran", async () => {
  expect(await verdict("checkout")).toBe("good: 92d63d4");
  expect(await verdict("checkout", patientOf(infoOf(NEW, { dirty: true })))).toBe("warn: 92d63d4, with changes");
  expect(await verdict("checkout", patientOf(infoOf(NEW, { commit: null })))).toBe("warn: no git checkout");
});

const gpu = (index: number, used: string, capability = "9.0"): string =>
  `${index}, NVIDIA H100 80GB HBM3, 0, ${used}, 81559, 70.00, 30, ${capability}`;
const HEAD = "| NVIDIA-SMI 550.54.15    Driver Version: 550.54.15    CUDA Version: 12.4     |";
const smi = (gpus: readonly string[], processes = "", head = HEAD): Answers => [
  ["query-gpu", gpus.join("\n")],
  ["query-compute-apps", processes],
  ["", head],
];

describe("GPUs", () => {
  test("without any, a version that needs CUDA cannot train", async () => {
    expect((await check("gpus", NEW)).status).toBe("warn");
    expect((await check("gpus", "3a5e0bc")).status).toBe("bad");
  });

  test("are free, in use, or tell nothing, which is not the same as free", async () => {
    path.nvidiaSmi(smi([gpu(0, "4"), gpu(1, "4")]));
    expect(await verdict("gpus")).toBe("good: 2 free");
    path.nvidiaSmi(smi([gpu(0, "4"), gpu(1, "60000")]));
    expect(await verdict("gpus")).toBe("warn: 1 of 2 in use");
    path.nvidiaSmi(smi([gpu(0, "4"), gpu(1, "[Unknown Error]")]));
    expect(await verdict("gpus")).toBe("warn: 1 of 2 tell no memory");
  });

  test("Flash Attention 3 is for Hopper, and unknown where the capability is", async () => {
    expect((await check("attention")).status).toBe("skipped");
    const told = async (capability: string): Promise<string> => {
      path.nvidiaSmi(smi([gpu(0, "4", capability)]));
      return verdict("attention");
    };
    expect(await told("9.0")).toBe("good: Flash Attention 3");
    expect(await told("8.0")).toBe("warn: PyTorch's own, slower");
    expect(await told("[N/A]")).toBe("unknown: capability not told");
  });
});

describe("the CUDA driver", () => {
  test("is none where there is no nvidia-smi", async () => {
    expect(await verdict("driver")).toBe("skipped: none");
  });

  test("is told with the CUDA that it runs; a newer minor version of torch's CUDA runs on it too", async () => {
    path.nvidiaSmi(smi([gpu(0, "4")]));
    expect(await check("driver")).toMatchObject({
      status: "good",
      verdict: "550.54.15, CUDA 12.4",
      evidence: ["Driver 550.54.15, which runs CUDA up to 12.4.", "torch 2.9.1+cu128"],
    });
  });

  const BUILDS: ReadonlyArray<readonly [torch: string, says: string]> = [
    ["2.9.1+cu130", "bad: too old for torch's CUDA 13"],
    ["2.9.1+cpu", "bad: torch is built without CUDA"],
    ["2.5.1+cu118", "good: 550.54.15, CUDA 12.4"],
    ["2.9.1", "good: 550.54.15, CUDA 12.4"],
  ];
  for (const [torch, says] of BUILDS) {
    test(`with torch ${torch} is ${says}`, async () => {
      usePython({ ...ALL_MODULES, torch });
      path.nvidiaSmi(smi([gpu(0, "4")]));
      expect(await verdict("driver")).toBe(says);
    });
  }

  test("that does not answer is told in nvidia-smi's own words", async () => {
    path.nvidiaSmi([["", "Failed to initialize NVML: Driver/library version mismatch", 18]]);
    expect(await check("driver")).toMatchObject({
      status: "bad",
      evidence: ["Failed to initialize NVML: Driver/library version mismatch"],
    });
  });
});

describe("GPU processes", () => {
  test("do not matter without a GPU", async () => {
    expect(await verdict("gpu-processes")).toBe("skipped: no GPU");
  });

  test("are named with what they hold, the largest first", async () => {
    path.nvidiaSmi(smi([gpu(0, "3072")], "12, small, 1024\n13, large, 2048"));
    expect(await check("gpu-processes")).toMatchObject({
      status: "warn",
      verdict: "2 processes hold 3.00 GiB",
      evidence: ["13 large: 2.00 GiB", "12 small: 1.00 GiB"],
    });
  });

  test("may be out of sight while memory is held", async () => {
    path.nvidiaSmi(smi([gpu(0, "4")]));
    expect(await verdict("gpu-processes")).toBe("good: none");
    path.nvidiaSmi(smi([gpu(0, "40960")]));
    expect(await verdict("gpu-processes")).toBe("warn: 40.0 GiB held by nobody to be seen");
  });
});

describe("ports", () => {
  test("of chat_web count only where the checkout has it", async () => {
    expect((await check("ports", NEW)).evidence.map((line) => line.split(":")[0])).toEqual(["29500 (torchrun)"]);
    expect((await check("ports", OLD)).evidence.map((line) => line.split(":")[0])).toEqual(["8000 (chat_web)", "29500 (torchrun)"]);
  });

  test("that are taken are said with the way round", async () => {
    const server = createServer();
    // Where another program has the port already it is taken as well.
    await new Promise<void>((resolve) => server.once("error", () => resolve()).listen(8000, "127.0.0.1", () => resolve()));
    try {
      const told = await check("ports", OLD);
      expect(told).toMatchObject({ status: "warn", verdict: expect.stringContaining("8000") });
      expect(told.remedy).toContain("`--port` gives chat_web another");
    } finally {
      server.close();
    }
  });
});

describe("the base dir", () => {
  test("that cannot be written is bad, with another way", async () => {
    rmSync(base, { recursive: true });
    writeFileSync(base, "");
    expect(await check("base-dir")).toMatchObject({
      status: "bad",
      verdict: "cannot be written",
      remedy: expect.stringContaining("--base-dir"),
    });
  });

  test("a tokenizer wants both of its files, whole", async () => {
    expect(await check("tokenizer")).toMatchObject({
      verdict: "none",
      fix: { argv: [join(path.bin, "python"), "-m", "scripts.tok_train"] },
    });
    writeTokenizer(base, 512);
    expect(await verdict("tokenizer")).toBe("good: 512 tokens");
    rmSync(join(base, "tokenizer", "tokenizer.pkl"));
    expect(await check("tokenizer")).toMatchObject({
      status: "bad",
      evidence: [`There is no ${join(base, "tokenizer", "tokenizer.pkl")}.`],
    });
    writeTokenizer(base, 512);
    writeFileSync(join(base, "tokenizer", "token_bytes.pt"), "torn");
    expect(await verdict("tokenizer")).toBe("bad: token_bytes.pt is unreadable");
  });

  test("shards are two at least, told where they lie, and fetched by the checkout's own module", async () => {
    const fork = patientOf(infoOf(NEW, { package: "minichat" }));
    expect(await check("shards", fork)).toMatchObject({
      status: "bad",
      fix: { argv: [join(path.bin, "python"), "-m", "minichat.dataset", "-n", "8"], env: { NANOCHAT_BASE_DIR: base } },
    });
    writeShards(base, "base_data", 1);
    expect(await verdict("shards")).toBe("bad: one, which is too few");
    writeShards(base, "base_data", 4);
    expect(await check("shards")).toMatchObject({
      status: "good",
      verdict: "4",
      evidence: [join(base, "base_data"), expect.anything(), expect.anything()],
    });
  });

  test("shards of a checkout that does not tell its folder are unknown, not none", async () => {
    const info = infoOf(NEW);
    expect((await check("shards", patientOf({ ...info, features: { ...info.features, shards_folder: null } }))).status).toBe("unknown");
  });
});

describe("CORE data", () => {
  test("is fetched when needed by versions that do, and missed in others", async () => {
    expect(await verdict("eval-bundle", NEW)).toBe("good: fetched when needed");
    expect(await verdict("eval-bundle", "3a5e0bc")).toBe("warn: not there");
  });

  test("is there with its core.yaml, and not whole without", async () => {
    write(join(base, "eval_bundle", "other.csv"));
    expect(await verdict("eval-bundle")).toBe("bad: not whole");
    write(join(base, "eval_bundle", "core.yaml"));
    expect(await verdict("eval-bundle")).toBe("good: there");
  });

  test("a zip that was never unpacked keeps the script from fetching it", async () => {
    write(join(base, "eval_bundle.zip"));
    expect(await verdict("eval-bundle")).toBe("bad: fetched, not unpacked");
  });
});

describe("task data", () => {
  const OWN = 'self.ds = load_hub_dataset("cais/mmlu", subset, split=split)\n';
  const LIBRARY = 'self.ds = load_dataset("cais/mmlu", subset, split=split)\n';
  const split = (): string => join(base, "task_data", "cais--mmlu", "all", "test");

  test("of a checkout without tasks is none", async () => {
    expect((await check("task-data")).status).toBe("skipped");
  });

  test("that is missing is fetched when it is needed, and told with where it would lie", async () => {
    write(join(checkout, "tasks", "mmlu.py"), OWN);
    const missing = await check("task-data");
    expect(missing).toMatchObject({ status: "good", verdict: "0 of 1 there, the rest when needed" });
    expect(missing.evidence[0]).toBe(`cais/mmlu: not in ${join(base, "task_data", "cais--mmlu")}`);
    write(join(split(), "00000.parquet"));
    write(join(split(), "manifest.json"), '["00000.parquet"]');
    expect(await check("task-data")).toMatchObject({ status: "good", verdict: "1 of 1 there", evidence: ["cais/mmlu: all/test"] });
  });

  test("that is torn is deleted, for the script takes it for whole", async () => {
    write(join(checkout, "tasks", "mmlu.py"), OWN);
    write(join(split(), "manifest.json"), '["00000.parquet"]');
    expect(await check("task-data")).toMatchObject({ status: "bad", remedy: `Delete ${split()}: it is fetched anew when it is needed` });
  });

  test("needs the package that the tasks read it with", async () => {
    write(join(checkout, "tasks", "mmlu.py"), LIBRARY);
    usePython({ pip: "25.0" });
    expect(await check("task-data")).toMatchObject({
      status: "bad",
      verdict: "datasets is not installed",
      fix: { title: "Install datasets" },
    });
  });

  test("that is missing while nothing may be downloaded is bad", async () => {
    write(join(checkout, "tasks", "mmlu.py"), LIBRARY);
    process.env["HF_HUB_OFFLINE"] = "1";
    expect(await check("task-data")).toMatchObject({ status: "bad", remedy: expect.stringContaining("Unset HF_HUB_OFFLINE") });
    write(join(folder.path, "cache", "huggingface", "datasets", "cais___mmlu", "all", "0.0.0", "abc", "dataset_info.json"));
    expect(await verdict("task-data")).toBe("good: 1 of 1 there");
  });

  test("that no script fetches is warned of, and fetched by the doctor's own fix", async () => {
    const url = "https://example.com/identity_conversations.jsonl";
    write(join(checkout, "scripts", "chat_sft.py"), 'path = os.path.join(base_dir, "identity_conversations.jsonl")\n');
    write(join(checkout, "tasks", "customjson.py"), `print(f"curl -L -o {filepath} ${url}")\n`);
    expect(await check("task-data")).toMatchObject({
      status: "warn",
      verdict: "without identity_conversations.jsonl",
      fix: { argv: ["curl", "-fL", "--create-dirs", "-o", join(base, "identity_conversations.jsonl"), url] },
    });
  });
});

describe("reports", () => {
  test("are for versions that write them", async () => {
    expect(await verdict("report", NEW)).toBe("skipped: this version writes none");
    expect(await verdict("report", OLD)).toBe("good: made when needed");
  });

  test("are counted by their sections", async () => {
    write(join(base, "report", "header.md"));
    expect(await check("report", OLD)).toMatchObject({
      status: "good",
      verdict: "1 section",
      evidence: [join(base, "report"), "header.md"],
    });
  });

  test("cannot be written where something else lies in their place", async () => {
    write(join(base, "report"));
    expect(await verdict("report", OLD)).toBe("bad: cannot be written");
    rmSync(base, { recursive: true });
    writeFileSync(base, "");
    expect(await check("report", OLD)).toMatchObject({
      status: "bad",
      evidence: [join(base, "report"), "a part of the path is not a folder"],
    });
  });

  test.skipIf(process.getuid?.() === 0)("cannot be written without permission", async () => {
    const dir = join(realpathSync(base), "report");
    mkdirSync(dir);
    chmodSync(dir, 0o500);
    expect((await check("report", OLD)).evidence).toContain("you have no permission there");
  });
});
