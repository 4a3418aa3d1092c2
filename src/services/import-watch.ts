/** What the watches say of a run that was imported: of all that was read, in the order in which it came about, once. */
import { stageHasEnded, stageWasLost } from "../core/alert.ts";
import type { JournalEvent, StageIndex } from "../core/journal.ts";
import { CLOCK_METRIC } from "../core/metrics.ts";
import type { StageState, WatchedTo } from "../core/run.ts";
import type { JournalReader } from "../journal/reader.ts";
import { type Heard, WatchEngine } from "../watches/engine.ts";
import { replay, timeOf } from "../watches/replay.ts";
import type { WatchSettings } from "../watches/settings.ts";
import { heardOf } from "./alert-replay.ts";
import { alertFolders, DEFAULT_CONFIG, hasAlerts } from "./alert-settings.ts";

/** What came before it is heard again where a run has grown: as a supervisor hears it that takes over (supervisor/alerts.ts). */
const RECALLED_STEPS = 8192;

/** The settings of this home. Nobody is told by command or webhook: what an import brings has happened elsewhere, or long ago. */
export async function watchSettings(home: string): Promise<WatchSettings> {
  if (!hasAlerts(home)) return DEFAULT_CONFIG.watches;
  // Loaded by who has such a file alone, as the schema library is large.
  const { readAlerts } = await import("./alert-config.ts");
  return readAlerts(alertFolders(home)).config.watches;
}

interface Watching {
  reader: JournalReader;
  settings: WatchSettings;
  stage: StageState;
  /** How far an earlier import of the stage was watched. */
  from: WatchedTo | undefined;
  /** More may come of it: what lasts then lasts still. */
  mayGoOn: boolean;
}

/** The `alert` events of what is new in a stage, and how far it has been watched by now. */
export function watchImported({ reader, settings, stage, from, mayGoOn }: Watching): { said: JournalEvent[]; to: WatchedTo } {
  const { index, script } = stage;
  const heard = heardOf(reader, index, from === undefined ? {} : { steps: RECALLED_STEPS });
  const said: JournalEvent[] = [];
  const engine = new WatchEngine({ stage: index, script, bridged: false }, settings, (event) => said.push(event));
  const isOld = (one: Heard): boolean => from !== undefined && isBefore(one, index, from);
  if (from !== undefined) engine.recall(heard.filter(isOld), reader.events({ kinds: ["alert"], stage: index }));
  const fresh = heard.filter((one) => !isOld(one));
  replay(engine, fresh);
  const at = heard.reduce((last, one) => Math.max(last, timeOf(one)), from?.at ?? 0);
  // What still lasts when more comes all the same is said again.
  if (!mayGoOn) engine.close(at, whyOver(stage));
  return { said, to: { step: newestStep(reader, index) ?? from?.step ?? null, at } };
}

/** Why what was said of a stage is over: it is, or is taken for over, as far as its files tell. */
function whyOver({ name, status, reason }: StageState): string {
  if (status !== "lost" || reason === null) return stageHasEnded(name);
  // What to do about it is no part of why.
  const [why = reason] = reason.split(". ");
  return stageWasLost(name, `${why.slice(0, 1).toLowerCase()}${why.slice(1)}`);
}

/** The `alert` events that close what is open of a stage which is lost, by all that was read. */
export function closeImported(reader: JournalReader, stage: StageState, at: number): JournalEvent[] {
  const said: JournalEvent[] = [];
  const { index, script } = stage;
  const engine = new WatchEngine({ stage: index, script, bridged: false }, DEFAULT_CONFIG.watches, (event) => said.push(event));
  engine.recall([], reader.events({ kinds: ["alert"], stage: index }));
  engine.close(at, whyOver(stage));
  return said;
}

/** Points of the stage are told apart by their step: those of a log have no time. */
const isBefore = (one: Heard, stage: StageIndex, { step, at }: WatchedTo): boolean =>
  one.kind === "points" && one.stage === stage ? step !== null && one.key <= step : timeOf(one) <= at;

/** An evaluation comes before the step of its number: what only a training step has tells that it is whole. */
const MARKS = ["train/loss", "rl/reward"];

function newestStep(reader: JournalReader, stage: StageIndex): number | null {
  const metrics = reader.metrics(stage).filter((metric) => metric !== CLOCK_METRIC);
  const marks = metrics.filter((metric) => MARKS.includes(metric));
  const newest = (marks.length > 0 ? marks : metrics).flatMap((metric) => reader.latest(stage, metric)?.key ?? []);
  return newest.length === 0 ? null : newest.reduce((a, b) => Math.max(a, b));
}
