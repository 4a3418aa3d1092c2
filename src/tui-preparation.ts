/** What the TUI needs to prepare a run: checkpoints, drafts, setup, secrets. Their libraries are loaded when asked for. */
import type { Context } from "./cli/context.ts";
import type { LaunchOptions } from "./cli/launch.ts";
import { findPrefabs } from "./config/prefab-files.ts";
import { isFolderName } from "./core/checkpoint.ts";
import type { DraftSource } from "./core/draft.ts";
import { ok, type Result, sentence } from "./core/result.ts";
import { stampedName } from "./panels/run-names.ts";
import type { AccountCheck } from "./services/account-check.ts";
import { keptText, prunable, removeCheckpoints, verifyCheckpoint } from "./services/checkpoint-care.ts";
import { copyAs, copyCheckpoint, copyRefused, freeTag } from "./services/checkpoint-copy.ts";
import type { SetOutcome } from "./services/secrets-service.ts";
import type { AppServices, Said } from "./tui/app.ts";

type Preparation = Pick<
  AppServices,
  | "fit"
  | "verify"
  | "removeCheckpoints"
  | "prunable"
  | "keptText"
  | "freeTag"
  | "whyNoCopy"
  | "prefabNames"
  | "prefabs"
  | "openDraft"
  | "ledger"
  | "doctor"
  | "runFix"
  | "runStages"
  | "setSecret"
  | "secretSources"
>;

/** `at`: the surroundings of the attached run, else those that the program was started in. */
export function preparation(at: () => Context, home: string): Preparation {
  return {
    fit: async (one) => {
      const looked = await at().workspace();
      if (!looked.ok) return looked;
      const { judgeOf } = await import("./services/judge.ts");
      // A draft made from it takes its rank count over: so that is no reason against it here.
      return ok(judgeOf(looked.value)(one, null));
    },
    verify: verifyCheckpoint,
    removeCheckpoints: async (some) => removeCheckpoints(home, some),
    prunable,
    keptText,
    freeTag,
    whyNoCopy: (one, tag) => {
      if (!isFolderName(tag)) return "That is no name of a folder. Take letters, digits, dots, dashes and underscores.";
      const refused = copyRefused(one, tag);
      return refused === null ? null : sentence({ ...refused.failure, remedy: undefined });
    },
    prefabNames: () => [...findPrefabs(at().prefabFolders()).keys()].sort(),
    prefabs: async () => {
      const { loadPrefab } = await import("./config/prefab.ts");
      const folders = at().prefabFolders();
      const names = [...findPrefabs(folders).keys()].sort();
      return ok(
        names.map((name) => {
          const prefab = loadPrefab(name, folders);
          if (!prefab.ok) return { name, detail: "", problem: prefab.failure.what };
          return { name, detail: [prefab.value.title, prefab.value.hardware?.words].filter(Boolean).join(" · "), problem: null };
        }),
      );
    },
    openDraft: async (source) => {
      const { PlanDraft } = await import("./cli/draft.ts");
      const open = (wanted: DraftSource) => openInput(at(), wanted);
      const input = await open(source);
      if (!input.ok) return input;
      return PlanDraft.make(await titleOf(at(), source), { home, folders: at().prefabFolders() }, input.value, open, copyOf(source));
    },
    ledger: async () => {
      const looked = await at().workspace();
      if (!looked.ok) return looked;
      const { ledgerFor } = await import("./cli/setup.ts");
      return ok(ledgerFor(at(), looked.value));
    },
    doctor: async (onChecks) => {
      const looked = await at().workspace();
      if (!looked.ok) return;
      const { examine } = await import("./services/doctor.ts");
      await examine(looked.value, onChecks);
    },
    runFix: async (fix, onLine) => (await import("./services/run-fix.ts")).runFix(fix, onLine),
    runStages: async (stages, ask) => {
      const { runStages } = await import("./cli/setup.ts");
      const launched = await runStages(at(), stages, { ask });
      return launched.ok ? ok(launched.value.id) : launched;
    },
    setSecret: async (account, value) => {
      const { secretsService } = await import("./services/secrets-service.ts");
      const name = account === "wandb" ? "WANDB_API_KEY" : "HF_TOKEN";
      const set = await secretsService().set(name, value, { check: true });
      return set.ok ? ok(outcome(set.value)) : set;
    },
    secretSources: async () => {
      const { secretsService } = await import("./services/secrets-service.ts");
      const service = secretsService();
      return service.find().map(({ name, shown, from, source }) => ({
        title: `${name} in ${from}`,
        detail: shown,
        take: async (): Promise<Result<Said>> => {
          const taken = service.importFrom(source, { replace: false });
          if (!taken.ok) return taken;
          return ok({ level: "good", text: `${name} is kept: ${shown}` });
        },
      }));
    },
  };
}

/** What a draft is called; a run by its name first: where a title is cut, ids of one day are all alike. */
async function titleOf(context: Context, source: DraftSource): Promise<string> {
  if ("prefab" in source) return `prefab ${source.prefab}`;
  if ("run" in source) {
    const past = (await import("./cli/source.ts")).findPast(context, source.run);
    return `run ${past.ok ? stampedName(past.value) : source.run}`;
  }
  const { checkpoint, as } = source;
  return `from ${checkpoint.stage} ${checkpoint.tag}${as === undefined ? "" : `, as ${as}`}`;
}

/** The copy that a plan of it begins with; undefined when it goes on where it lies. */
function copyOf(source: DraftSource): LaunchOptions["copy"] {
  if (!("checkpoint" in source) || source.as === undefined) return undefined;
  const { checkpoint, as } = source;
  return { checkpoint: copyAs(checkpoint, as), make: () => copyCheckpoint(checkpoint, as) };
}

/** What a plan is made from, for each kind of beginning. */
async function openInput(context: Context, source: DraftSource) {
  const [{ planInput }, { beginWith }] = await Promise.all([import("./cli/launch.ts"), import("./cli/begin.ts")]);
  const looked = await context.workspace();
  if (!looked.ok) return looked;
  const options =
    "checkpoint" in source
      ? { ...beginWith(looked.value, source.checkpoint, source.purpose, source.as), copy: copyOf(source) }
      : { prefab: "prefab" in source ? source.prefab : `run:${source.run}`, sets: [], name: undefined };
  const input = await planInput(context, options);
  return input.ok ? ok(input.value.input) : input;
}

const LEVELS: Readonly<Partial<Record<AccountCheck["status"], Said["level"]>>> = { valid: "good", "wrong-key": "bad" };

function outcome({ name, shown, check, shadowed }: SetOutcome): Said {
  const kept = `${name} ${shown} is kept${shadowed ? "; the environment has another one, which goes before it" : ""}`;
  if (check === null) return { level: "good", text: kept };
  return {
    level: LEVELS[check.status] ?? "warn",
    text: `${kept}. ${sentence({ code: "failed", what: check.text, remedy: check.remedy ?? undefined })}`,
  };
}
