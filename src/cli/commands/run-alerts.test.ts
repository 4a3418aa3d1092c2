import { expect, test } from "bun:test";
import { alertEvent, alertsOf, type DeliveryNote } from "../../core/alert.ts";
import { alertJson, alertText, stillHeld } from "./run-alerts.ts";

const [ALERT] = alertsOf([
  alertEvent(
    { phase: "raised", key: "spike", watch: "spike", severity: "warn", cause: "The loss jumped.", evidence: [], actions: [] },
    { stage: 1, at: 1_795_740_139_000, step: 675 },
  ),
]);
const note = (outcome: DeliveryNote["outcome"], way: DeliveryNote["way"], why: string | null = null): DeliveryNote => ({
  key: "spike",
  way,
  outcome,
  why,
});
const HELD = note("held", null, "quiet hours until 07:00");

test("a warning and what is bad begin with another sign", () => {
  if (ALERT === undefined) throw new Error("no alert");
  const signs = (["warn", "bad"] as const).map((severity) => alertText({ ...ALERT, severity, deliveries: [] })[0]);
  expect(signs).toEqual(["▲", "✕"]);
});

test.each([
  ["one that is held says so", [HELD], ["telling it: held: quiet hours until 07:00"]],
  ["one that was held and then told is held no more", [HELD, note("sent", "command")], []],
  [
    "one that became worse in quiet hours is held again, said once",
    [note("sent", "command"), HELD, HELD],
    ["telling it: held: quiet hours until 07:00"],
  ],
  [
    "one whose supervisor is gone is held no more",
    stillHeld(ALERT!, [HELD], false),
    ["telling it: failed: quiet hours until 07:00; the supervisor that held it back is gone, so nobody was told."],
  ],
  ["one that is held and open is told later", stillHeld(ALERT!, [HELD], true), ["telling it: held: quiet hours until 07:00"]],
  [
    "one that was over before is not told any more",
    stillHeld({ ...ALERT!, clearedAt: 1_795_740_164_000 }, [HELD], true),
    ["telling it: held: quiet hours until 07:00; it is over, so nobody is told."],
  ],
  [
    "nor one that is acknowledged",
    stillHeld({ ...ALERT!, acknowledgedAt: 1_795_740_164_000 }, [HELD], false),
    ["telling it: held: quiet hours until 07:00; it is acknowledged, so nobody is told."],
  ],
  ["one that was told before its supervisor went was told", stillHeld(ALERT!, [HELD, note("sent", "command")], false), []],
  ["what failed says why", [HELD, note("failed", "webhook", "It is gone."), note("sent", "command")], ["webhook: failed: It is gone."]],
] as const)("of telling an alert: %s", (_, deliveries, lines) => {
  if (ALERT === undefined) throw new Error("no alert");
  const told = alertText({ ...ALERT, deliveries: [...deliveries] }).split("\n");
  expect(told.slice(2).map((line) => line.trim())).toEqual([...lines]);
});

test("its times are UTC ISO in JSON, as a webhook gets them", () => {
  if (ALERT === undefined) throw new Error("no alert");
  expect(alertJson({ ...ALERT, acknowledgedAt: ALERT.at + 1000, deliveries: [] })).toMatchObject({
    key: "spike",
    at: "2026-11-27T00:42:19.000Z",
    acknowledgedAt: "2026-11-27T00:42:20.000Z",
    clearedAt: null,
  });
});
