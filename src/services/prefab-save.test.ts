import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { BASE_TRAIN, parameter, script, workspace } from "../config/fixtures.ts";
import { keepingOf } from "../config/kept.ts";
import { makePlan } from "../config/plan.ts";
import { type Edit, NOTHING_KNOWN, type PlanInput } from "../config/plan-input.ts";
import { prefabOfPlan } from "../config/plan-prefab.ts";
import { loadPrefab, loadPrefabFile, type Prefab } from "../config/prefab.ts";
import type { PrefabFolder } from "../config/prefab-files.ts";
import type { Plan, Value } from "../core/plan.ts";
import { type Result, sentence } from "../core/result.ts";
import { deletePrefab, savePrefab } from "./prefab-save.ts";

const SCRIPTS = workspace([
  script("nanochat.dataset", [parameter("num_files", "int", -1)]),
  script("scripts.tok_train", [parameter("vocab_size", "int", 32768)]),
  BASE_TRAIN,
]);

let dir: string;
let home: string;
let folders: PrefabFolder[];
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "prefab-save-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));
beforeEach(() => {
  home = mkdtempSync(join(dir, "home-"));
  for (const folder of ["ours", "prefabs"]) mkdirSync(join(home, folder));
  folders = [
    { dir: join(home, "ours"), layer: "prefab" },
    { dir: join(home, "prefabs"), layer: "user prefab" },
  ];
});

const ours = (name: string, yaml: string): void => writeFileSync(join(home, "ours", `${name}.yaml`), yaml);
const mine = (name: string, yaml: string): void => writeFileSync(join(home, "prefabs", `${name}.yaml`), yaml);
const textOf = (name: string): string => readFileSync(join(home, "prefabs", `${name}.yaml`), "utf8");

function good<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(sentence(result.failure));
  return result.value;
}
const load = (name: string): Prefab => good(loadPrefab(name, folders));

const inputOf = (prefab: Prefab, more: Partial<PlanInput> = {}): PlanInput => ({
  prefab,
  workspace: SCRIPTS,
  python: { argv: ["python3"], reason: "test" },
  baseDir: "/base",
  sets: [],
  name: "x",
  modelTag: "x",
  surroundings: NOTHING_KNOWN,
  ...more,
});
const planOf = (prefab: Prefab, more: Partial<PlanInput> = {}): Plan => good(makePlan(inputOf(prefab, more)));
const valuesOf = ({ env, stages }: Plan) => ({
  env,
  stages: stages.map(({ script: module, ranks, values }) => [module, ranks, values.map(({ parameter: { name }, value }) => [name, value])]),
});

const save = (prefab: Prefab, name: string, more: Partial<PlanInput> = {}, overwrite = false) =>
  savePrefab({ home, folders }, good(keepingOf(inputOf(prefab, more))), name, overwrite);

const BELOW = `name: below
env: {OMP_NUM_THREADS: "1"}
stages:
  - script: scripts.tok_train
  - script: scripts.base_train
    set: {depth: 12, device_batch_size: 8}
`;

