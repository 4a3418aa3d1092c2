import { expect, test } from "bun:test";
import { parsePrefab } from "./prefab-document.ts";

const TOKEN = `hf_${"x1Y2".repeat(9)}`;
/** Nine times nine times …: 387 million texts once every alias is followed. */
const BOMB = [
  "a: &a [x,x,x,x,x,x,x,x,x]",
  ..."bcdefghi".split("").map((key, index) => `${key}: &${key} [${Array(9).fill(`*${"abcdefgh"[index]}`).join(",")}]`),
].join("\n");
const STAGES = "stages:\n  - script: scripts.base_train\n";

/** The whole text, and the sentences that it must lead to. */
const MISTAKES: ReadonlyArray<readonly [title: string, yaml: string, ...told: string[]]> = [
  ["no YAML", "name: mine\nstages: [\n", "mine.yaml:2:9 is no valid YAML"],
  ["aliases that multiply", BOMB, "mine.yaml: it cannot be read"],
  ["an alias of nothing", "name: mine\ntitle: *gone\n", "mine.yaml: it cannot be read"],
  ["a list", "- name: mine\n", "mine.yaml:1:1: the file takes a list of `key: value`, not a list"],
  ["no name", STAGES, "mine.yaml:1:1: `name` is missing"],
  ["another name than the file's", `name: yours\n${STAGES}`, "mine.yaml:1:7: `name` is yours, but the file is called mine"],
  ["a key that is none", `name: mine\ntitel: x\n${STAGES}`, "mine.yaml:2:1: `titel` is no key of a prefab"],
  ["a key of a stage that is none", `name: mine\n${STAGES}    sett: {}\n`, "mine.yaml:4:5: `stages.0.sett` is no key of a stage"],
  ["a workspace that is none", "name: mine\nworkspace: cloud\n", "mine.yaml:2:12: `workspace` is one of pocket, nanochat"],
  ["no ranks", "name: mine\nranks: 0\n", "mine.yaml:2:8: `ranks` must be at least 1"],
  ["half a rank", "name: mine\nranks: 1.5\n", "mine.yaml:2:8: `ranks` takes a whole number, not a number"],
  ["a number in the environment", "name: mine\nenv: {A: 1}\n", "mine.yaml:2:10: `env.A` takes a text, not a number"],
  ["a small variable", "name: mine\nenv: {a: x}\n", "mine.yaml:2:10: `env.a` is no name that can stand there"],
  [
    "a list for a value",
    `name: mine\n${STAGES}    set: {depth: [1]}\n`,
    "mine.yaml:4:18: `stages.0.set.depth` takes one value, not a list",
  ],
  [
    "a script twice",
    `name: mine\n${STAGES}  - script: scripts.base_train\n`,
    "mine.yaml:4:13: `stages.1.script` is scripts.base_train, which",
  ],
  ["a cost of nothing", "name: mine\ncost: {source: x}\n", "mine.yaml:2:7: `cost` cannot be that"],
  ["a cost of nobody", "name: mine\ncost: {hours: 1}\n", "mine.yaml:2:7: `cost.source` is missing"],
  [
    "a secret in the environment",
    "name: mine\nenv:\n  WANDB_API_KEY: sesame-open\n",
    "mine.yaml:3:18: `env.WANDB_API_KEY` is a secret by its name",
  ],
  [
    "a secret among values",
    `name: mine\n${STAGES}    set: {run: ${TOKEN}}\n`,
    "mine.yaml:4:16: `stages.0.set.run` looks like a Hugging Face",
  ],
  ["several", "name: mine\nranks: 0\nenv: {A: 1}\ntitel: x\n", "mine.yaml:2:8", "mine.yaml:3:10", "mine.yaml:4:1"],
];
test.each(MISTAKES)("%s is told with file, line and field", (_title, yaml, ...told) => {
  const { mistakes } = parsePrefab("mine.yaml", yaml, "mine");
  expect(mistakes.map(({ what }, index) => what.slice(0, told[index]?.length))).toEqual(told);
  for (const mistake of mistakes) {
    expect(mistake.remedy).not.toBe("");
    for (const secret of ["sesame", TOKEN]) expect(JSON.stringify(mistake)).not.toContain(secret);
  }
});

test("a mistyped key gets the nearest one, a variable that is a number gets quotes, a secret its place", () => {
  const remedy = (yaml: string) => parsePrefab("mine.yaml", `name: mine\n${yaml}`, "mine").mistakes[0]?.remedy;
  expect(remedy("titel: x\n")).toBe("Did you mean title?");
  expect(remedy("env: {A: 1}\n")).toBe("Write it in quotes");
  expect(remedy("env: {HF_TOKEN: sesame-open}\n")).toContain("secrets set hf");
});
