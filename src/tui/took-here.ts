/** What a finished run of the same settings took on this machine: the word for a plan whose time nobody can work out beforehand. */
import type { Plan, Value } from "../core/plan.ts";
import { IMPORTED } from "../core/run.ts";
import type { RunRow } from "../panels/runs.ts";
import type { Settings } from "../panels/setting-words.ts";
import type { AppServices } from "./app.ts";

/** So many of the newest are looked into: a plan is a long file. */
const LOOKED_AT = 20;
/** What each run gives itself, which changes nothing of what it does. */
const OWN: ReadonlySet<string> = new Set(["model_tag", "run"]);

/** Settings that say how much is learnt of a step, and not what it takes. */
const TAKES_NO_TIME = /_lr$|_lr_frac$/;

export interface Took {
  run: string;
  seconds: number;
  /** Whether its settings are the same but for those that take no time. */
  isAlike: boolean;
}

/** The newest run of the same settings, else of settings that take the same time; null when there is none. */
export async function tookHere(services: Pick<AppServices, "listRuns" | "settingsOf">, plan: Plan): Promise<Took | null> {
  const listed = await services.listRuns();
  const ended = (listed.ok ? [...listed.value] : [])
    .filter(({ status, endedAt, prefab }) => status === "done" && endedAt !== null && prefab !== IMPORTED)
    .sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
    .slice(0, LOOKED_AT);
  const wanted = planned(plan);
  const settings = ended.map((row) => ({ row, own: services.settingsOf(row.id) }));
  for (const isAlike of [false, true]) {
    const counts = (name: string): boolean => !(isAlike && TAKES_NO_TIME.test(name));
    const found = settings.find(({ own }) => asText(own, counts) === asText(wanted, counts));
    if (found !== undefined) return { run: found.row.id, seconds: secondsOf(found.row), isAlike };
  }
  return null;
}

const secondsOf = ({ createdAt, endedAt }: RunRow): number => (Date.parse(endedAt ?? createdAt) - Date.parse(createdAt)) / 1000;

function planned({ stages }: Plan): Settings {
  const found = new Map<string, Value[]>();
  for (const { parameter, value } of stages.flatMap(({ values }) => values))
    found.set(parameter.name, [...(found.get(parameter.name) ?? []), value]);
  return found;
}

/** The same for the same settings, as far as they count, in whatever order they were written down. */
const asText = (settings: Settings, counts: (name: string) => boolean): string =>
  JSON.stringify([...settings].filter(([name]) => !OWN.has(name) && counts(name)).sort(([a], [b]) => (a < b ? -1 : 1)));
