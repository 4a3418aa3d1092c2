/** What runs are called that are shown together: two of one name could not be told apart. */
import { runName } from "../core/run.ts";
import type { RunFacts } from "./data.ts";
import type { Baseline } from "./kind.ts";

type Named = Pick<RunFacts, "state" | "about">;

const nameOf = ({ state, about }: Named): string => runName({ name: state.name, about });

/** `pocket 20260101-120000`: with the beginning of its id, which commands take as well, or with all of one that has no time in it. */
const stamped = (run: Named): string => `${nameOf(run)} ${/^\d{8}-\d{6}/.exec(run.state.id)?.[0] ?? run.state.id}`;

/** The name of a run among others: with when it began where another one has the same name. */
export function nameAmong(run: Named, others: readonly Named[]): string {
  const alike = others.filter((other) => other.state.id !== run.state.id && nameOf(other) === nameOf(run));
  if (alike.length === 0) return nameOf(run);
  return alike.some((other) => stamped(other) === stamped(run)) ? run.state.id : stamped(run);
}

/** Runs to be laid beside another one, by names that tell them apart, also from that one, which is not laid beside itself. */
export const namedBaselines = (beside: RunFacts, others: readonly RunFacts[]): Baseline[] =>
  others.filter(({ state }) => state.id !== beside.state.id).map((facts) => ({ name: nameAmong(facts, [beside, ...others]), facts }));