describe("a prefab of ours", () => {
  test("is extended with only what differs", () => {
    ours("below", BELOW);
    expect(good(save(load("below"), "mine", { sets: ["depth=4", "device_batch_size=8", "embedding_lr=0.3"] }))).toMatchObject({
      how: "extends",
      extends: "below",
      lost: [],
    });
    expect(textOf("mine")).toBe("name: mine\nextends: below\nstages:\n  - script: scripts.base_train\n    set:\n      depth: 4\n");
  });

  test("keeps a value that goes back to the script's default, which is then said", () => {
    ours("below", BELOW);
    good(save(load("below"), "mine", { edits: [{ script: "base_train", name: "depth", value: null, layer: "fix" }] }));
    expect(textOf("mine")).toContain("depth: 20");
    expect(planOf(load("mine")).stages[1]?.args).not.toContain("--depth=12");
  });

  test("of the same name is copied with its comments, and so hidden", () => {
    ours("below", `# a note\n${BELOW}`);
    const refused = save(load("below"), "below", { sets: ["depth=4"] });
    expect(refused.ok ? null : refused.failure).toMatchObject({
      code: "refused",
      what: "below is a prefab that comes with the program",
      why: expect.stringContaining(join(home, "ours", "below.yaml")),
    });
    expect(load("below").file).toBe(join(home, "ours", "below.yaml"));
    expect(good(save(load("below"), "below", { sets: ["depth=4"] }, true))).toMatchObject({ how: "copy", extends: null });
    expect(textOf("below")).toBe(`# a note\n${BELOW}`.replace("depth: 12", "depth: 4"));
  });

  test("comes to light again when the one that hides it is deleted, and is not deleted itself", () => {
    ours("below", BELOW);
    good(save(load("below"), "below", { sets: ["depth=4"] }, true));
    const place = { home, folders };
    expect(good(deletePrefab(place, "below"))).toEqual({ deleted: join(home, "prefabs", "below.yaml"), shows: load("below").file });
    const again = deletePrefab(place, "below");
    expect(again.ok ? null : again.failure).toMatchObject({ code: "refused", what: "below comes with the program" });
    expect(deletePrefab(place, "belwo")).toMatchObject({ failure: { code: "not-found", remedy: "Did you mean below?" } });
  });

  test("that another extends is written whole where extending would be a circle", () => {
    ours("below", BELOW);
    ours("above", "name: above\nextends: below\nstages:\n  - script: scripts.base_train\n    set: {fp8: true}\n");
    expect(good(save(load("above"), "below", { sets: ["depth=4"] }, true))).toMatchObject({ how: "whole", extends: null });
    expect(planOf(load("below")).stages[1]?.args).toEqual(["--depth=4", "--device-batch-size=8", "--fp8", "--model-tag=x"]);
  });

  test("gets stages in front of its own", () => {
    ours("below", BELOW);
    good(save(load("below"), "mine", { inserted: [{ script: "nanochat.dataset", set: { num_files: 8 } }] }));
    expect(planOf(load("mine")).stages.map(({ name }) => name)).toEqual(["01-dataset", "02-tok_train", "03-base_train"]);
    expect(textOf("mine")).toContain("- script: nanochat.dataset\n    set:\n      num_files: 8\n  - script: scripts.tok_train");
  });
});

const MINE = `# mine, and nobody else's
name: mine
extends: below # which is ours

stages:
  # the large one
  - script: scripts.base_train
    ranks: 2
    set:
      # as deep as it fits
      depth: 0x10   # sixteen
      'fp8': true

      device-batch-size: 4
# the end
`;

describe("a prefab of the user's", () => {
  beforeEach(() => {
    ours("below", BELOW);
    mine("mine", MINE);
  });

  test("is changed where it stands, and nothing else of it", () => {
    good(save(load("mine"), "mine", { sets: ["depth=6", "device_batch_size=2", "embedding_lr=0.1", "vocab_size=512"] }, true));
    expect(textOf("mine")).toBe(
      MINE.replace("0x10", "6").replace(
        "batch-size: 4",
        "batch-size: 2\n      embedding_lr: 0.1\n  - script: scripts.tok_train\n    set:\n      vocab_size: 512",
      ),
    );
  });

  test("loses the line of what is inherited or the default again, with the comment behind it", () => {
    const sets = ["depth=12", "fp8=false", "base_train.ranks=1"];
    const refused = save(load("mine"), "mine", { sets });
    expect(refused.ok ? "saved" : refused.failure.why).toBe(
      "base_train.depth 16, base_train.fp8 true, base_train.ranks 2, # sixteen would be lost",
    );
    good(save(load("mine"), "mine", { sets }, true));
    expect(textOf("mine")).toBe(MINE.replace("    ranks: 2\n", "").replace("      depth: 0x10   # sixteen\n      'fp8': true\n", ""));
  });

  test("is not written when nothing differs", () => {
    good(save(load("mine"), "mine", { sets: ["depth=16"] }, true));
    expect(textOf("mine")).toBe(MINE);
  });

  test("is taken as it is now, not as it was when the edits began", () => {
    const before = load("mine");
    good(save(before, "mine", { sets: ["depth=6"] }, true));
    good(save(before, "mine", {}, true));
    expect(textOf("mine")).toBe(MINE.replace("0x10", "16"));
  });

  test("replaced by another one, names all that is lost", () => {
    const refused = save(load("below"), "mine", { sets: ["depth=16"] });
    const lost = "base_train.fp8 true, base_train.device-batch-size 4, base_train.ranks 2, # mine, and nobody else's";
    expect(refused.ok ? "" : refused.failure.why).toContain(lost);
    expect(textOf("mine")).toBe(MINE);
  });

  test("whose values are shared by an alias is left alone, with a remedy", () => {
    mine(
      "shared",
      "name: shared\nstages:\n  - script: scripts.tok_train\n    set: {vocab_size: &n 512}\n  - script: scripts.base_train\n    set: {depth: *n}\n",
    );
    const refused = save(load("shared"), "shared", { sets: ["vocab_size=1024"] }, true);
    expect(refused.ok ? "" : refused.failure).toMatchObject({ code: "failed", remedy: expect.stringContaining("another name") });
    expect(good(save(load("shared"), "other", { sets: ["vocab_size=1024"] }))).toMatchObject({ how: "extends" });
  });

  test("of a file that lies elsewhere is copied, with its comments", () => {
    const file = join(home, "elsewhere.yaml");
    writeFileSync(file, MINE.replace("name: mine", "name: elsewhere"));
    expect(good(save(good(loadPrefabFile(file, folders)), "taken", { sets: ["depth=6"] }))).toMatchObject({
      how: "copy",
      extends: "below",
    });
    expect(textOf("taken")).toBe(MINE.replace("name: mine", "name: taken").replace("0x10", "6"));
  });
});

