/** What the tests of sources share. */
import type { JournalEvent, LogLine, Sink } from "../core/journal.ts";

export interface Points {
  stage: number;
  key: number;
  values: Readonly<Record<string, number>>;
}

/** A sink that remembers. Times are left out of `told`: lines of a log have none of their own. */
export class RecordingSink implements Sink {
  readonly points_: Points[] = [];
  readonly events: JournalEvent[] = [];
  readonly lines: LogLine[] = [];
  readonly offsets = new Map<string, number>();

  points(stage: number, key: number, _atMs: number, values: Readonly<Record<string, number>>): void {
    this.points_.push({ stage, key, values: { ...values } });
  }

  event(event: JournalEvent): void {
    this.events.push(event);
  }

  log(line: LogLine): void {
    this.lines.push(line);
  }

  offset(file: string, offset: number): void {
    this.offsets.set(file, offset);
  }

  /** Everything but the times and the offsets on the way, with the offsets at the end: comparable. */
  told(): unknown {
    const timeless = <T extends { at: number }>(things: readonly T[]): unknown[] => things.map(({ at: _, ...rest }) => rest);
    return { points: this.points_, events: timeless(this.events), lines: timeless(this.lines), offsets: [...this.offsets].sort() };
  }

  /** Values of one metric, by key. */
  series(metric: string): Array<[key: number, value: number]> {
    return this.points_.flatMap(({ key, values }) => (values[metric] === undefined ? [] : [[key, values[metric]] as [number, number]]));
  }

  bodies(kind: JournalEvent["kind"]): Array<Record<string, unknown>> {
    return this.events.filter((event) => event.kind === kind).map(({ body }) => body);
  }
}
