/** Tells when something that was asked of a run has come to its end, or is not answered for long. */
import type { RequestKind, RequestStatus } from "../core/run.ts";
import { AT_A_STEP, WONDER_MS } from "../panels/activity.ts";
import { requestText, requestTitle } from "../panels/events.ts";
import type { Level } from "./notices.ts";

/** What is no end by being done: a pause is done when the run goes on, and that is told by what it was asked with. */
const END: Readonly<Partial<Record<RequestKind, RequestStatus["phase"]>>> = { pause: "applied" };

/** What its notices are about: of requests of one kind the last word counts. */
export const aboutRequest = (kind: RequestKind): string => `request ${kind}`;

export class RequestWatch {
  #phases: Map<string, RequestStatus["phase"]> | null = null;
  /** Those that nothing has been done about. */
  #waiting: RequestStatus[] = [];
  /** Those of which nobody wonders: they were there before, or it was told. */
  #known = new Set<string>();

  /** Ends since the last call. What had ended before the first call is history, not news. */
  changes(requests: readonly RequestStatus[]): Array<{ level: Level; text: string; about: string }> {
    const before = this.#phases;
    this.#phases = new Map(requests.map(({ id, phase }) => [id, phase]));
    if (before === null) this.#known = new Set(this.#phases.keys());
    this.#waiting = requests.filter(({ phase, kind }) => (phase === "requested" || phase === "seen") && AT_A_STEP.has(kind));
    if (before === null) return [];
    return requests.flatMap((request) => {
      const { id, kind, phase } = request;
      const news = before.get(id) !== phase && (phase === (END[kind] ?? "done") || phase === "refused");
      const level = phase === "refused" ? "bad" : "good";
      return news ? [{ level, text: requestText(request), about: aboutRequest(kind) }] : [];
    });
  }

  /** What has been asked for some seconds ago and nothing has been done about, each once; `why` tells what it waits for. */
  wonder(nowMs: number, why: () => string): Array<{ text: string; about: string }> {
    const isLong = ({ id, askedAt }: RequestStatus): boolean =>
      !this.#known.has(id) && askedAt !== undefined && nowMs - Date.parse(askedAt) >= WONDER_MS;
    const long = this.#waiting.filter(isLong);
    for (const { id } of long) this.#known.add(id);
    return long.map(({ kind }) => ({ text: `${requestTitle(kind)} · ${why()}; it stays asked for`, about: aboutRequest(kind) }));
  }

  forget(): void {
    this.#phases = null;
    this.#waiting = [];
  }
}
