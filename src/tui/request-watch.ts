/** Tells when something that was asked of a run has come to its end. */
import type { RequestStatus } from "../core/run.ts";
import { requestText } from "../panels/events.ts";
import type { Level } from "./notices.ts";

export class RequestWatch {
  #phases: Map<string, RequestStatus["phase"]> | null = null;

  /** Ends since the last call. What had ended before the first call is history, not news. */
  changes(requests: readonly RequestStatus[]): Array<{ level: Level; text: string }> {
    const before = this.#phases;
    this.#phases = new Map(requests.map(({ id, phase }) => [id, phase]));
    if (before === null) return [];
    return requests.flatMap((request) => {
      const news = before.get(request.id) !== request.phase && (request.phase === "done" || request.phase === "refused");
      return news ? [{ level: request.phase === "done" ? ("good" as const) : ("bad" as const), text: requestText(request) }] : [];
    });
  }

  forget(): void {
    this.#phases = null;
  }
}
