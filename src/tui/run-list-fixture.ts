/** The list of runs with three in it, for tests. */
import { fakeState } from "../panels/fake-data.ts";
import { FakeRun, fakeRow } from "./fake-terminal.ts";
import { type Started, settle, start, trainedRun } from "./shell-fixture.ts";

export const OLD = "20260102-110000-old";
export const OTHER = "20260103-110000-other";

/** The Runs tab with one run that goes on, attached, and two that have ended. */
export async function list(size: [number, number] = [160, 36]): Promise<Started> {
  const started = await start(trainedRun(), {}, size);
  const { services, terminal, shell } = started;
  for (const id of [OLD, OTHER]) services.runs.set(id, new FakeRun(fakeState({ id, name: id, status: "done" }), "ended"));
  services.rows.push(
    fakeRow(OLD, { reason: "It ran out of memory.", about: { tags: ["baseline"], note: "with the old data" } }),
    fakeRow(OTHER, { name: "other", prefab: "runcpu", createdAt: "2026-01-01T11:00:00.000Z" }),
  );
  terminal.press("6");
  await settle(() => shell.runs.rows.length === 3);
  shell.draw();
  return started;
}

export const ids = (shown: string): string[] =>
  shown.split("\n").flatMap((row) => /^│ (?:✓ | {2})(?:put away )?(2026010\d)-/.exec(row)?.[1] ?? []);
