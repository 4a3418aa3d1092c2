/** What runs are called that are shown together: two of one name could not be told apart. */
import { type RunAbout, runName } from "../core/run.ts";
import type { Line } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";
import { apart } from "../lib/apart.ts";
import type { RunFacts } from "./data.ts";
import type { Baseline } from "./kind.ts";
import type { RunRow } from "./runs.ts";

type Named = Pick<RunFacts, "state" | "about">;

export const nameOf = ({ state, about }: Named): string => runName({ name: state.name, about });

/** `pocket 20260101-120000`: with the beginning of its id, which commands take as well, or with all of one that has no time in it. */
export const stampedName = (run: { id: string; name: string; about?: RunAbout }): string =>
  `${runName(run)} ${/^\d{8}-\d{6}/.exec(run.id)?.[0] ?? run.id}`;

const stamped = ({ state: { id, name }, about }: Named): string => stampedName({ id, name, about });

/** The name of a run among others: with when it began where another one has the same name. */
export function nameAmong(run: Named, others: readonly Named[]): string {
  const alike = others.filter((other) => other.state.id !== run.state.id && nameOf(other) === nameOf(run));
  if (alike.length === 0) return nameOf(run);
  return alike.some((other) => stamped(other) === stamped(run)) ? run.state.id : stamped(run);
}

/** Runs to be laid beside another one, by names that tell them apart, also from that one, which is not laid beside itself. */
export const namedBaselines = (beside: RunFacts, others: readonly RunFacts[]): Baseline[] =>
  others.filter(({ state }) => state.id !== beside.state.id).map((facts) => ({ name: nameAmong(facts, [beside, ...others]), facts }));

/** A longer one leaves its id no room. */
const SHOWN_NAME = 24;

/** What a run is called in its row, as far as there is room. */
interface Called {
  id: string;
  /** One that the id does not hold, as it was given since. */
  name: string | undefined;
}

export const calledOf = ({ id, name, about = {} }: RunRow): Called => ({
  id: plain(id),
  name: about.name ?? (id.includes(name) ? undefined : plain(name)),
});

/** Of runs that are shown together, in so many cells: those that are cut can be told apart. */
export function calledIn(rows: readonly RunRow[], cells: number): Called[] {
  const all = rows.map(calledOf);
  const ids = apart(
    all.map(({ id }) => id),
    cells,
  );
  const names = apart(
    all.map(({ name = "" }) => name),
    SHOWN_NAME,
  );
  return all.map(({ id, name }, i) => (name === undefined ? { id: ids[i] ?? id, name } : { id, name: names[i] }));
}

/** The id is what one types; a name that it does not hold stands before it; tags after it. */
export function called({ about = {} }: RunRow, { id, name }: Called): Line {
  const tags = (about.tags ?? []).map((tag) => `#${tag}`).join(" ");
  return [
    // At the beginning: the end of a name is cut first.
    ...(about.archived ? [{ text: "put away ", tone: "muted" as const }] : []),
    ...(name === undefined ? [{ text: id }] : [{ text: `${name} ` }, { text: id, tone: "muted" as const }]),
    ...(tags === "" ? [] : [{ text: ` ${tags}`, tone: "accent" as const }]),
    ...(about.note === undefined ? [] : [{ text: " ✎", tone: "info" as const }]),
  ];
}
