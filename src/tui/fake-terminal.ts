/** A terminal without a screen, and services without processes, for tests of the TUI. */

import type { Checkpoint } from "../core/checkpoint.ts";
import type { Liveness, RunAbout, RunBefore, RunState } from "../core/run.ts";
import type { Canvas } from "../lib/canvas.ts";
import { AT_START, FakeData, fakePlan, fakeState } from "../panels/fake-data.ts";
import type { RunRow } from "../panels/runs.ts";
import type { RunView } from "./app.ts";
import { rawKeyOf } from "./keys.ts";
import type { Cursor, Signal, Terminal, TerminalEvents } from "./terminal.ts";
import type { Theme } from "./theme.ts";

export class FakeTerminal implements Terminal {
  events: TerminalEvents | null = null;
  shown = "";
  /** The last frame. */
  canvas: Canvas | null = null;
  cursor: Cursor = null;
  presented = 0;
  copied: string[] = [];
  suspended = 0;
  readonly signals: Signal[] = [];

  constructor(
    public width = 120,
    public height = 36,
  ) {}

  listen(events: TerminalEvents): void {
    this.events = events;
  }

  theme: Theme | null = null;

  setTheme(theme: Theme): void {
    this.theme = theme;
  }

  present(canvas: Canvas, cursor: Cursor): void {
    this.shown = canvas.toText();
    this.canvas = canvas;
    this.cursor = cursor;
    this.presented++;
  }

  idle(): Promise<void> {
    return Promise.resolve();
  }

  copy(text: string): boolean {
    this.copied.push(text);
    return true;
  }

  signal(signal: Signal): void {
    this.signals.push(signal);
  }

  async suspend(): Promise<void> {
    this.suspended++;
  }

  keep(): void {}

  redraw(): void {}

  async close(): Promise<boolean> {
    return true;
  }

  /** Presses keys by name: `a`, `S`, `enter`, `ctrl+p`, `shift+tab`. */
  press(...names: string[]): void {
    for (const name of names) this.events?.key(rawKeyOf(name));
  }

  type(text: string): void {
    for (const letter of text) this.press(letter);
  }

  row(y: number): string {
    return this.shown.split("\n").at(y) ?? "";
  }

  /** Clicks where the text stands on the screen. */
  click(text: string): void {
    const y = this.shown.split("\n").findIndex((row) => row.includes(text));
    if (y < 0) throw new Error(`"${text}" is not on the screen:\n${this.shown}`);
    this.clickAt(this.row(y).indexOf(text), y);
  }

  clickAt(x: number, y: number): void {
    this.events?.mouse({ kind: "press", x, y, rows: 0 });
    this.events?.mouse({ kind: "release", x, y, rows: 0 });
  }

  /** Presses at the first place and lets go at the last. */
  drag(...places: Array<readonly [x: number, y: number]>): void {
    places.forEach(([x, y], i) => {
      this.events?.mouse({ kind: i === 0 ? "press" : "drag", x, y, rows: 0 });
    });
    const [x, y] = places.at(-1)!;
    this.events?.mouse({ kind: "release", x, y, rows: 0 });
  }
}

export class FakeRun implements RunView {
  readonly id: string;

  plan = fakePlan({ depth: 4, eval_every: 250, save_every: 20 });
  changed = false;
  closed = false;
  gone = false;
  named: RunAbout = {};
  left: { trainer: number | null; isOwned: boolean } = { trainer: null, isOwned: false };

  constructor(
    public record: RunState = fakeState(),
    public alive: Liveness = "owned",
    readonly reader = new FakeData(),
  ) {
    this.id = record.id;
    // A supervisor that is there writes it again and again.
    if (alive === "owned" && record.heartbeatAt === AT_START) this.record = { ...record, heartbeatAt: "2026-01-02T00:00:00.000Z" };
  }

  state(): RunState {
    return this.record;
  }

  about(): RunAbout {
    return this.named;
  }

  liveness(): Liveness {
    return this.alive;
  }

  refresh() {
    const changed = this.changed;
    this.changed = false;
    return { points: changed, events: changed, log: changed, state: changed };
  }

  showUntil({ script, step }: Pick<RunBefore, "script" | "step">): void {
    const stage = this.record.stages.find((one) => one.script === script)?.index;
    for (const [name, points] of this.reader.series)
      if (name.startsWith(`${stage} `))
        this.reader.series.set(
          name,
          points.filter(([key]) => key <= step),
        );
  }

  /** How many more times reading is not at its end. */
  slices = 0;

  refreshWithin() {
    if (this.slices === 0) return this.refresh();
    this.slices--;
    return null;
  }

  isGone(): boolean {
    return this.gone;
  }

  remains() {
    return this.left;
  }

  close(): void {
    this.closed = true;
  }
}

export const fakeRow = (id: string, rest: Partial<RunRow> = {}): RunRow => ({
  id,
  name: id.replace(/^\d{8}-\d{6}-/, ""),
  prefab: "pocket",
  status: "done",
  liveness: "ended",
  createdAt: "2026-01-01T12:00:00.000Z",
  endedAt: null,
  progress: null,
  stage: null,
  problem: null,
  reason: null,
  ...rest,
});

export const fakeCheckpoint = (rest: Partial<Checkpoint> = {}): Checkpoint => ({
  stage: "sft",
  tag: "d4",
  step: 400,
  dir: "/b/chatsft_checkpoints/d4",
  files: [],
  bytes: 1_000_000,
  writtenAt: "2026-01-01T12:00:00.000Z",
  valBpb: 0.91,
  modelConfig: null,
  userConfig: null,
  broken: null,
  ...rest,
});