describe("a past run", () => {
  const past = (): Prefab => prefabOfPlan(planOf(load("below"), { sets: ["depth=4"] }), "r1", "/runs/r1/plan.yaml");
  beforeEach(() => ours("below", BELOW));

  test("extends the prefab that it was made from, as that is now", () => {
    const run = { ...past(), madeFrom: "below" };
    ours("below", BELOW.replace("device_batch_size: 8", "device_batch_size: 16"));
    good(save(run, "again"));
    expect(textOf("again")).toContain("extends: below");
    expect(textOf("again")).toContain("depth: 4\n      device_batch_size: 8");
  });

  test("is written whole where that prefab is gone, or has other stages", () => {
    const run = past();
    const was = valuesOf(planOf(run));
    expect(good(save({ ...run, madeFrom: "gone" }, "again"))).toMatchObject({ how: "whole", extends: null });
    ours("below", `${BELOW}  - script: nanochat.dataset\n`);
    expect(good(save({ ...run, madeFrom: "below" }, "once-more"))).toMatchObject({ how: "whole" });
    for (const name of ["again", "once-more"]) expect(valuesOf(planOf(load(name)))).toEqual(was);
  });
});

/** Random prefabs, as people write them, and random edits: what is saved reads as the same plan again. */
const VALUES: Readonly<Record<string, fc.Arbitrary<Value>>> = {
  depth: fc.integer({ min: 1, max: 40 }),
  device_batch_size: fc.constantFrom(1, 2, 4, 8, 32),
  embedding_lr: fc.oneof(fc.constantFrom(0.3, 1e-7, 0.5, 2), fc.double({ min: 1e-9, max: 10, noNaN: true })),
  fp8: fc.boolean(),
  fp8_recipe: fc.constantFrom("rowwise", "tensorwise"),
  model_tag: fc.oneof(
    fc.string({ minLength: 1, maxLength: 12 }),
    fc.constantFrom("d12", "null", "123", "yes", "a: b", "x # y", "ü\n", "- z", "{a}"),
  ),
};
const setting = fc.constantFrom(...Object.keys(VALUES)).chain((name) => fc.tuple(fc.constant(name), VALUES[name] as fc.Arbitrary<Value>));
const settings = fc.uniqueArray(setting, { selector: ([name]) => name, maxLength: 6 });

interface Written {
  flow: boolean;
  comments: boolean[];
  values: Array<[string, Value]>;
  tokenizer: number | null;
  ranks: number | null;
  dashes: boolean;
  crlf: boolean;
}
const written: fc.Arbitrary<Written> = fc.record({
  flow: fc.boolean(),
  comments: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
  values: settings,
  tokenizer: fc.option(fc.constantFrom(256, 32768)),
  ranks: fc.option(fc.integer({ min: 1, max: 4 })),
  dashes: fc.boolean(),
  crlf: fc.boolean(),
});

function yamlOf(name: string, below: string | null, { flow, comments, values, tokenizer, ranks, dashes, crlf }: Written): string {
  const key = (one: string): string => (dashes ? one.replaceAll("_", "-") : one);
  const note = (index: number, text: string): string => (comments[index % comments.length] ? text : "");
  const set = values.map(([one, value], i) =>
    flow
      ? `${key(one)}: ${JSON.stringify(value)}`
      : `${note(i, `      # above ${i}\n`)}      ${key(one)}: ${JSON.stringify(value)}${note(i + 1, ` # behind ${i}`)}\n`,
  );
  const block = set.length === 0 ? "" : `    set:${note(3, " # values")}\n${set.join("")}`;
  const lines = [
    `${note(0, "# first\n\n")}name: ${name}\n`,
    below === null ? "" : `extends:   ${below}\n`,
    ranks === null ? "" : `ranks: ${ranks}${note(2, " # processes")}\n`,
    "stages:\n",
    tokenizer === null ? "" : `  - script: scripts.tok_train\n    set: { vocab_size: ${tokenizer} }\n`,
    `  - script: scripts.base_train${note(1, "  # train")}\n`,
    flow ? `    set: {${set.join(", ")}}${note(4, " # in one line")}\n` : block,
    note(5, "# last\n"),
  ].join("");
  return crlf ? lines.replaceAll("\n", "\r\n") : lines;
}

