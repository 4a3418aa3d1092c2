/** Running what is missing, mending what is wrong, and the tokens of the accounts. */
import type { Action } from "../core/action.ts";
import { type Result, sentence } from "../core/result.ts";
import type { LedgerStage, LedgerStageId } from "../core/setup.ts";
import type { AppContext } from "./context.ts";
import { chosenCheck, chosenStage } from "./screens/setup.ts";
import { startAndWatch } from "./started-run.ts";

const notLooked = (app: AppContext): string | null =>
  app.setup.ledger === null ? (app.setup.problem ?? "the stages are being looked at") : null;

const blockedText = ({ blocked, elsewhere }: LedgerStage): string | null =>
  blocked === null || elsewhere === undefined ? blocked : `${blocked}. ${elsewhere}`;

const whyNotStage = (app: AppContext): string | null => {
  const stage = chosenStage(app);
  if (stage === undefined) return notLooked(app) ?? "no stage is selected";
  return stage.status === "running" ? "a run is at it" : blockedText(stage);
};

const run = (app: AppContext, stages: LedgerStageId[] | "missing"): Promise<void> => startAndWatch(app, () => begin(app, stages));

/** Null = they are not to be run with what was warned of. */
async function begin(app: AppContext, stages: LedgerStageId[] | "missing"): Promise<Result<string> | null> {
  let declined = false;
  const ask = (warnings: readonly string[]): Promise<boolean> =>
    new Promise((answer) => {
      const decline = (): void => {
        declined = true;
        answer(false);
      };
      const choices = [{ key: "y", title: "Run", run: () => answer(true) }];
      app.overlays.ask({ title: "Run with warnings", consequence: `${warnings.join(". ")}.`, safe: "Not yet", declined: decline, choices });
    });
  const started = await app.services.runStages(stages, ask);
  return declined ? null : started;
}

function runStage(app: AppContext): void {
  const stage = chosenStage(app);
  if (stage === undefined) return;
  if (stage.status !== "done") app.background(run(app, [stage.id]));
  else askToRepeat(app, stage);
}

const askToRepeat = (app: AppContext, stage: LedgerStage): void =>
  app.overlays.ask({
    title: `Run ${stage.title} again`,
    consequence: `${stage.title} is done (${stage.verdict}); what later stages have made from it will be stale.`,
    safe: "Leave it",
    choices: [{ key: "y", title: "Run it again", run: () => app.background(run(app, [stage.id])) }],
  });

function fix(app: AppContext): void {
  const check = chosenCheck(app);
  if (check?.fix == null) return;
  const { title, argv, cwd } = check.fix;
  const mend = async (): Promise<void> => {
    const problem = await app.setup.fix(check);
    app.notify(problem === null ? "good" : "bad", problem ?? `${title}: done`);
  };
  app.overlays.ask({
    title,
    consequence: argv.length === 0 ? (check.remedy ?? title) : `$ ${argv.join(" ")}   (in ${cwd})`,
    safe: "Not now",
    choices: argv.length === 0 ? [] : [{ key: "y", title: "Run it", run: () => app.background(mend()) }],
  });
}

const whyNotFix = (app: AppContext): string | null => {
  const check = chosenCheck(app);
  if (check === undefined) return "no check is selected";
  if (app.setup.fixing?.running) return "another fix is running";
  return check.fix === null ? (check.remedy ?? "there is nothing to mend") : null;
};

/** Asks for a token without showing it, keeps it, and tells what the service says of it. */
const token =
  (account: "wandb" | "hf", title: string) =>
  (app: AppContext): void =>
    app.overlays.askText({
      title,
      what: "It is kept in secrets.env, readable by you alone, and given to training processes only",
      masked: true,
      verb: "keeps it",
      answer: (text) => {
        const keep = async (): Promise<void> => {
          const kept = await app.services.setSecret(account, text);
          app.notify(kept.ok ? kept.value.level : "bad", kept.ok ? kept.value.text : sentence(kept.failure));
          await app.setup.look();
        };
        app.background(keep());
      },
    });

const whyNotTyped = (app: AppContext): string | null =>
  app.echoes ? "this terminal would show it: leave, and `nanochat-cli secrets set` asks for it unseen" : null;

const nothingMissing = (app: AppContext): string | null =>
  notLooked(app) ?? (app.setup.next === null ? "everything to a chat is there" : nextBlocked(app.setup.next));
const nextBlocked = ({ blocked }: LedgerStage): string | null => blocked;

export const setupActions: ReadonlyArray<Action<AppContext>> = [
  { id: "setup.run", title: "Run this stage", keys: ["enter"], group: "ledger", footer: 10, disabled: whyNotStage, run: runStage },
  { id: "setup.fix", title: "Fix", keys: ["f", "enter"], group: "checks", footer: 10, disabled: whyNotFix, run: fix },
  {
    id: "setup.all",
    title: "Run what is missing",
    keys: ["a"],
    group: "setup",
    footer: 11,
    disabled: nothingMissing,
    run: (app) => run(app, "missing"),
  },
  { id: "setup.again", title: "Look again", keys: ["r"], group: "setup", footer: 12, disabled: () => null, run: (app) => app.setup.look() },
  {
    id: "setup.wandb",
    title: "Enter the W&B key…",
    keys: ["w"],
    group: "setup",
    footer: 13,
    disabled: whyNotTyped,
    run: token("wandb", "W&B key"),
  },
  {
    id: "setup.hf",
    title: "Enter the HF token…",
    keys: ["H"],
    group: "setup",
    footer: 14,
    disabled: whyNotTyped,
    run: token("hf", "Hugging Face token"),
  },
  {
    id: "setup.import",
    title: "Import tokens…",
    keys: ["i"],
    group: "setup",
    disabled: () => null,
    run: async (app) => {
      const sources = await app.services.secretSources();
      if (sources.length === 0) return app.notify("info", "No token was found in the environment, netrc, W&B's settings or an .mc_env");
      app.overlays.choose(
        "import a token",
        sources.map(({ title, detail, take }) => ({
          title,
          detail,
          choose: () =>
            app.background(
              take().then((taken) => {
                app.notify(taken.ok ? taken.value.level : "bad", taken.ok ? taken.value.text : sentence(taken.failure));
                return app.setup.look();
              }),
            ),
        })),
      );
    },
  },
];
