/** The Config tab's draft: a plan's input, edited one value at a time, with all that was before it. */
import { CATEGORIES, categoryOf } from "../config/categories.ts";
import { withFix } from "../config/fix.ts";
import { keepingOf } from "../config/kept.ts";
import { makePlan } from "../config/plan.ts";
import type { Edit, PlanInput } from "../config/plan-input.ts";
import { validateEdit } from "../config/revise.ts";
import { planDifferences } from "../core/differences.ts";
import type { Draft, DraftDifference, DraftSource, DraftWork, Preview } from "../core/draft.ts";
import type { StageFigures } from "../core/figures.ts";
import type { Parameter } from "../core/params.ts";
import { type Fix, type Plan, shortName } from "../core/plan.ts";
import { fail, ok, type Result, sentence } from "../core/result.ts";
import { count, duration, si } from "../lib/format.ts";
import { type PrefabPlace, savePrefab } from "../services/prefab-save.ts";
import { type LaunchOptions, launchInput } from "./launch.ts";

/** A state that one can come back to, and what was done to get there. */
interface Moment {
  input: PlanInput;
  plan: Plan;
  what: string;
}

export class PlanDraft implements Draft {
  readonly categories = CATEGORIES.map(({ title }) => title);
  #now: Moment;
  #past: Moment[] = [];
  /** How many moments lay behind when it was opened or saved. */
  #keptAt = 0;
  #future: Moment[] = [];

  private constructor(
    readonly title: string,
    readonly place: PrefabPlace,
    now: Moment,
    readonly open: (source: DraftSource) => Promise<Result<PlanInput>>,
    private readonly copy: LaunchOptions["copy"],
  ) {
    this.#now = now;
  }

  /** `copy`: a checkpoint that is made when it is started. */
  static make(
    title: string,
    place: PrefabPlace,
    input: PlanInput,
    open: PlanDraft["open"],
    copy?: LaunchOptions["copy"],
  ): Result<PlanDraft> {
    const plan = makePlan(input);
    return plan.ok ? ok(new PlanDraft(title, place, { input, plan: plan.value, what: "" }, open, copy)) : plan;
  }

