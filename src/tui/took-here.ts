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

export interface Took {
  run: string;
  seconds: number;
}

/** The newest such run; null when there is none. */
export async function tookHere(services: Pick<AppServices, "listRuns" | "settingsOf">, plan: Plan): Promise<Took | null> {
  const listed = await services.listRuns();
  const ended = (listed.ok ? [...listed.value] : [])
    .filter(({ status, endedAt, prefab }) => status === "done" && endedAt !== null && prefab !== IMPORTED)
    .sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
    .slice(0, LOOKED_AT);
  const wanted = asText(planned(plan));
  const found = ended.find(({ id }) => asText(services.settingsOf(id)) === wanted);
  return found === undefined ? null : { run: found.id, seconds: secondsOf(found) };
}

const secondsOf = ({ createdAt, endedAt }: RunRow): number => (Date.parse(endedAt ?? createdAt) - Date.parse(createdAt)) / 1000;

function planned({ stages }: Plan): Settings {
  const found = new Map<string, Value[]>();
  for (const { parameter, value } of stages.flatMap(({ values }) => values))
    found.set(parameter.name, [...(found.get(parameter.name) ?? []), value]);
  return found;
}

/** The same for the same settings, in whatever order they were written down. */
const asText = (settings: Settings): string =>
  JSON.stringify([...settings].filter(([name]) => !OWN.has(name)).sort(([a], [b]) => (a < b ? -1 : 1)));
