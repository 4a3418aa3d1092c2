/** Tells when something that was asked of a run has come to its end. */
import type { RequestKind, RequestStatus } from "../core/run.ts";
import { requestText } from "../panels/events.ts";
import type { Level } from "./notices.ts";

/** What is no end by being done: a pause is done when the run goes on, and that is told by what it was asked with. */
const END: Readonly<Partial<Record<RequestKind, RequestStatus["phase"]>>> = { pause: "applied" };

export class RequestWatch {
  #phases: Map<string, RequestStatus["phase"]> | null = null;

  /** Ends since the last call. What had ended before the first call is history, not news. */
  changes(requests: readonly RequestStatus[]): Array<{ level: Level; text: string }> {
    const before = this.#phases;
    this.#phases = new Map(requests.map(({ id, phase }) => [id, phase]));
    if (before === null) return [];
    return requests.flatMap((request) => {
      const { id, kind, phase } = request;
      const news = before.get(id) !== phase && (phase === (END[kind] ?? "done") || phase === "refused");
      return news ? [{ level: phase === "refused" ? ("bad" as const) : ("good" as const), text: requestText(request) }] : [];
    });
  }

  forget(): void {
    this.#phases = null;
  }
}
