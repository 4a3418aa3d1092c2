/** The screens of the Train tab: which one is shown, what has been changed of it, and what its file says meanwhile. */
import type { KeyOf } from "../core/keys.ts";
import type { Result } from "../core/result.ts";
import type { ScreenNode, ScreenSpec } from "../core/screen.ts";
import type { Edited } from "../screens/edit.ts";
import { leaves } from "../screens/tree.ts";
import type { BrokenFile, ScreenFile, ScreenServices } from "./screen-services.ts";

/** What has been done to a screen since it was first read; undo goes back behind a save. */
interface Work {
  spec: ScreenSpec;
  /** As it is in the file. */
  kept: ScreenSpec;
  /** As it was there when the changes began, where somebody has written it since: what that says is not simply written over. */
  begunFrom?: ScreenSpec;
  undo: ScreenSpec[];
  redo: ScreenSpec[];
}

const POLL_MS = 1000;
const MOST_UNDO = 200;

/** What notices about a file of a screen are about. */
export const aboutFile = (name: string): string => `screen file ${name}`;

const FALLBACK: ScreenSpec = { name: "overview", title: "Overview", layout: { panel: "progress" } };

export class ScreenSession {
  /** Grows with each change of what is shown. */
  version = 0;
  editing = false;
  target: string | null = null;
  #files: ScreenFile[] = [];
  #broken = new Map<string, BrokenFile>();
  #current = "overview";
  #work = new Map<string, Work>();
  #stamp = "";
  #polledAt = Number.NEGATIVE_INFINITY;
  #loaded = false;

  constructor(
    private readonly services: ScreenServices,
    private readonly tell: (level: "info" | "good" | "warn", text: string, about?: string) => void,
    private readonly keyOf: KeyOf,
  ) {}

  /** What is shown, with unsaved changes. */
  get spec(): ScreenSpec {
    this.#load();
    return this.#work.get(this.#current)?.spec ?? this.fileOf(this.#current)?.screen ?? this.#files[0]?.screen ?? FALLBACK;
  }

  get name(): string {
    return this.spec.name;
  }

  /** What is shown, as it is in its file or was begun. */
  get kept(): ScreenSpec {
    return this.#work.get(this.name)?.kept ?? this.spec;
  }