const edit: fc.Arbitrary<Edit> = fc.oneof(
  setting.map(([name, value]): Edit => ({ script: "base_train", name, value, layer: "override" })),
  fc.constantFrom(...Object.keys(VALUES)).map((name): Edit => ({ script: "base_train", name, value: null, layer: "fix" })),
  fc.integer({ min: 1, max: 4 }).map((value): Edit => ({ script: "base_train", name: "ranks", value, layer: "override" })),
  fc.constantFrom(256, 512, 32768).map((value): Edit => ({ script: "tok_train", name: "vocab_size", value, layer: "override" })),
);
const edits = fc.uniqueArray(edit, { selector: ({ script: of, name }) => `${of} ${name}`, maxLength: 5 });

const namesOf = (line: string): string[] =>
  [...line.matchAll(/([\w-]+)["']?:(?=\s|$)/g)].map((match) => (match[1] ?? "").replaceAll("-", "_"));

/** What `all` has besides `part`; null when `part` is not in it, in its order. */
function without(all: readonly string[], part: readonly string[]): string[] | null {
  let at = 0;
  const rest = all.filter((one) => one !== part[at] || at++ < 0);
  return at === part.length ? rest : null;
}

function prepare(below: Written, own: Written): void {
  ours("below", yamlOf("below", null, below));
  mine("mine", yamlOf("mine", "below", own));
}

test("whatever is edited and saved, in place or extending, resolves to the same plan", () => {
  fc.assert(
    fc.property(written, written, edits, fc.constantFrom("mine", "next"), (below, own, some, name) => {
      prepare(below, own);
      const wanted = good(makePlan(inputOf(load("mine"), { edits: some })));
      const saved = good(save(load("mine"), name, { edits: some }, true));
      expect(saved.how).toBe(name === "mine" ? "edited" : "extends");
      expect(valuesOf(planOf(load(name)))).toEqual(valuesOf(wanted));
    }),
    { numRuns: 300 },
  );
}, 60_000);

test("a save in place keeps order, keys and comments, and writes nothing that is not new", () => {
  fc.assert(
    fc.property(written, written, edits, (below, own, some) => {
      prepare(below, own);
      const before = textOf("mine");
      const old = planOf(load("mine"));
      const { lost } = good(save(load("mine"), "mine", { edits: some }, true));
      const after = textOf("mine");
      const comments = [...before.matchAll(/# (?:first|above \d|values|processes|train|in one line|last)/g)].map(([one]) => one);
      // A comment goes only with the value that it stands behind; then it is named.
      const gone = comments.filter((comment) => !after.includes(comment));
      expect(gone).toEqual([]);
      for (const [behind] of before.matchAll(/# behind \d/g)) expect(after.includes(behind) || lost.includes(behind)).toBe(true);
      const same = good(makePlan(inputOf(load("mine"), {})));
      if (JSON.stringify(valuesOf(same)) === JSON.stringify(valuesOf(old))) expect(after).toBe(before);
      const touched = new Set(some.map((one) => one.name));
      const untouched = (text: string): string[] =>
        text.split(/\r?\n/).filter((line) => line !== "" && !namesOf(line).some((key) => key === "set" || touched.has(key)));
      const added = without(untouched(after), untouched(before));
      expect(added?.every((line) => line === "  - script: scripts.tok_train" && touched.has("vocab_size"))).toBe(true);
      expect(after.includes("\r\n")).toBe(before.includes("\r\n"));
    }),
    { numRuns: 300 },
  );
}, 60_000);

test("an edit that is taken back leaves the file as it was, but for what it had to add", () => {
  fc.assert(
    fc.property(written, written, setting, (below, own, [name, value]) => {
      prepare(below, own);
      const [before, untouched] = [textOf("mine"), load("mine")];
      const was =
        planOf(untouched)
          .stages.at(-1)
          ?.values.find(({ parameter: one }) => one.name === name)?.value ?? null;
      fc.pre(name !== "model_tag" && own.values.some(([one]) => one === name));
      good(save(load("mine"), "mine", { edits: [{ script: "base_train", name, value, layer: "override" }] }, true));
      good(save(load("mine"), "mine", { edits: [{ script: "base_train", name, value: was, layer: "override" }] }, true));
      expect(valuesOf(planOf(load("mine")))).toEqual(valuesOf(planOf(untouched)));
      expect(textOf("mine").split("\n").length).toBeLessThanOrEqual(before.split("\n").length + 1);
    }),
    { numRuns: 200 },
  );
}, 60_000);
