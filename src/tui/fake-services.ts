/** Services without processes, for tests of the TUI; what was asked of them is kept. */
import type { ChatMessage, GeneratedReply, GenerateOptions, Preset, RecordedReply, ReplyPart } from "../core/chat.ts";
import { type Checkpoint, checkpointKey, type Fit } from "../core/checkpoint.ts";
import type { Draft, DraftSource } from "../core/draft.ts";
import { fail, ok, type Result } from "../core/result.ts";
import type { RequestDetails, RequestKind, RunAbout, RunBefore } from "../core/run.ts";
import type { Scene } from "../core/scene.ts";
import type { ScreenSpec } from "../core/screen.ts";
import type { Check, LedgerStage, LedgerStageId, SetupFix } from "../core/setup.ts";
import type { RunRow } from "../panels/runs.ts";
import type { Settings } from "../panels/setting-words.ts";
import type { AboutChange } from "../services/run-about.ts";
import { listScreens } from "../services/screens.ts";
import type { UserFile } from "../services/user-files.ts";
import type { AppServices, PrefabChoice, ReplayStart, RunView, Said, SecretSource } from "./app.ts";
import { FakeDraft } from "./fake-draft.ts";
import { FakeReplay } from "./fake-replay.ts";
import { FakeRun, fakeCheckpoint, fakeRow } from "./fake-terminal.ts";
import type { ScreenFile } from "./screen-services.ts";

/** Ours, as they are in files; the user has none. */
const shippedScreens = (): ScreenFile[] => listScreens(null).screens.filter(({ ours }) => ours);

/** Services over a list of runs; what was asked of them is kept. */
export class FakeServices implements AppServices {
  rows: RunRow[] = [];
  readonly runs = new Map<string, FakeRun>();
  list: Checkpoint[] = [fakeCheckpoint(), fakeCheckpoint({ stage: "base", step: 600 })];
  readonly asked: Array<readonly [id: string, kind: RequestKind]> = [];
  readonly patches: Array<Record<string, number>> = [];
  readonly adopted: string[] = [];
  /** What the model says, in pieces. */
  reply = ["Paris", " is", " it."];
  readonly sent: Array<{ messages: readonly ChatMessage[]; options: GenerateOptions }> = [];
  /** Holds a reply back until it is released. */
  gate: Promise<void> = Promise.resolve();
  cancelled = false;

  add(run: FakeRun): this {
    this.runs.set(run.id, run);
    this.rows.push(fakeRow(run.id, { status: run.record.status, liveness: run.alive }));
    return this;
  }

  baseDir(): string | null {
    return "/base";
  }

  readonly attachedTo: string[] = [];

  attached(run: RunView): void {
    this.attachedTo.push(run.id);
  }

  files: ScreenFile[] = [];
  brokenScreens: Array<{ name: string; file: string; why: string }> = [];
  screenStamp = 0;

  screens(): ReturnType<AppServices["screens"]> {
    const own = new Set(this.files.map(({ screen }) => screen.name));
    return { screens: [...shippedScreens().filter(({ screen }) => !own.has(screen.name)), ...this.files], broken: this.brokenScreens };
  }

  screensStamp(): string {
    return String(this.screenStamp);
  }

  /** Unsaved changes that were no screen; no room for them = null. */
  aside: Map<string, unknown> | null = new Map();

  async putScreenAside(name: string, value: unknown): ReturnType<AppServices["putScreenAside"]> {
    const put = this.aside?.set(name, value);
    return put ? ok(`/home/screens/${name}-unsaved.yaml`) : fail("io", "/home/screens could not be written");
  }

  async saveScreen(screen: ScreenSpec, overwrite: boolean, kept: ScreenSpec | null): ReturnType<AppServices["saveScreen"]> {
    const file = `/home/screens/${screen.name}.yaml`;
    const there = this.files.find((one) => one.file === file);
    if (!overwrite && there !== undefined) return fail("refused", `${file} is there already`);
    const isOther = there !== undefined && kept !== null && JSON.stringify(there.screen) !== JSON.stringify(kept);
    const overOurs = shippedScreens().some((one) => one.screen.name === screen.name);
    this.files = [...this.files.filter((one) => one.file !== file), { screen, file, ours: false, overOurs }];
    const copy = isOther || this.brokenScreens.some((one) => one.file === file) ? `${file}.bak` : null;
    this.brokenScreens = this.brokenScreens.filter((one) => one.file !== file);
    this.screenStamp++;
    return ok({ file, copy });
  }

  deleteScreen({ screen }: ScreenFile): Result<void> {
    this.files = this.files.filter((one) => one.screen.name !== screen.name);
    this.screenStamp++;
    return ok(undefined);
  }

