/** `prefabs`: what there is, whether it is well, where two differ, and keeping one. */
import { amountText, costText } from "../../config/expectation.ts";
import type { Prefab } from "../../config/prefab.ts";
import { findPrefabs, type KnownPrefab } from "../../config/prefab-files.ts";
import type { Result } from "../../core/result.ts";
import type { Command } from "../command.ts";
import type { Context } from "../context.ts";
import { answer } from "../output.ts";
import { table } from "../table.ts";
import { YES } from "./run-requests.ts";

/** YAML and schemas: loaded only by who reads prefabs. */
const prefabs = () => import("../../config/prefab.ts");

const plainPrefab = (prefab: Prefab) => ({
  ...prefab,
  stages: prefab.stages.map(({ script, ranks, set }) => ({ script, ranks: ranks ?? prefab.ranks, set: Object.fromEntries(set) })),
});

function text(prefab: Prefab): string {
  const lines = [`${prefab.name}: ${prefab.title}`, prefab.description, `file     ${prefab.file}`];
  if (prefab.lineage.length > 1) lines.push(`extends  ${prefab.lineage.slice(1).join(", ")}`);
  if (prefab.hardware) lines.push(`made for ${prefab.hardware.words}`);
  if (prefab.cost) lines.push(`cost     ${costText(prefab.cost)}`);
  for (const [name, value] of Object.entries(prefab.env)) lines.push(`env      ${name}=${value}`);
  for (const stage of prefab.stages) {
    lines.push("", stage.script);
    const rows = [...stage.set].map(([name, { value, origin }]) => [`  ${name}`, String(value), `${origin.prefab}:${origin.line ?? "?"}`]);
    if (rows.length > 0) lines.push(table(["  parameter", "value", "from"], rows));
  }
  return lines.filter((line, i) => line !== "" || i > 1).join("\n");
}

const madeFor = ({ hardware, cost }: Prefab): string => [hardware?.words, cost && amountText(cost)].filter(Boolean).join(": ");

/** Plans, YAML and what describes a checkout: loaded by who needs them. */
const work = () => import("../prefab-work.ts");

const ANY = "a prefab's name, a file, or a run's id or name";

interface Listed {
  name: string;
  known: KnownPrefab;
  prefab: Result<Prefab>;
}

/** Whose it is, and what it stands before. */
const whose = ({ layer, hides }: KnownPrefab): string =>
  layer === "prefab" ? "ours" : hides === undefined ? "yours" : `yours, hides ${hides.layer === "prefab" ? "ours" : hides.file}`;

async function all(context: Context): Promise<Listed[]> {
  const { loadPrefab } = await prefabs();
  const folders = context.prefabFolders();
  return [...findPrefabs(folders)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, known]) => ({ name, known, prefab: loadPrefab(name, folders) }));
}

export const PREFAB_COMMANDS: readonly Command[] = [
  {
    name: "prefabs list",
    summary: "List the prefabs, ours and yours",
    async run(context) {
      const found = await all(context);
      // One broken file of the user's must not hide the others: it is listed with what is wrong.
      const rows = found.map(({ name, known, prefab }) =>
        prefab.ok
          ? [
              name,
              whose(known),
              prefab.value.workspace ?? "any",
              madeFor(prefab.value),
              prefab.value.stages.map((s) => s.script.replace("scripts.", "")).join(" → "),
              prefab.value.title,
            ]
          : [name, whose(known), "✕", "", "", `${prefab.failure.what}: ${prefab.failure.why ?? ""}`],
      );
      const json = found.map(({ name, known: { layer, hides }, prefab }) => ({
        ...(prefab.ok ? plainPrefab(prefab.value) : { name, error: prefab.failure }),
        layer,
        hides: hides?.file ?? null,
      }));
      return answer(
        json,
        table(["prefab", "whose", "for", "made for, published cost", "stages", "what it is"], rows, new Set(), { spare: [4, 3] }),
      );
    },
  },
  {
    name: "prefabs show",
    summary: "Show a prefab with all that it extends",
    args: [["<prefab>", "its name"]],
    async run(context, [name = ""]) {
      const prefab = (await prefabs()).loadPrefab(name, context.prefabFolders());
      return prefab.ok ? answer(plainPrefab(prefab.value), text(prefab.value)) : prefab;
    },
  },
  {
    name: "prefabs validate",
    summary: "Tell every mistake of prefabs with file, line and field; the exit code is 1 when there is one",
    args: [["[prefabs...]", "names or files; all that are found when none is given"]],
    run: async (context, given) => (await work()).validate(context, given),
  },
  {
    name: "prefabs diff",
    summary: "Show where two differ, with the defaults of the checkout where there is one",
    args: [
      ["<a>", ANY],
      ["<b>", ANY],
    ],
    run: async (context, [a = "", b = ""]) => (await work()).diff(context, a, b),
  },
  {
    name: "prefabs save",
    summary: "Keep a prefab or a past run, with changes, as a prefab of yours: only what differs is written",
    args: [["<name>", "small letters, digits, dots and dashes; its own name changes it where it stands"]],
    options: [
      { flags: "--from <prefab>", what: `what it begins with: ${ANY} (else the prefab of that name)` },
      { flags: "--set <name=value>", what: "a parameter, as NAME=VALUE or STAGE.NAME=VALUE; may be repeated", many: true },
      { flags: "--yes", what: "replace one of that name, or hide one of ours, without asking; what is lost is said" },
    ],
    run: async (context, [name = ""], { from = name, set = [], yes }) =>
      (await work()).save(context, name, { from: String(from), sets: set as string[], yes: Boolean(yes) }),
  },
  {
    name: "prefabs delete",
    summary: "Delete one of yours; one that comes with the program and has the same name is used again",
    args: [["<prefab>", "its name"]],
    options: [YES],
    run: async (context, [name = ""], { yes }) => (await work()).remove(context, name, Boolean(yes)),
  },
];
