import { expect, test } from "bun:test";
import { type AlertSeverity, alertEvent, alertsOf, type DeliveryNote, deliveriesOf } from "./alert.ts";
import type { JournalEvent } from "./journal.ts";

const raised = (stage: number, at: number, severity: AlertSeverity = "warn"): JournalEvent =>
  alertEvent({ phase: "raised", key: "spike", watch: "spike", severity, cause: "", evidence: [], actions: [] }, { stage, at, step: 1 });
const cleared = (stage: number, at: number): JournalEvent =>
  alertEvent({ phase: "cleared", key: "spike", why: "" }, { stage, at, step: 2 });
const note = (at: number, outcome: DeliveryNote["outcome"], raisedAt?: number): JournalEvent => {
  const fields: DeliveryNote = { key: "spike", ...(raisedAt !== undefined && { raisedAt }), way: "command", outcome, why: null };
  return { stage: 0, at, step: null, kind: "note", body: { tag: "alert-delivery", fields } };
};
const outcomes = (events: readonly JournalEvent[]): string[] =>
  [...deliveriesOf(alertsOf(events), events).values()].map((notes) => notes.map(({ outcome }) => outcome).join(" "));

test("what became of telling an alert is its own, though it was done after its key came again", () => {
  expect(outcomes([raised(2, 100), cleared(2, 200), raised(3, 300), note(400, "failed", 100), note(500, "sent", 300)])).toEqual([
    "failed",
    "sent",
  ]);
});

test("one that became worse was told twice", () => {
  expect(outcomes([raised(2, 100), note(150, "sent", 100), raised(2, 200, "bad"), note(250, "failed", 200), cleared(2, 300)])).toEqual([
    "sent failed",
  ]);
});

test("a note that does not say which it is of is of the newest that there was then", () => {
  expect(outcomes([raised(2, 100), note(150, "failed"), cleared(2, 200), raised(3, 300), note(400, "sent"), cleared(3, 500)])).toEqual([
    "failed",
    "sent",
  ]);
});
