/** A plan without a checkout, whose only rule is that depth lies below 100. */
import type { Draft, DraftDifference, DraftWork, Preview } from "../core/draft.ts";
import type { Fix, Plan, PlannedStage } from "../core/plan.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { fakePlan } from "../panels/fake-data.ts";

export class FakeDraft implements Draft {
  readonly title = "prefab cpu";
  readonly categories = ["core", "evaluation"];
  readonly applied: Fix[] = [];
  readonly saved: string[] = [];
  readonly started: boolean[] = [];
  plan: Plan = fakePlan({ depth: 4, eval_every: 50 });
  edits = 0;
  #before: Plan[] = [];

  category(_script: string, parameter: string): string {
    return parameter.startsWith("eval") ? "evaluation" : "core";
  }

  preview(_stage: string, name: string, text: string): Preview {
    const problem = name === "depth" && Number(text) >= 100 ? "depth takes a whole number below 100." : null;
    return { problem, effect: problem === null && name === "depth" ? `parameters 4.2M → ${text}M` : null };
  }

  set(stage: string, name: string, text: string): Result<void> {
    this.#change(stage, name, Number(text), "override");
    return ok(undefined);
  }

  unset(stage: string, name: string): Result<void> {
    this.#change(stage, name, 20, "default");
    return ok(undefined);
  }

  apply(fix: Fix): Result<void> {
    this.applied.push(fix);
    this.plan = { ...this.plan, findings: this.plan.findings.filter((finding) => finding.fix !== fix) };
    return ok(undefined);
  }

  undo(): string | null {
    const before = this.#before.pop();
    if (before === undefined) return null;
    this.plan = before;
    this.edits--;
    return "depth is 4 again";
  }

  redo(): string | null {
    return null;
  }

  async save(name: string, overwrite: boolean): Promise<Result<{ file: string }>> {
    if (this.saved.includes(name) && !overwrite) return fail("refused", `${name}.yaml is there already`, { why: "depth 8 would be lost" });
    this.saved.push(name);
    this.edits = 0;
    return ok({ file: `/home/prefabs/${name}.yaml` });
  }

  goOnFrom(before: Draft): void {
    if (before instanceof FakeDraft) this.#before = before.#before;
  }

  work(): DraftWork {
    const edits = this.plan.stages.flatMap(({ script, values }) =>
      values
        .filter(({ origin }) => origin.layer === "override")
        .map(({ parameter, value }) => ({ script, name: parameter.name, value, layer: "override" as const })),
    );
    return { edits, inserted: [], count: this.edits };
  }

  resume({ edits, count }: DraftWork): Result<void> {
    for (const { script, name, value } of edits)
      for (const stage of this.plan.stages) if (stage.script === script) this.set(stage.name, name, String(value));
    this.edits = count;
    return ok(undefined);
  }

  async diff(): Promise<Result<DraftDifference[]>> {
    return ok([{ stage: "base_train", name: "depth", here: "4", there: "20" }]);
  }

  async start(force: boolean): Promise<Result<string>> {
    this.started.push(force);
    return fail("refused", "not in a test");
  }

  #change(stage: string, name: string, value: number, layer: "override" | "default"): void {
    this.#before.push(this.plan);
    this.edits++;
    const stages = this.plan.stages.map(
      (one): PlannedStage =>
        one.name === stage
          ? { ...one, values: one.values.map((each) => (each.parameter.name === name ? { ...each, value, origin: { layer } } : each)) }
          : one,
    );
    this.plan = { ...this.plan, stages };
  }
}