  async listRuns(): Promise<Result<RunRow[]>> {
    return ok(this.rows);
  }

  readonly settings = new Map<string, Settings>();

  settingsOf(id: string): Settings {
    return this.settings.get(id) ?? new Map();
  }

  async openRun(id: string): Promise<Result<RunView>> {
    const run = this.runs.get(id);
    return run === undefined ? fail("not-found", `There is no run ${id}`) : ok(run);
  }

  readonly before = new Map<string, RunBefore>();

  async runBefore({ id }: RunView): Promise<RunBefore | null> {
    return this.before.get(id) ?? null;
  }

  readonly replays: ReplayStart[] = [];

  async openReplay(id: string, start: ReplayStart): Promise<Result<RunView>> {
    this.replays.push(start);
    const opened = await this.openRun(id);
    if (!opened.ok) return opened;
    const { record, reader, alive } = this.runs.get(id)!;
    const run = new FakeRun(record, "owned", reader);
    return ok(Object.assign(run, { replay: new FakeReplay(start.speed, alive !== "ended") }));
  }

  readonly changes: Array<readonly [id: string, change: AboutChange]> = [];
  readonly deleted: string[] = [];

  async changeAbout(id: string, change: AboutChange): Promise<Result<RunAbout>> {
    this.changes.push([id, change]);
    const { addTags, removeTags, ...rest } = change;
    const about = (row: RunRow): RunAbout => ({ ...row.about, ...rest, ...(addTags === undefined ? {} : { tags: addTags }) });
    this.rows = this.rows.map((row) => (row.id === id ? { ...row, about: about(row) } : row));
    return ok({});
  }

  async whatGoes(ids: readonly string[]): Promise<Result<string>> {
    const live = this.rows.find(({ id, liveness }) => ids.includes(id) && liveness !== "ended");
    return live === undefined ? ok("600 steps") : fail("refused", `${live.id} is not deleted`, { why: "it is still going" });
  }

  async deleteRun(id: string): Promise<Result<void>> {
    this.deleted.push(id);
    this.rows = this.rows.filter((row) => row.id !== id);
    return ok(undefined);
  }

  async request(id: string, kind: RequestKind, { values }: RequestDetails = {}): Promise<Result<void>> {
    this.asked.push([id, kind]);
    if (values !== undefined) this.patches.push(values);
    return ok(undefined);
  }

  readonly acknowledged: string[] = [];
  manners = { bell: true, desktop: true };
  mannersAsked = 0;

  async acknowledge(_id: string, key: string): Promise<Result<void>> {
    this.acknowledged.push(key);
    return ok(undefined);
  }

  async alertManners(): Promise<{ bell: boolean; desktop: boolean }> {
    this.mannersAsked++;
    return this.manners;
  }

  async adopt(id: string): Promise<Result<string>> {
    this.adopted.push(id);
    return ok(`${id} is looked after again (process 7)`);
  }

  async checkpoints(): Promise<Result<Checkpoint[]>> {
    return ok(this.list);
  }

  /** Like the real one: another when the list is. */
  async checkpointsStamp(): Promise<string> {
    return this.list.map(checkpointKey).join(" ");
  }

  readonly chat = {
    load: async () => ok({ seconds: 0.1, context: 64, pocket: true, device: "cpu" }),
    send: async (
      messages: readonly ChatMessage[],
      options: GenerateOptions,
      onToken: (text: string, part: ReplyPart) => void,
    ): Promise<Result<GeneratedReply>> => {
      this.sent.push({ messages, options });
      for (const piece of this.reply) onToken(piece, null);
      await this.gate;
      const reason = this.cancelled ? ("cancelled" as const) : ("stop" as const);
      return ok({ reason, tokensIn: 3, dropped: 0, tokensOut: this.reply.length, firstTokenSeconds: 0.027, seconds: 0.5 });
    },
    cancel: (): void => {
      this.cancelled = true;
    },
    setDevice: () => ok(undefined),
  };

  /** What loading a model beside the training costs, or null. */
  cost: string | null = null;
  kept: Preset[] = [];
  transcripts: RecordedReply[][] = [];

  async costBeside(): Promise<string | null> {
    return this.cost;
  }

  async presets(): Promise<Preset[]> {
    return this.kept;
  }

  async savePreset(preset: Preset, overwrite: boolean): Promise<Result<{ file: string }>> {
    if (!overwrite && this.kept.some(({ name }) => name === preset.name))
      return fail("refused", "/home/prompts is there already", { why: "its prompt would be lost" });
    this.kept = [...this.kept.filter(({ name }) => name !== preset.name), preset];
    return ok({ file: `/home/prompts/${preset.name}.yaml` });
  }

