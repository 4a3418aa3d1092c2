/** The doctor: each check with what it saw, and what would mend it. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../core/result.ts";
import { examine } from "./doctor.ts";
import { NEW, OLD, withPatient, write } from "./doctor-fixture.ts";

const doctor = withPatient();
const { path, usePython, infoOf, patientOf, check, verdict } = doctor;

/** Itself, for what the PATH calls python3 may be a script that needs the PATH. */
const REAL_PYTHON = Bun.spawnSync(["python3", "-c", "import sys; print(sys.executable)"]).stdout.toString().trim();

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

  test("of the pocket's tokenizer tell that its plan makes one, and that it is there once it has", async () => {
    const pocket = { ...patientOf(infoOf(NEW, { kind: "pocket", commit: null, features: { pocket: true } })) };
    expect(await verdict("tokenizer", pocket)).toBe("skipped: the pocket's plan makes one");
    mkdirSync(join(doctor.base, "tokenizer"));
    writeFileSync(join(doctor.base, "tokenizer", "tokenizer.pkl"), "{}");
    expect(await verdict("tokenizer", pocket)).toBe("good: 265 tokens");
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
    const site = join(doctor.folder, "site");
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
      fix: { argv: ["uv", "pip", "install", "--python", python, "wandb"], cwd: doctor.checkout },
    });
  });

  test("uv is no must, and where it is it offers to install what the checkout needs", async () => {
    expect(await verdict("uv")).toBe("skipped: not installed");
    path.put("uv", "echo uv 0.9.1");
    expect(await check("uv")).toMatchObject({ status: "good", verdict: "uv 0.9.1", fix: { argv: ["uv", "sync"], cwd: doctor.checkout } });
  });
});

test("a checkout is told by its commit, and warned of where that does not tell what ran", async () => {
  expect(await verdict("checkout")).toBe("good: 92d63d4");
  expect(await verdict("checkout", patientOf(infoOf(NEW, { dirty: true })))).toBe("warn: 92d63d4, with changes");
  expect(await verdict("checkout", patientOf(infoOf(NEW, { commit: null })))).toBe("warn: no git checkout");
});
