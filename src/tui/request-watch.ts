/** Tells when something that was asked of a run has come to its end. */
import type { RequestKind, RequestStatus } from "../core/run.ts";
import { requestText } from "../panels/events.ts";
import type { Level } from "./notices.ts";

/** What is no end by being done: a pause is done when the run goes on, and that is told by what it was asked with. */
const END: Readonly<Partial<Record<RequestKind, RequestStatus["phase"]>>> = { pause: "applied" };

/** What its notices are about: of requests of one kind the last word counts. */
export const aboutRequest = (kind: RequestKind): string => `request ${kind}`;

export class RequestWatch {
  #phases: Map<string, RequestStatus["phase"]> | null = null;

  /** Ends since the last call. What had ended before the first call is history, not news. */
  changes(requests: readonly RequestStatus[]): Array<{ level: Level; text: string; about: string }> {
    const before = this.#phases;
    this.#phases = new Map(requests.map(({ id, phase }) => [id, phase]));
    if (before === null) return [];
    return requests.flatMap((request) => {
      const { id, kind, phase } = request;
      const news = before.get(id) !== phase && (phase === (END[kind] ?? "done") || phase === "refused");
      const level = phase === "refused" ? "bad" : "good";
      return news ? [{ level, text: requestText(request), about: aboutRequest(kind) }] : [];
    });
  }

  forget(): void {
    this.#phases = null;
  }
}
