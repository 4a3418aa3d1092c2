/** The checkpoints that this stage has written. */
import type { Line, Scene } from "../core/scene.ts";
import { ago, bytes, count, duration } from "../lib/format.ts";
import { numberField, planned, type RunFacts, type Size, stageState, textField } from "./data.ts";
import { definePanel } from "./kind.ts";

const WHY: Readonly<Record<string, string>> = { schedule: "schedule", request: "asked for", final: "end" };
const MOST = 500;

export function checkpointsPanel(facts: RunFacts, size: Size): Scene {
  const written = facts.data.events({ kinds: ["checkpoint"], stage: facts.stage, limit: MOST });
  if (written.length === 0) return { title: "checkpoints", blocks: [{ block: { kind: "empty", ...whyEmpty(facts) } }] };
  const rows = [...written]
    .reverse()
    .map(({ step, at, body }): Line[] => [
      [{ text: "◆ ", tone: "accent" }, { text: count(step) }],
      [{ text: WHY[textField(body, "trigger") ?? ""] ?? "–", tone: "muted" }],
      [{ text: bytes(numberField(body, "bytes")) }],
      [{ text: duration(numberField(body, "seconds")) }],
      [{ text: ago(at, facts.now), tone: "muted" }],
    ]);
  const columns = [
    { title: "step", width: 11 },
    { title: "why", width: 9 },
    { title: "size", align: "right" as const, width: 9 },
    { title: "took", align: "right" as const, width: 7 },
    { title: "age", align: "right" as const, width: 11 },
  ];
  const fitting = size.width >= 55 ? columns : columns.slice(0, size.width >= 33 ? 3 : 1);
  const where = textField(written.at(-1)?.body ?? {}, "dir");
  return {
    title: `checkpoints ${written.length}`,
    note: where ?? undefined,
    blocks: [{ block: { kind: "table", columns: fitting, rows } }],
  };
}

function whyEmpty(facts: RunFacts): { why: string; remedy?: string } {
  const every = planned(facts, "save_every");
  if (stageState(facts)?.status !== "running") return { why: "No checkpoint: this stage has written none" };
  const next = typeof every === "number" && every > 0 ? `every ${count(every)} steps and at the end` : "at the end of the stage";
  return { why: `No checkpoint yet: they are written ${next}`, remedy: "s saves one now" };
}

export const checkpointsKind = definePanel({
  kind: "checkpoints",
  title: "checkpoints",
  about: "The checkpoints that this stage has written",
  options: {},
  from: ["events"],
  everyMs: 200,
  timed: true,
  least: { width: 26, height: 5 },
  scene: ({ facts, size }) => checkpointsPanel(facts, size),
});
