/** Values that a script runs with although no layer of the plan has them: the script has changed them itself. */
import { isRate } from "../config/rules/ranges.ts";
import { type PlannedStage, plannedValue, type Value } from "../core/plan.ts";
import type { Failure } from "../core/result.ts";
import { isRecord } from "../lib/shape.ts";

/** Left to the script by the plan: nanochat's scripts fill in an empty text, a None and a -1 (or take -1 for off). */
const LEFT_OPEN: ReadonlySet<Value> = new Set<Value>(["", null, -1]);

type Stage = Pick<PlannedStage, "script" | "values">;

/**
 * What the trainer's `config` event tells of each setting: as its loop has it now, else as the script has read it. The rates of a
 * resume come with the optimizer, as they were patched before: they tell nothing of the script.
 */
function settingsOf(stage: Stage, body: Record<string, unknown>): Map<string, unknown> {
  const resumes = Number(plannedValue(stage, "resume_from_step") ?? -1) >= 0;
  const settings = new Map(Object.entries(isRecord(body["settings"]) ? body["settings"] : {}));
  for (const field of Array.isArray(body["fields"]) ? body["fields"] : []) {
    if (!isRecord(field) || typeof field["value"] !== "number" || (resumes && isRate(String(field["name"])))) continue;
    settings.set(String(field["name"]), field["value"]);
  }
  return settings;
}

/** Null when all that is planned is what runs, as its `config` event tells. */
export function unexplained(stage: Stage, config: Record<string, unknown>): Failure | null {
  const { script, values } = stage;
  const running = settingsOf(stage, config);
  const differing = values.filter(({ parameter: { name }, value }) => running.has(name) && !isSame(value, running.get(name)));
  if (differing.length === 0) return null;
  const told = differing.map(
    ({ parameter: { name }, value, origin }) => `${name} is ${text(running.get(name))}, not ${value} (${origin.layer})`,
  );
  return {
    code: "failed",
    what: `${script} runs with what no layer of the plan explains`,
    why: told.join("; "),
    remedy: `It changes that itself: look for ${differing.map(({ parameter }) => parameter.name).join(", ")} in its source`,
  };
}

function isSame(planned: Value, running: unknown): boolean {
  if (LEFT_OPEN.has(planned)) return true;
  if (typeof planned === "number" && typeof running === "number") return Math.abs(planned - running) <= 1e-9 * Math.abs(planned);
  if (typeof running === "boolean") return Boolean(planned) === running; // 0 and 1 of old versions, made flags of
  return String(planned) === String(running);
}

const text = (running: unknown): string => (running === null ? "none" : String(running));
