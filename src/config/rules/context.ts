/** A planned stage as rules look at it: values with what they inherit, the machine, and figures made when asked for. */
import type { Checkpoint, CheckpointStage } from "../../core/checkpoint.ts";
import type { StageFigures } from "../../core/figures.ts";
import type { MachineFacts } from "../../core/machine.ts";
import type { ScriptInfo } from "../../core/params.ts";
import { type PlannedStage, type ResolvedValue, shortName, type Value } from "../../core/plan.ts";
import { loadsStage, writesStage, writesToTag } from "../lineage.ts";
import type { PlanInput } from "../plan-input.ts";

/** Changes of a stage's values for which figures are wanted. */
export type Changes = Readonly<Record<string, Value>>;

export interface PlanContext {
  input: PlanInput;
  /** In the order in which they run. */
  stages: readonly StageContext[];
}

/** Figures of a stage as it stands, or as if `changes` were made. */
export type FiguresOf = (stage: StageContext, changes: Changes) => StageFigures | null;

export class StageContext {
  readonly short: string;
  #values: ReadonlyMap<string, ResolvedValue>;
  // Asked for by many rules: looked for once.
  #figures: StageFigures | null | undefined;
  #startsFrom: StageContext | null | undefined;
  #checkpoint: Checkpoint | null | undefined;