  /** Charts that were written, by file. */
  readonly charts = new Map<string, Scene>();

  async saveChart(scene: Scene, file: string, replace: boolean): Promise<Result<string>> {
    if (this.charts.has(file) && !replace) return fail("refused", `There is a ${file} already`, { why: "it would be gone" });
    this.charts.set(file, scene);
    return ok(file);
  }

  ownThemes: UserFile[] = [];

  themeFiles(): UserFile[] {
    return this.ownThemes;
  }

  ownKeys: UserFile[] = [];

  keymapFiles(): UserFile[] {
    return this.ownKeys;
  }

  /** What was kept of the screen last. */
  ui: unknown = null;

  saveUi: AppServices["saveUi"] = (value) => {
    this.ui = JSON.parse(JSON.stringify(value));
    return ok(undefined);
  };

  /** What another window is to have written. */
  uiOfOthers: Record<string, unknown> | null = null;

  changedUi: AppServices["changedUi"] = () => this.uiOfOthers;

  async deletePreset(name: string): Promise<Result<void>> {
    this.kept = this.kept.filter((preset) => preset.name !== name);
    return ok(undefined);
  }

  async saveTranscript(_checkpoint: Checkpoint, replies: RecordedReply[]): Promise<Result<{ markdown: string }>> {
    this.transcripts.push(replies);
    return ok({ markdown: "/home/transcripts/talk.md" });
  }

  fits: Fit[] = [];
  readonly removed: Checkpoint[] = [];

  async fit(): Promise<Result<Fit[]>> {
    return ok(this.fits);
  }

  async verify(): Promise<Result<string | null>> {
    return ok(null);
  }

  async removeCheckpoints(some: readonly Checkpoint[]): Promise<Result<void>> {
    this.removed.push(...some);
    this.list = this.list.filter((one) => !some.includes(one));
    return ok(undefined);
  }

  prunable(one: Checkpoint, all: readonly Checkpoint[]): Checkpoint[] {
    return all.filter(({ stage, tag, step }) => stage === one.stage && tag === one.tag && step < one.step);
  }

  keptText({ stage, tag, step }: Checkpoint): string {
    return `Kept: ${stage}/${tag}@${step} (the last)`;
  }

  freeTag({ tag }: Checkpoint): string {
    return `${tag}-2`;
  }

  whyNoCopy(_one: Checkpoint, tag: string): string | null {
    return this.list.some((one) => one.tag === tag) ? `There is ${tag} already.` : null;
  }

  readonly drafts: FakeDraft[] = [];
  readonly opened: DraftSource[] = [];

  prefabNames(): string[] {
    return ["cpu", "speedrun"];
  }

  async prefabs(): Promise<Result<PrefabChoice[]>> {
    return ok([
      { name: "cpu", detail: "a CPU", problem: null },
      { name: "speedrun", detail: "8×H100 · ~$100", problem: "this checkout has no chat_sft" },
    ]);
  }

  async openDraft(source: DraftSource): Promise<Result<Draft>> {
    this.opened.push(source);
    const draft = new FakeDraft();
    this.drafts.push(draft);
    return ok(draft);
  }

  stages: LedgerStage[] = [];
  checks: Check[] = [];
  readonly fixed: SetupFix[] = [];
  readonly started: Array<LedgerStageId[] | "missing"> = [];
  readonly secrets: Array<readonly [account: string, value: string]> = [];

  async ledger(): Promise<Result<LedgerStage[]>> {
    return ok(this.stages);
  }

  async doctor(onChecks: (checks: Check[], looking: number) => void): Promise<void> {
    onChecks(this.checks, 0);
  }

  async runFix(fix: SetupFix, onLine: (line: string) => void): Promise<Result<void>> {
    this.fixed.push(fix);
    onLine("Downloading shard_00000.parquet...");
    return ok(undefined);
  }

  /** What `runStages` warns of before it starts. */
  warnings: string[] = [];

  async runStages(stages: LedgerStageId[] | "missing", ask: (warnings: readonly string[]) => Promise<boolean>): Promise<Result<string>> {
    if (this.warnings.length > 0 && !(await ask(this.warnings))) return fail("refused", "The run was not started");
    this.started.push(stages);
    const [first] = this.runs.keys();
    return first === undefined ? fail("failed", "no run") : ok(first);
  }

  async setSecret(account: "wandb" | "hf", value: string): Promise<Result<Said>> {
    this.secrets.push([account, value]);
    return ok({ level: "good", text: "The key is valid for ada" });
  }

  async secretSources(): Promise<SecretSource[]> {
    return [];
  }
}
