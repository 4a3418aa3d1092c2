/** From the state of the program to the cells on the terminal: which panels stand where, and which are drawn anew. */
import type { Action } from "../core/action.ts";
import type { Scene } from "../core/scene.ts";
import { toAscii } from "../lib/ascii.ts";
import { Canvas } from "../lib/canvas.ts";
import { innerSize } from "../panels/paint.ts";
import { keysHere } from "./actions.ts";
import { Backdrop } from "./backdrop.ts";
import { type Hint, hintOf } from "./chrome.ts";
import type { AppContext } from "./context.ts";
import type { LineEditor } from "./editor.ts";
import { drawFrame, isTooSmall, place } from "./frame.ts";
import { type Overlay, Zones } from "./overlay.ts";
import { Budget } from "./pace.ts";
import { Painter, type Placed } from "./painter.ts";
import type { Group, Pane, Screen } from "./pane.ts";
import type { Cursor, Terminal } from "./terminal.ts";
import { selectedText, type TextSelection } from "./text-selection.ts";

/** What stands below the panels. */
export interface Below {
  filter: LineEditor | null;
  /** Actions that the keys reach now. */
  actions: readonly Action<AppContext>[];
}

const isRare = (rare: Action<AppContext>["rare"], app: AppContext): boolean => (typeof rare === "function" ? rare(app) : rare === true);

export class Display {
  readonly zones = new Zones();
  /** Of bytes, where the link is thin. */
  readonly budget: Budget;
  readonly #painter: Painter;
  /** Of slots with several panels, the one that was in front last. */
  readonly #front = new Map<string, string>();
  readonly #backdrop = new Backdrop();
  /** All but an overlay, which lies over it: what it was drawn as last, its cursor, and how many zones it has. */
  #under = new Canvas(0, 0);
  #cursor: Cursor = null;
  #zonesUnder = 0;
  #canvas = new Canvas(0, 0);
  #placed: Placed[] = [];
  /** Frames that had an overlay. */
  #overlays = 0;

  constructor(
    private readonly app: AppContext,
    private readonly terminal: Terminal,
    private readonly ascii: boolean,
  ) {
    this.budget = new Budget(app.pace.bytesPerSecond);
    this.#painter = new Painter(
      () => ({
        symbols: ascii ? "ascii" : "braille",
        onLight: app.theme.isLight,
        // Each cell of a picture in colours is some forty bytes: too many for a thin link.
        colours: Number.isFinite(app.pace.bytesPerSecond) ? "none" : app.theme.colours,
      }),
      app.keyOf,
    );
  }

  /** Brings the panels up to date where they were placed, see Painter. */
  update(budgetMs: number, urgent: boolean): { done: boolean; drew: boolean } {
    return this.#painter.update(this.#placed, budgetMs, urgent, this.app.now);
  }

  place(screen: Screen): void {
    this.#placed = place(this.app, screen, this.terminal, this.#front);
  }

  /** Puts a frame on the screen. */
  present({ filter, actions }: Below, overlay: Overlay | null): void {
    const { width, height } = this.terminal;
    if (this.#under.width !== width || this.#under.height !== height) this.#under = new Canvas(width, height);
    this.#cursor = drawFrame(this.#under, {
      app: this.app,
      placed: this.#placed,
      painter: this.#painter,
      backdrop: this.#backdrop,
      footer: this.#hints(actions),
      filter,
      zones: this.zones,
    });
    this.#zonesUnder = this.zones.count;
    this.presentOver(overlay);
  }

  /** Whether what was drawn last has the size of the terminal. */
  get fits(): boolean {
    return this.#under.width === this.terminal.width && this.#under.height === this.terminal.height;
  }

  /** Puts a frame on the screen in which all but the overlay is as it was. */
  presentOver(overlay: Overlay | null): void {
    this.#overlays += Number(overlay !== null);
    const { width, height } = this.#under;
    if (this.#canvas.width !== width || this.#canvas.height !== height) this.#canvas = new Canvas(width, height);
    this.#canvas.take(this.#under);
    this.zones.cut(this.#zonesUnder);
    const covered = overlay !== null && !isTooSmall(this.#canvas);
    const cursor = covered ? overlay.draw(this.#canvas.region(), this.zones) : this.#cursor;
    if (this.ascii) toAscii(this.#canvas);
    this.budget.spend(this.#canvas, this.app.now);
    this.terminal.present(this.#canvas, cursor);
  }

  /** How much was drawn since the start, in panels: to narrow a list leaves as much behind as two of them. */
  get drawings(): number {
    return this.#painter.drawings + 2 * this.#overlays;
  }

  /** See Painter. */
  get waiting(): boolean {
    return this.#painter.waiting;
  }

  isVisible(id: string): boolean {
    return this.#placed.some(({ pane }) => pane.id === id);
  }

  /** The focused panel. */
  pane(screen: Screen): Pane {
    return this.#focused?.pane ?? screen.pane(this.app, this.app.state.focus[this.app.state.tab]);
  }

  /** It may have got the focus since the panels were placed: a click takes it and chooses a row at once. */
  get #focused(): Placed | undefined {
    const id = this.app.state.focus[this.app.state.tab];
    return this.#placed.find(({ pane }) => pane.id === id) ?? this.#placed.find(({ focused }) => focused);
  }

  /** The terminal, in cells. */
  get size(): { width: number; height: number } {
    return { width: this.terminal.width, height: this.terminal.height };
  }

  /** Where the visible panels stand. */
  get placed(): readonly Placed[] {
    return this.#placed;
  }

  /** Rows that the focused panel has for its content. */
  paneRows(): number {
    const rect = this.#focused?.rect;
    return rect === undefined ? 1 : Math.max(1, innerSize(rect.width, rect.height).height);
  }

  /** A panel as it was drawn last. */
  scene(id: string): Scene | null {
    return this.#painter.scene(id);
  }

  selectedText(selection: TextSelection): string {
    const canvas = this.#painter.canvas(selection.pane);
    return canvas === null ? "" : selectedText(canvas, selection);
  }

  paneText(id: string): string {
    return this.#painter.canvas(id)?.toText() ?? "";
  }

  /** Panels in the order of the design: those that share a slot one after another, whichever is in front. */
  order(screen: Screen): string[] {
    const placed = place(this.app, screen, this.terminal, this.#front, false);
    return placed.flatMap(({ slot }) => slot);
  }

  /** Forgets what was drawn. */
  forget(): void {
    this.#painter.forget();
  }

  #hints(actions: readonly Action<AppContext>[]): Hint[] {
    const focused = this.#placed.find((one) => one.focused);
    const typing = focused?.pane.editor !== undefined;
    const groups = this.app.groups();
    return actions
      .filter((action) => action.footer !== undefined && !(isOutOfPlace(this.app, action) && action.disabled(this.app) !== null))
      .sort((a, b) => (a.footer ?? 0) - (b.footer ?? 0))
      .flatMap((action) => {
        // Shown with a key that reaches it, or not at all.
        const [key] = keysHere(this.app.actions, action, groups, typing);
        return key === undefined ? [] : (hintOf(this.app, action, key) ?? []);
      });
  }
}

/** What is done with a run, or with its charts and log. */
const OF_A_RUN: ReadonlySet<Group> = new Set<Group>(["train", "chart", "log", "stage"]);

/** Whether the footer has no place for it while it cannot be done. */
const isOutOfPlace = (app: AppContext, { rare, group }: Action<AppContext>): boolean =>
  isRare(rare, app) || (app.run === null && OF_A_RUN.has(group));
