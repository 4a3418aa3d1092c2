/** Which plan is open on the tab Config, and what is said where another one cannot be. */
import { afterEach, expect, test } from "bun:test";
import { fail } from "../core/result.ts";
import { IMPORTED } from "../core/run.ts";
import { fakePlan } from "../panels/fake-data.ts";
import { openDraft } from "./config-actions.ts";
import { settle, stopAll } from "./shell-fixture.ts";
import { on } from "./work-tabs-fixture.ts";

afterEach(stopAll);

const WHY = "Prefab speedrun is for a nanochat workspace, and /pocket is the pocket one";

test("a plan that cannot be opened is told of in place of the one before, which can be trained no more", async () => {
  const { terminal, services, shell, tick } = await on("config", undefined, [80, 24]);
  expect(shell.config.draft).not.toBeNull();
  services.openDraft = async () => fail("usage", WHY, { remedy: "Name a nanochat checkout with --workspace" });
  openDraft(shell, { prefab: "speedrun" });
  await settle(() => {
    tick();
    return terminal.shown.includes("Prefab speedrun");
  });
  expect(terminal.shown.replaceAll(/[\s│]+/g, " ")).toContain(`${WHY}. Name a nanochat checkout with --workspace.`);
  terminal.press("r");
  expect(shell.overlays.current).toBeNull();
  expect(shell.notices.all.at(-1)?.text).toContain("no plan is open");
});

test("one with unsaved edits stays open, and a notice says why the other one is not", async () => {
  const { terminal, services, shell, tick } = await on("config", undefined, [80, 24]);
  shell.config.draft?.set("02-base_train", "depth", "8");
  services.openDraft = async () => fail("usage", WHY);
  openDraft(shell, { prefab: "speedrun" });
  terminal.press("y");
  await settle(() => {
    tick();
    return terminal.shown.includes("Prefab speedrun");
  });
  expect(shell.notices.all.at(-1)).toMatchObject({ level: "bad", text: `${WHY}. What stays open is prefab cpu, with 1 unsaved edit.` });
  expect(shell.config.draft?.edits).toBe(1);
});

test("whoever is asked whether to train reads of which plan", async () => {
  const { terminal, shell, tick } = await on("config", undefined, [80, 24]);
  shell.runAction("config.train");
  await settle(() => {
    tick();
    return shell.overlays.current !== null;
  });
  shell.draw();
  expect(terminal.shown).toContain("Train: prefab cpu");
});

test("where the filter leaves no parameter none is selected, and the plan is open all the same", async () => {
  const { terminal } = await on("config");
  terminal.press("/");
  terminal.type("zq");
  expect(terminal.shown).toContain("No parameter matches “zq”");
  expect(terminal.shown).toContain("No parameter is selected");
  expect(terminal.shown).not.toContain("No plan is open");
});

test("over a plan of another run without edits, an imported one is asked for and shows what was recorded of it", async () => {
  const { terminal, services, shell, run, tick } = await on("config");
  const imported = { kind: "log" as const, files: ["/r.log"], wandb: null, head: null, at: "", readAt: "", complete: true };
  run.record = { ...run.record, imported };
  run.plan = { ...fakePlan({ block_size: 1024 }), prefab: IMPORTED };
  services.openDraft = async () => fail("usage", "It was imported and cannot be started from here");
  openDraft(shell, { run: run.id });
  await settle(() => {
    tick();
    return terminal.shown.includes("block_size 1024");
  });
  expect(terminal.shown).toContain("It was imported and cannot be started from here");
});
