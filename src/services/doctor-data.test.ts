/** What the doctor says of the data: base dir, tokenizer, shards, what evaluations and tasks read, reports. */
import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DATA } from "../config/rules/fixtures.ts";
import { writeShards, writeTokenizer } from "./base-dir-fixture.ts";
import { baseDirectory } from "./doctor-data.ts";
import { NEW, OLD, withPatient, write } from "./doctor-fixture.ts";

const doctor = withPatient();
const { path, usePython, infoOf, patientOf, check, verdict } = doctor;

describe("the base dir", () => {
  test("that cannot be written is bad, with another way", async () => {
    rmSync(doctor.base, { recursive: true });
    writeFileSync(doctor.base, "");
    expect(await check("base-dir")).toMatchObject({
      status: "bad",
      verdict: "cannot be written",
      remedy: expect.stringContaining("--base-dir"),
    });
  });

  test("on a full disk it is bad, on a nearly full one worth a word", () => {
    const judge = (diskFreeBytes: number) => {
      const { status, verdict: told, remedy } = baseDirectory({ info: infoOf(NEW), data: { ...DATA, diskFreeBytes } });
      return `${status}: ${told}. ${remedy}`;
    };
    expect(judge(4096)).toBe("bad: full. Free some space, or name another with --base-dir or NANOCHAT_BASE_DIR");
    expect(judge(2 ** 30)).toBe("warn: 1.00 GiB free. Shards and checkpoints take tens of gigabytes: free some space");
  });

  test("on a read-only disk it is bad, with the reason and another way", () => {
    expect(baseDirectory({ info: infoOf(NEW), data: { ...DATA, readOnly: "the file system is read-only" } })).toMatchObject({
      status: "bad",
      verdict: "cannot be written",
      evidence: expect.arrayContaining(["the file system is read-only"]),
      remedy: expect.stringContaining("--base-dir"),
    });
  });

  test("a tokenizer wants both of its files, whole", async () => {
    expect(await check("tokenizer")).toMatchObject({
      verdict: "none",
      fix: { argv: [join(path.bin, "python"), "-m", "scripts.tok_train"] },
    });
    writeTokenizer(doctor.base, 512);
    expect(await verdict("tokenizer")).toBe("good: 512 tokens");
    rmSync(join(doctor.base, "tokenizer", "tokenizer.pkl"));
    expect(await check("tokenizer")).toMatchObject({
      status: "bad",
      evidence: [`There is no ${join(doctor.base, "tokenizer", "tokenizer.pkl")}.`],
    });
    writeTokenizer(doctor.base, 512);
    writeFileSync(join(doctor.base, "tokenizer", "token_bytes.pt"), "torn");
    expect(await verdict("tokenizer")).toBe("bad: token_bytes.pt is unreadable");
  });

  test("shards are two at least, told where they lie, and fetched by the checkout's own module", async () => {
    const fork = patientOf(infoOf(NEW, { package: "minichat" }));
    expect(await check("shards", fork)).toMatchObject({
      status: "bad",
      fix: { argv: [join(path.bin, "python"), "-m", "minichat.dataset", "-n", "8"], env: { NANOCHAT_BASE_DIR: doctor.base } },
    });
    writeShards(doctor.base, "base_data", 1);
    expect(await verdict("shards")).toBe("bad: one, which is too few");
    writeShards(doctor.base, "base_data", 4);
    expect(await check("shards")).toMatchObject({
      status: "good",
      verdict: "4",
      evidence: [join(doctor.base, "base_data"), expect.anything(), expect.anything()],
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
    write(join(doctor.base, "eval_bundle", "other.csv"));
    expect(await verdict("eval-bundle")).toBe("bad: not whole");
    write(join(doctor.base, "eval_bundle", "core.yaml"));
    expect(await verdict("eval-bundle")).toBe("good: there");
  });

  test("a zip that was never unpacked keeps the script from fetching it", async () => {
    write(join(doctor.base, "eval_bundle.zip"));
    expect(await verdict("eval-bundle")).toBe("bad: fetched, not unpacked");
  });
});

describe("task data", () => {
  const OWN = 'self.ds = load_hub_dataset("cais/mmlu", subset, split=split)\n';
  const LIBRARY = 'self.ds = load_dataset("cais/mmlu", subset, split=split)\n';
  const split = (): string => join(doctor.base, "task_data", "cais--mmlu", "all", "test");

  test("of a checkout without tasks is none", async () => {
    expect((await check("task-data")).status).toBe("skipped");
  });

  test("that is missing is fetched when it is needed, and told with where it would lie", async () => {
    write(join(doctor.checkout, "tasks", "mmlu.py"), OWN);
    const missing = await check("task-data");
    expect(missing).toMatchObject({ status: "good", verdict: "0 of 1 there, the rest when needed" });
    expect(missing.evidence[0]).toBe(`cais/mmlu: not in ${join(doctor.base, "task_data", "cais--mmlu")}`);
    write(join(split(), "00000.parquet"));
    write(join(split(), "manifest.json"), '["00000.parquet"]');
    expect(await check("task-data")).toMatchObject({ status: "good", verdict: "1 of 1 there", evidence: ["cais/mmlu: all/test"] });
  });

  test("that is torn is deleted, for the script takes it for whole", async () => {
    write(join(doctor.checkout, "tasks", "mmlu.py"), OWN);
    write(join(split(), "manifest.json"), '["00000.parquet"]');
    expect(await check("task-data")).toMatchObject({ status: "bad", remedy: `Delete ${split()}: it is fetched anew when it is needed` });
  });

  test("needs the package that the tasks read it with", async () => {
    write(join(doctor.checkout, "tasks", "mmlu.py"), LIBRARY);
    usePython({ pip: "25.0" });
    expect(await check("task-data")).toMatchObject({
      status: "bad",
      verdict: "datasets is not installed",
      fix: { title: "Install datasets" },
    });
  });

  test("that is missing while nothing may be downloaded is bad", async () => {
    write(join(doctor.checkout, "tasks", "mmlu.py"), LIBRARY);
    process.env["HF_HUB_OFFLINE"] = "1";
    expect(await check("task-data")).toMatchObject({ status: "bad", remedy: expect.stringContaining("Unset HF_HUB_OFFLINE") });
    write(join(doctor.folder, "cache", "huggingface", "datasets", "cais___mmlu", "all", "0.0.0", "abc", "dataset_info.json"));
    expect(await verdict("task-data")).toBe("good: 1 of 1 there");
  });

  test("that no script fetches is warned of, and fetched by the doctor's own fix", async () => {
    const url = "https://example.com/identity_conversations.jsonl";
    write(join(doctor.checkout, "scripts", "chat_sft.py"), 'path = os.path.join(base_dir, "identity_conversations.jsonl")\n');
    write(join(doctor.checkout, "tasks", "customjson.py"), `print(f"curl -L -o {filepath} ${url}")\n`);
    expect(await check("task-data")).toMatchObject({
      status: "warn",
      verdict: "without identity_conversations.jsonl",
      fix: { argv: ["curl", "-fL", "--create-dirs", "-o", join(doctor.base, "identity_conversations.jsonl"), url] },
    });
  });
});

describe("reports", () => {
  test("are for versions that write them", async () => {
    expect(await verdict("report", NEW)).toBe("skipped: this version writes none");
    expect(await verdict("report", OLD)).toBe("good: made when needed");
  });

  test("are counted by their sections", async () => {
    write(join(doctor.base, "report", "header.md"));
    expect(await check("report", OLD)).toMatchObject({
      status: "good",
      verdict: "1 section",
      evidence: [join(doctor.base, "report"), "header.md"],
    });
  });

  test("cannot be written where something else lies in their place", async () => {
    write(join(doctor.base, "report"));
    expect(await verdict("report", OLD)).toBe("bad: cannot be written");
    rmSync(doctor.base, { recursive: true });
    writeFileSync(doctor.base, "");
    expect(await check("report", OLD)).toMatchObject({
      status: "bad",
      evidence: [join(doctor.base, "report"), "a part of the path is not a folder"],
    });
  });

  test.skipIf(process.getuid?.() === 0)("cannot be written without permission", async () => {
    const dir = join(realpathSync(doctor.base), "report");
    mkdirSync(dir);
    chmodSync(dir, 0o500);
    expect((await check("report", OLD)).evidence).toContain("you have no permission there");
  });
});