  constructor(
    readonly input: PlanInput,
    readonly stage: PlannedStage,
    readonly script: ScriptInfo,
    /** The stages before this one, first one first. */
    readonly before: readonly StageContext[],
  ) {
    this.short = shortName(script.module);
    this.#values = new Map(stage.values.map((value) => [value.parameter.name, value]));
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  value(name: string): Value {
    return this.#values.get(name)?.value ?? null;
  }

  number(name: string): number | null {
    const value = this.value(name);
    return typeof value === "number" ? value : null;
  }

  /** Null also for an empty text, which is how the scripts say "not given". */
  text(name: string): string | null {
    const value = this.value(name);
    return typeof value === "string" && value !== "" ? value : null;
  }

  /** Whether somebody has set it: a prefab, the user, a fix. */
  given(name: string): boolean {
    return (this.#values.get(name)?.origin.layer ?? "default") !== "default";
  }

  /** What the prefab says, where somebody has set another value over it; undefined where it says nothing. */
  underneath(name: string): Value | undefined {
    if (["default", "prefab", "user prefab"].includes(this.#values.get(name)?.origin.layer ?? "default")) return undefined;
    return this.input.prefab.stages.find(({ script }) => script === this.script.module)?.set.get(name)?.value;
  }

  defaultOf(name: string): Value {
    const value = this.#values.get(name)?.parameter.default ?? null;
    return Array.isArray(value) ? value.join(" ") : value;
  }

  /** Whether another stage of the prefab has a setting of this name. */
  sharedName(name: string): boolean {
    const others = this.input.prefab.stages.filter(({ script }) => script !== this.script.module);
    const scripts = this.input.workspace.scripts.filter(({ module }) => others.some(({ script }) => script === module));
    return scripts.some(({ parameters }) => parameters.some((parameter) => parameter.name === name));
  }

  get values(): Iterable<ResolvedValue> {
    return this.#values.values();
  }

  /** Number of processes. */
  get ranks(): number {
    return this.stage.ranks;
  }

  /** A value that chat_sft, when it is not given one, takes over from the model that it starts from (chat_sft.py:98@92d63d4). */
  inherited(name: string): number | null {
    const own = this.number(name);
    if (own !== null || !this.has(name)) return own;
    const earlier = this.startsFrom?.number(name) ?? null;
    if (earlier !== null) return earlier;
    const kept = this.checkpoint?.userConfig?.[name];
    return typeof kept === "number" ? kept : null;
  }

  /** Tokens of one micro-batch over all ranks; null when a part of it is not known. */
  get tokensPerMicroBatch(): number | null {
    const [batch, sequence] = [this.inherited("device_batch_size"), this.sequence];
    return batch === null || sequence === null || batch < 1 || sequence < 1 ? null : batch * sequence * this.ranks;
  }

  /** Context length: the stage's own, or that of the model that it loads. */
  get sequence(): number | null {
    if (this.has("max_seq_len")) return this.inherited("max_seq_len");
    const model = this.checkpoint?.modelConfig?.["sequence_len"];
    return this.startsFrom?.number("max_seq_len") ?? (typeof model === "number" ? model : null);
  }

  /** Tokens of an optimizer step; where the script chooses it, what the figures say. */
  get totalBatch(): number | null {
    const own = this.inherited("total_batch_size");
    return own !== null && own > 0 ? own : (this.figures?.batch?.totalBatch ?? null);
  }

  /** Where it runs: `device_type`, else what nanochat would find there. */
  get device(): MachineFacts["device"] | null {
    const asked = this.text("device_type");
    if (asked === "cuda" || asked === "mps" || asked === "cpu") return asked;
    return this.machine?.device ?? null;
  }

  /** The pocket needs none of what these facts are about. */
  get machine(): MachineFacts | null {
    return this.input.workspace.kind === "pocket" ? null : this.input.surroundings.machine;
  }

  get figures(): StageFigures | null {
    if (this.#figures === undefined) this.#figures = this.figuresWith({});
    return this.#figures;
  }

  /** As if these values were set. */
  figuresWith(changes: Changes): StageFigures | null {
    return this.input.figuresOf?.(this, changes) ?? null;
  }

  /** Whether this checkout has a feature of bridge/nanochat_bridge/features.py; null = it could not be told. */
  feature(name: string): string | number | boolean | null {
    return this.input.workspace.features[name] ?? null;
  }

  get writes(): CheckpointStage | null {
    return writesStage(this.short);
  }

  get loads(): CheckpointStage | null {
    return loadsStage(this.short, this.has("source") ? this.value("source") : undefined);
  }

  /** Folder name of its checkpoints; null when the depth that names it is not known. */
  get writesTag(): string | null {
    const tag = writesToTag(this.script) ? this.text("model_tag") : null;
    const depth = this.number("depth") ?? this.depthOfSource;
    return tag ?? (depth === null ? null : `d${depth}`);
  }

  /** Layers of the model that it loads. */
  get depthOfSource(): number | null {
    const loaded = this.checkpoint?.modelConfig?.["n_layer"];
    return this.startsFrom?.number("depth") ?? this.startsFrom?.depthOfSource ?? (typeof loaded === "number" ? loaded : null);
  }

  /** The earlier stage of this plan whose checkpoint it loads. */
  get startsFrom(): StageContext | null {
    if (this.#startsFrom === undefined) this.#startsFrom = this.findMaker();
    return this.#startsFrom;
  }

  private findMaker(): StageContext | null {
    const wanted = this.loads;
    const tag = this.text("model_tag");
    const makers = wanted === null ? [] : this.before.filter(({ writes }) => writes === wanted);
    return makers.findLast((maker) => tag === null || maker.writesTag === tag || maker.writesTag === null) ?? null;
  }

  /** The checkpoint on disk that it resumes, or loads when no earlier stage makes one. */
  get checkpoint(): Checkpoint | null {
    if (this.#checkpoint === undefined) this.#checkpoint = this.findCheckpoint();
    return this.#checkpoint;
  }

  private findCheckpoint(): Checkpoint | null {
    const resumes = this.number("resume_from_step");
    if (resumes !== null && resumes >= 0) return this.find(this.writes, this.writesTag ?? null, resumes);
    if (this.loads === null || this.startsFrom !== null) return null;
    return this.find(this.loads, this.text("model_tag"), this.number("model_step") ?? this.number("step"));
  }

  /** The newest step of a tag when none is named; with no tag named it is nanochat's guess, not ours. */
  private find(stage: CheckpointStage | null, tag: string | null, step: number | null): Checkpoint | null {
    if (stage === null || tag === null) return null;
    const all = (this.input.surroundings.checkpoints ?? []).filter((found) => found.stage === stage && found.tag === tag);
    if (step !== null) return all.find((found) => found.step === step) ?? null;
    return all.reduce<Checkpoint | null>((last, found) => (last === null || found.step > last.step ? found : last), null);
  }
}