  /** Also of what was taken back since. */
  get edits(): number {
    return Math.abs(this.#past.length - this.#keptAt);
  }

  get plan(): Plan {
    return this.#now.plan;
  }

  category(_script: string, parameter: string): string {
    return categoryOf(parameter)?.title ?? CATEGORIES[0]!.title;
  }

  preview(stage: string, name: string, text: string): Preview {
    const parameter = this.#parameter(stage, name);
    if (parameter === null) return { problem: `There is no ${name}.`, effect: null };
    const edited = validateEdit(parameter, text, { input: this.#now.input, script: scriptOf(stage) });
    if (!edited.ok) return { problem: sentence(edited.failure), effect: null };
    const errors = edited.findings.filter((finding) => finding.severity === "error" && finding.field === name);
    const effect = changes(figuresOf(this.plan, stage), figuresOf(edited.plan, stage));
    return { problem: null, effect: [effect, ...errors.map(({ message }) => message)].filter(Boolean).join(" · ") || null };
  }

  set(stage: string, name: string, text: string): Result<void> {
    const parameter = this.#parameter(stage, name);
    if (parameter === null) return fail("usage", `${stage} has no parameter ${name}`);
    const edited = validateEdit(parameter, text, { input: this.#now.input, script: scriptOf(stage) });
    if (!edited.ok) return edited;
    return this.#edit({ script: scriptOf(stage), name, value: edited.value, layer: "override" }, `${name} ${edited.value ?? "none"}`);
  }

  unset(stage: string, name: string): Result<void> {
    return this.#edit({ script: scriptOf(stage), name, value: null, layer: "fix" }, `${name} at its default`);
  }

  apply(fix: Fix): Result<void> {
    return this.#go(withFix(this.#now.input, fix), fix.title);
  }

  undo(): string | null {
    const before = this.#past.pop();
    if (before === undefined) return null;
    const { what } = this.#now;
    this.#future.push(this.#now);
    this.#now = before;
    return `Taken back: ${what}`;
  }

  redo(): string | null {
    const next = this.#future.pop();
    if (next === undefined) return null;
    this.#past.push(this.#now);
    this.#now = next;
    return `Made again: ${next.what}`;
  }

  async save(name: string, overwrite: boolean): Promise<Result<{ file: string }>> {
    const keeping = keepingOf(this.#now.input);
    if (!keeping.ok) return keeping;
    const saved = savePrefab(this.place, keeping.value, name, overwrite);
    if (saved.ok) this.#keptAt = this.#past.length;
    return saved;
  }

  goOnFrom(before: Draft): void {
    if (!(before instanceof PlanDraft)) return;
    const { name } = this.#now.input;
    this.#past = before.#past.map((moment) => ({ ...moment, input: { ...moment.input, name } }));
    this.#now = { ...this.#now, what: before.#now.what };
    this.#keptAt = this.#past.length;
  }

  work(): DraftWork {
    const { edits = [], inserted = [] } = this.#now.input;
    return { edits, inserted, count: this.edits };
  }

  resume({ edits, inserted, count: many }: DraftWork): Result<void> {
    if (edits.length + inserted.length === 0) return ok(undefined);
    const done = this.#go({ ...this.#now.input, edits, inserted }, "all edits of the last time");
    if (done.ok) this.#keptAt = this.#past.length - many;
    return done;
  }

  async diff(against: DraftSource): Promise<Result<DraftDifference[]>> {
    const input = await this.open(against);
    if (!input.ok) return input;
    const other = makePlan(input.value);
    return other.ok ? ok(planDifferences(this.plan, other.value)) : other;
  }

  async start(force: boolean): Promise<Result<string>> {
    const launched = await launchInput(this.place.home, this.#now.input, { force, copy: this.copy });
    if (!launched.ok) return launched;
    this.#keptAt = this.#past.length;
    return ok(launched.value.id);
  }

  #edit(edit: Edit, what: string): Result<void> {
    const { input } = this.#now;
    // What was said of this value before, by hand or by a fix, gives way.
    const others = (input.edits ?? []).filter(({ script, name }) => shortName(script) !== shortName(edit.script) || name !== edit.name);
    return this.#go({ ...input, edits: [...others, edit] }, what);
  }

  #go(input: PlanInput, what: string): Result<void> {
    const plan = makePlan(input);
    if (!plan.ok) return plan;
    // What was kept lies in a future that is no more: as many edits away as it was.
    if (this.#keptAt > this.#past.length) this.#keptAt = this.#past.length - this.edits;
    this.#past.push(this.#now);
    this.#future = [];
    this.#now = { input, plan: plan.value, what };
    return ok(undefined);
  }

  #parameter(stage: string, name: string): Parameter | null {
    const planned = this.plan.stages.find((one) => one.name === stage);
    return planned?.values.find(({ parameter }) => parameter.name === name)?.parameter ?? null;
  }
}

/** `base_train` of `03-base_train`. */
const scriptOf = (stage: string): string => stage.replace(/^\d+-/, "");

const figuresOf = (plan: Plan, stage: string): StageFigures | undefined =>
  plan.figures?.find((one) => scriptOf(one.stage) === scriptOf(stage));

const TOLD: ReadonlyArray<readonly [name: string, of: (figures: StageFigures) => string | null]> = [
  ["parameters", ({ model }) => (model === null ? null : si(model.parameters))],
  ["steps", ({ horizon }) => (horizon === null ? null : count(horizon.steps))],
  ["tokens", ({ horizon }) => (horizon === null ? null : si(horizon.tokens))],
  ["accumulation", ({ batch }) => (batch === null ? null : batch.accumulation === null ? "does not divide" : count(batch.accumulation))],
  ["memory", ({ memory }) => (memory === null || memory.verdict === "unknown" ? null : memory.verdict)],
  ["time", ({ cost }) => (cost === null ? null : `~${duration(cost.hours * 3600)}`)],
  ["cost", ({ cost }) => (cost?.dollars == null ? null : `~$${Number(cost.dollars.toPrecision(3))}`)],
];

/** `steps 2,520 → 5,040 · cost ~$17 → ~$34` */
function changes(before: StageFigures | undefined, after: StageFigures | undefined): string | null {
  if (before === undefined || after === undefined) return null;
  const told = TOLD.flatMap(([name, of]) => {
    const [was, is] = [of(before), of(after)];
    return was === is ? [] : [`${name} ${was ?? "–"} → ${is ?? "–"}`];
  });
  return told.length === 0 ? null : told.join(" · ");
}
