/** Tells what the supervisor of the run that is looked at could not do, such as to read a file that it is told by. */
import { FILE_IS_WELL, idleLimitIn, undeliveredIn } from "../core/alert.ts";
import { failureOf } from "../core/journal.ts";
import { sentence } from "../core/result.ts";
import type { RunFacts } from "../panels/data.ts";
import type { AppContext } from "./context.ts";
import type { Level } from "./notices.ts";

/** At once; the events panel has all. */
const MOST = 3;

export class ProblemNews {
  /** The newest that there was at the last look; null = nobody has looked. */
  #seen: number | null = null;
  readonly #undelivered = new Set<string>();

  constructor(private readonly app: Pick<AppContext, "notify">) {}

  /** Looks for new ones. Those that there were at the first look are history. */
  look({ data }: Pick<RunFacts, "data">): void {
    const newest = data.events({ kinds: ["problem", "note"], limit: MOST });
    const seen = this.#seen;
    this.#seen = newest.at(-1)?.seq ?? 0;
    if (seen === null) return;
    for (const { kind, body } of newest.filter((event) => event.seq > seen)) {
      if (kind === "problem" && body["source"] === "supervisor") this.#tell("warn", sentence(failureOf({ body })));
      const idle = idleLimitIn({ kind, body });
      if (idle !== null) this.#tell("info", idle);
      this.#tellUndelivered(undeliveredIn({ kind, body }));
      if (kind === "note" && body["tag"] === FILE_IS_WELL) this.#tell("good", String(body["what"]));
    }
  }

  /** Whoever relies on being told all night is to know that nobody is; once for each reason. */
  #tellUndelivered(why: string | null): void {
    if (why === null || this.#undelivered.has(why)) return;
    this.#undelivered.add(why);
    this.#tell("bad", `${why} \`nanochat-cli alerts test\` tries it again`);
  }

  #tell(level: Level, text: string): void {
    this.app.notify(level, text, undefined, true);
  }

  forget(): void {
    this.#seen = null;
    this.#undelivered.clear();
  }
}
