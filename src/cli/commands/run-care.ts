/** `runs rename`, `tag`, `note`, `archive`, `delete`: what people do with runs that nobody has to be asked for. */
import { fail, type Result, sentence } from "../../core/result.ts";
import { type RunAbout, runName, sharedNameText } from "../../core/run.ts";
import { LONGEST_NOTE } from "../../lib/run-about.ts";
import { type AboutChange, changeAbout, tagChange } from "../../services/run-about.ts";
import { deleteRun, lossOf, lossText, type RunLoss, whyNotDelete } from "../../services/run-delete.ts";
import { listRuns, type RunSummary } from "../../services/runs.ts";
import { mayDelete } from "../ask.ts";
import type { Command } from "../command.ts";
import type { Context } from "../context.ts";
import { type Answer, answer } from "../output.ts";
import { find, RUN } from "./run-choice.ts";
import { YES } from "./run-requests.ts";

function change(context: Context, wanted: string, what: AboutChange, said: (run: RunSummary, about: RunAbout) => string): Result<Answer> {
  const run = find(context, wanted);
  if (!run.ok) return run;
  const about = changeAbout(run.value.dir, what);
  if (!about.ok) return about;
  const after = { ...run.value, about: about.value };
  return answer({ id: after.id, name: runName(after), ...about.value }, said(after, about.value));
}

const renamed = (run: RunSummary, { name }: RunAbout): string =>
  name === undefined
    ? `${run.id} is called ${run.name} again.`
    : `${run.id} is called ${name} from now on. Its folder, id and model tag stay as they are.`;

/** None where they cannot be listed: what is said of them can be left out. */
function allRuns(context: Context): readonly RunSummary[] {
  const home = context.home();
  const runs = home.ok ? listRuns(home.value) : home;
  return runs.ok ? runs.value : [];
}

const putAway = ({ id, liveness }: RunSummary): string =>
  `${id} is put away: \`runs list\` leaves it out${liveness === "ended" ? "" : " once it has ended"}. \`nanochat-cli runs unarchive ${id}\` brings it back.`;

const tagged = ({ id }: RunSummary, { tags = [] }: RunAbout): string =>
  tags.length === 0 ? `${id} has no tags.` : `${id}: ${tags.map((tag) => `#${tag}`).join(" ")}`;

/** The text that was given, else what is piped in; null when there is neither. */
async function noteText(given: string | undefined): Promise<string | null> {
  if (given !== undefined) return given;
  if (process.stdin.isTTY) return null;
  let text = "";
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.length > LONGEST_NOTE) break; // too long, which is said where it would be kept
  }
  return text === "" ? null : text;
}

async function note(context: Context, wanted: string, given: string | undefined): Promise<Result<Answer>> {
  const text = await noteText(given);
  if (text !== null) {
    return change(context, wanted, { note: text }, ({ id }, { note: kept }) =>
      kept === undefined ? `${id} has no note.` : `Noted of ${id}.`,
    );
  }
  const run = find(context, wanted);
  if (!run.ok) return run;
  const { id, about } = run.value;
  const remedy = `${id} has no note. \`nanochat-cli runs note ${id} TEXT\` writes one, or pipe it in.`;
  return answer({ id, note: about.note ?? null }, about.note ?? remedy);
}

/** All that are named, each once; the first that there is not is the answer. */
function findAll(context: Context, wanted: readonly string[]): Result<RunSummary[]> {
  const found = new Map<string, RunSummary>();
  for (const one of wanted) {
    const run = find(context, one);
    if (!run.ok) return run;
    found.set(run.value.id, run.value);
  }
  return { ok: true, value: [...found.values()] };
}

async function remove(context: Context, wanted: readonly string[], options: Readonly<Record<string, unknown>>): Promise<Result<Answer>> {
  const found = findAll(context, wanted);
  if (!found.ok) return found;
  // All or none: one that is still going is told before anything is gone.
  for (const { dir } of found.value) {
    const why = whyNotDelete(dir);
    if (why !== null) return { ok: false, failure: why };
  }
  const losses = found.value.map(({ dir }) => lossOf(dir));
  for (const loss of losses) context.face.note(`${loss.id}: ${lossText([loss])}`);
  context.face.note("That is gone for good. Checkpoints are kept elsewhere, and stay.");
  const which = losses.length === 1 ? losses[0]!.id : `${losses.length} runs`;
  const agreed = await mayDelete(context, which, Boolean(options["yes"]));
  if (!agreed.ok) return agreed;
  return deleteAll(found.value, losses);
}

function deleteAll(runs: readonly RunSummary[], losses: readonly RunLoss[]): Result<Answer> {
  const gone: RunLoss[] = [];
  for (const [i, { dir }] of runs.entries()) {
    const deleted = deleteRun(dir);
    if (deleted.ok) gone.push(losses[i]!);
    else if (gone.length === 0) return deleted;
    else
      return fail(deleted.failure.code, `${gone.length} of ${runs.length} runs ${gone.length === 1 ? "was" : "were"} deleted`, {
        why: sentence(deleted.failure),
      });
  }
  const ids = gone.map(({ id }) => id).join(", ");
  return answer({ deleted: gone }, `Deleted ${ids}: ${lossText(gone)}. Checkpoints stay: \`nanochat-cli checkpoints list\`.`);
}

export const RUN_CARE_COMMANDS: readonly Command[] = [
  {
    name: "runs rename",
    summary: "Call a run something else; its id, folder and model tag stay",
    args: [...RUN, ["<name>", "what it is called from now on; an empty one gives back the name that it was started with"]],
    run: async (context, [wanted = "", name = ""]) =>
      change(context, wanted, { name }, (run, about) => renamed(run, about) + sharedNameText(run, allRuns(context))),
  },
  {
    name: "runs tag",
    summary: "Give a run tags, or take some away",
    args: [...RUN, ["[changes...]", "`+good` or `good` adds a tag, `-good` takes it away; none: the tags that it has"]],
    passThrough: true,
    run: async (context, [wanted = "", ...words]) => change(context, wanted, tagChange(words), tagged),
  },
  {
    name: "runs note",
    summary: "Write a note about a run, or show the one that it has",
    args: [...RUN, ["[text]", "the note; left out: what is piped in, else the note is shown; empty: no note any more"]],
    run: (context, [wanted = "", text]) => note(context, wanted, text),
  },
  {
    name: "runs archive",
    summary: "Put a run away: lists leave it out unless they are asked for all",
    args: RUN,
    run: async (context, [wanted = ""]) => change(context, wanted, { archived: true }, putAway),
  },
  {
    name: "runs unarchive",
    summary: "List a run again that was put away",
    args: RUN,
    run: async (context, [wanted = ""]) => change(context, wanted, { archived: false }, ({ id }) => `${id} is listed again.`),
  },
  {
    name: "runs delete",
    summary: "Delete runs that have ended, with all that was recorded of them; checkpoints stay",
    args: [["<runs...>", "ids, names, parts of an id that only one has, or `last`"]],
    options: [YES],
    run: remove,
  },
];