  get list(): readonly ScreenSpec[] {
    this.#load();
    const own = [...this.#work.values()].filter(({ spec }) => this.fileOf(spec.name) === undefined).map(({ spec }) => spec);
    return [...this.#files.map(({ screen }) => this.#work.get(screen.name)?.spec ?? screen), ...own];
  }

  /** The file of the screen that is shown, or undefined when it is new. */
  get file(): ScreenFile | undefined {
    return this.fileOf(this.name);
  }

  /** Why the file of the screen that is shown is not used, or null. */
  get problem(): string | null {
    return this.#broken.get(this.name)?.why ?? null;
  }

  /** Files that cannot be used now, also those whose last good screen is still shown. */
  get broken(): readonly BrokenFile[] {
    this.#load();
    return [...this.#broken.values()];
  }

  /** What has been changed and is in no file. */
  get unsaved(): ReadonlyArray<Pick<Work, "spec" | "kept">> {
    return [...this.#work.values()].filter(({ spec }) => this.isChanged(spec.name)).map(({ spec, kept }) => ({ spec, kept }));
  }

  /** Takes unsaved changes of an earlier time over; a file that was changed since is told as at any time. */
  restore(unsaved: ReadonlyArray<Pick<Work, "spec" | "kept">>): void {
    if (unsaved.length === 0) return;
    // Before files are read: where one is broken, this is all that there is of it.
    for (const { spec, kept } of unsaved) this.#work.set(spec.name, { spec, kept, undo: [kept], redo: [] });
    this.#load();
    for (const { spec, kept } of unsaved) if (this.#isInFile(spec, kept)) this.#work.delete(spec.name);
    this.#follow();
    this.version++;
  }

  /** Saved since by another window, under its own name or a new one, with which it gets another title unless it was given one. */
  #isInFile(spec: ScreenSpec, kept: ScreenSpec): boolean {
    const isSame = ({ screen, ours }: ScreenFile): boolean =>
      !ours &&
      !this.#isLost(screen.name) &&
      (screen.title === spec.title || spec.title === kept.title) &&
      Bun.deepEquals(screen.layout, spec.layout);
    return this.#files.some(isSame);
  }

  isChanged(name = this.name): boolean {
    const work = this.#work.get(name);
    if (work === undefined) return false;
    // A new one into which nothing has been put yet is nothing that could be lost.
    return work.spec !== work.kept || this.#isLost(name) || (this.fileOf(name) === undefined && leaves(work.spec.layout).length > 0);
  }

  /** Whether there is more of it than what was read or begun. */
  get isEdited(): boolean {
    return this.spec !== this.kept;
  }

  /** Its file was broken since it was read: it is here alone. */
  #isLost(name: string): boolean {
    const file = this.fileOf(name);
    return file !== undefined && this.#broken.get(name)?.file === file.file;
  }

  get canUndo(): boolean {
    return (this.#work.get(this.name)?.undo.length ?? 0) > 0;
  }

  get canRedo(): boolean {
    return (this.#work.get(this.name)?.redo.length ?? 0) > 0;
  }

  show(name: string): void {
    this.#current = name;
    this.version++;
  }

  /** Does something as it would be done if another one were shown, which nobody sees. */
  asIf<T>(name: string, work: () => T): T {
    const shown = this.#current;
    this.#current = name;
    try {
      return work();
    } finally {
      this.#current = shown;
    }
  }

  step(by: 1 | -1): void {
    const { list } = this;
    const at = list.findIndex(({ name }) => name === this.name);
    const next = list[(at + by + list.length) % list.length];
    if (next !== undefined) this.show(next.name);
  }

  /** Looks whether files have changed: what is shown follows, unless it has unsaved changes. */
  poll(now: number): boolean {
    if (!this.#loaded || now - this.#polledAt < POLL_MS) return false;
    this.#polledAt = now;
    const stamp = this.services.screensStamp();
    if (stamp === this.#stamp) return false;
    this.#read(stamp);
    return true;
  }

  // --- editing

  edit(on: boolean): void {
    this.editing = on;
    this.version++;
  }

  /** Takes a change over; `joined`: it goes on with the last one, and is undone with it. */
  apply(edited: Edited, joined = false): void {
    if ("root" in edited) this.#change({ ...this.spec, layout: edited.root }, joined);
  }

  /** The panel that the one under the mouse would change places with. */
  aimAt(panel: string | null): void {
    this.target = panel;
  }

  retitle(title: string): void {
    this.#change({ ...this.spec, title });
  }

  undo(): void {
    this.#travel("undo", "redo");
  }

  redo(): void {
    this.#travel("redo", "undo");
  }

  /** A new screen, or a copy of a tree under another name; not yet in a file. */
  create(name: string, title: string, layout: ScreenNode): void {
    this.#begin({ name, title, layout });
    this.show(name);
  }

  /** Writes what is shown into a file of that name, under that title. */
  async save(name: string, overwrite: boolean, title: string): ReturnType<ScreenServices["saveScreen"]> {
    const before = this.name;
    const spec = { ...this.spec, name, title };
    const seen = this.#work.get(before)?.begunFrom ?? this.kept;
    const saved = await this.services.saveScreen(spec, overwrite, name === before && this.file?.ours === false ? seen : null);
    if (!saved.ok) return saved;
    // What was changed is in the new file now; a screen that was only copied is as its own file says.
    const work = this.#work.get(before);
    for (const one of [before, name]) this.#work.delete(one);
    this.#read(this.services.screensStamp());
    this.#keepWork(work, this.fileOf(name)?.screen ?? spec);
    this.show(name);
    return saved;
  }

  /** What led to a screen that has just been saved goes with it, under its name. */
  #keepWork(work: Work | undefined, spec: ScreenSpec): void {
    if (work === undefined) return;
    const { undo, redo, kept } = work;
    const renamed = (one: ScreenSpec): ScreenSpec => ({
      ...one,
      name: spec.name,
      title: one.title === kept.title ? spec.title : one.title,
    });
    const own = kept.name === spec.name;
    this.#work.set(spec.name, { spec, kept: spec, undo: own ? undo : undo.map(renamed), redo: own ? redo : redo.map(renamed) });
  }

  /** Gives up what has not been saved; of a screen that is here alone first what was done to it, then all of it. */
  discard(): void {
    const { name, kept, isEdited } = this;
    const isLost = this.#isLost(name);
    this.#work.delete(name);
    if (isLost && isEdited) this.#begin(kept);
    else if (isLost) this.#forget(name);
    this.version++;
  }

  /** What is shown is what the files have. */
  #forget(name: string): void {
    this.#files = this.#files.filter(({ screen }) => screen.name !== name);
    this.#read(this.services.screensStamp());
  }

  /** From here on it can be changed, and is kept here. */
  #begin(spec: ScreenSpec): void {
    this.#work.set(spec.name, { spec, kept: spec, undo: [], redo: [] });
  }

  /** Deletes the user's file; what comes to light is the shipped one, else the first screen. */
  remove(): Result<void> {
    const { file, name } = this;
    const removed = file === undefined ? ({ ok: true, value: undefined } as const) : this.services.deleteScreen(file);
    if (!removed.ok) return removed;
    this.#work.delete(name);
    this.#forget(name);
    this.show(name);
    return removed;
  }

  #change(spec: ScreenSpec, joined = false): void {
    const work = this.#work.get(spec.name) ?? { spec: this.spec, kept: this.spec, undo: [], redo: [] };
    if (!joined) work.undo.push(work.spec);
    if (work.undo.length > MOST_UNDO) work.undo.shift();
    work.redo = [];
    work.spec = spec;
    this.#work.set(spec.name, work);
    this.version++;
  }

  #travel(from: "undo" | "redo", to: "undo" | "redo"): void {
    const work = this.#work.get(this.name);
    const spec = work?.[from].pop();
    if (work === undefined || spec === undefined) return;
    work[to].push(work.spec);
    work.spec = spec;
    this.version++;
  }

  fileOf(name: string): ScreenFile | undefined {
    return this.#files.find(({ screen }) => screen.name === name);
  }

  #load(): void {
    if (this.#loaded) return;
    this.#loaded = true;
    this.#read(this.services.screensStamp());
  }

  #read(stamp: string): void {
    const before = new Map(this.#files.map((file) => [file.screen.name, file]));
    const { screens, broken } = this.services.screens();
    const mistakes = new Map(broken.map((one) => [one.name, one]));
    const stays = `what was read before stays, ${this.keyOf("screen.save")} writes it again and keeps a copy of this one`;
    // A file that was good once and is broken now keeps its last good screen, which is here alone.
    const lost = broken.flatMap((one) => this.#lastGood(one, before.get(one.name)) ?? []);
    for (const { name, file, why } of broken)
      if (this.#broken.get(name)?.why !== why)
        this.tell(
          "warn",
          `${file} cannot be used, ${lost.some((one) => one.file === file) ? stays : "it is left out"}: ${why}`,
          aboutFile(name),
        );
    for (const name of this.#broken.keys())
      if (!mistakes.has(name) && screens.some(({ screen }) => screen.name === name))
        this.tell("good", `${name} can be used again`, aboutFile(name));
    this.#files = [...screens.map((file) => lost.find(({ screen }) => screen.name === file.screen.name) ?? file)];
    for (const file of lost) if (this.fileOf(file.screen.name) === undefined) this.#files.push(file);
    for (const { screen } of lost) if (!this.#work.has(screen.name)) this.#begin(screen);
    this.#broken = mistakes;
    this.#stamp = stamp;
    this.#tellRemoved(before.get(this.#current));
    this.#follow();
    this.version++;
  }

  /** Of a broken file what was read before, or what was put back of it that is unsaved; null = neither. */
  #lastGood({ name, file }: BrokenFile, before: ScreenFile | undefined): ScreenFile | null {
    if (before !== undefined) return before.file === file ? before : null;
    const work = this.#work.get(name);
    return work === undefined ? null : { screen: work.kept, file, ours: false, overOurs: false };
  }

  /** The file of what is shown was removed outside: it is shown as before, kept in no file, unless one of ours has its name. */
  #tellRemoved(shown: ScreenFile | undefined): void {
    const now = this.fileOf(this.#current);
    if (shown === undefined || shown.ours || now?.file === shown.file) return;
    const { file, screen } = shown;
    if (now === undefined && !this.#work.has(screen.name)) this.#begin(screen);
    const [save, reset] = [this.keyOf("edit.save"), this.keyOf("edit.reset")];
    const then = now?.file ?? `what it said. ${save} writes it again, ${reset} while it is edited gives it up`;
    this.tell("warn", `${file} was removed outside; shown is ${then}`);
  }

  /** What was changed outside is a change like any other: it can be undone. */
  #takeOver(work: Work, screen: ScreenSpec): void {
    work.undo.push(work.spec);
    work.redo = [];
    work.spec = screen;
    work.kept = screen;
  }

  /** A file that was changed outside is shown at once, unless that would lose work. */
  #follow(): void {
    for (const [name, work] of this.#work) {
      const file = this.fileOf(name);
      if (file === undefined || JSON.stringify(file.screen) === JSON.stringify(work.kept)) continue;
      if (work.spec === work.kept) this.#takeOver(work, file.screen);
      else {
        work.begunFrom ??= work.kept;
        work.kept = file.screen;
        this.tell(
          "warn",
          `${file.file} was changed outside; your unsaved changes are kept: ${this.keyOf("edit.save")} writes them there and keeps a copy of it, ${this.keyOf("edit.reset")} gives them up`,
        );
      }
    }
  }
}
