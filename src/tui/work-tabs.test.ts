/** The tabs Config and Checkpoints, and leaving them. */

import { afterEach, expect, test } from "bun:test";
import { fail, ok } from "../core/result.ts";
import { IMPORTED } from "../core/run.ts";
import { fakePlan } from "../panels/fake-data.ts";
import { openDraft } from "./config-actions.ts";
import { FakeDraft } from "./fake-draft.ts";
import { fakeRow } from "./fake-terminal.ts";
import { farewell } from "./leaving.ts";
import { settle, start, stopAll, trainedRun } from "./shell-fixture.ts";
import { check, on, stage } from "./work-tabs-fixture.ts";

afterEach(stopAll);

const again = (id: string): string => `attach ${id}`;

test("the plan of the attached run opens in the form; a value is edited with what it does, and taken back", async () => {
  const { terminal, services, shell } = await on("config");
  expect(services.opened).toEqual([{ run: shell.run?.id ?? "" }]);
  expect(terminal.shown).toMatch(/depth +4 /);
  terminal.press("enter", "ctrl+u");
  terminal.type("100");
  expect(terminal.shown).toContain("depth takes a whole number below 100.");
  terminal.press("enter");
  expect(services.drafts[0]?.edits).toBe(0);
  terminal.press("ctrl+u");
  terminal.type("8");
  expect(terminal.shown).toContain("parameters 4.2M → 8M");
  terminal.press("enter");
  expect(terminal.shown).toMatch(/depth +8 +this run/);
  expect(terminal.shown).toContain("1 unsaved edit");
  terminal.press("u");
  expect(terminal.shown).toMatch(/depth +4 /);
});

test("of an imported run without a plan the tab tells why, and the settings that were recorded", async () => {
  const why = "run:r1 was imported and cannot be started from here";
  const imported = { kind: "log" as const, files: ["/r.log"], wandb: null, head: null, at: "", readAt: "", complete: true };
  const { terminal, shell } = await on("config", ({ services, run }) => {
    services.openDraft = async () => fail("usage", why);
    run.record = { ...run.record, imported };
    run.plan = { ...fakePlan({ block_size: 1024, optimizer: "muon" }), prefab: IMPORTED };
  });
  expect(terminal.shown).toContain(why);
  expect(terminal.shown).toContain("base_train · 2 settings");
  expect(terminal.shown).toMatch(/block_size 1024/);
  expect(terminal.shown).toMatch(/optimizer +muon/);
  expect(terminal.shown).toContain("o opens a prefab or a past run");
  // Another plan that cannot be opened has nothing to do with what was recorded of this one.
  await shell.config.open({ prefab: "broken" });
  shell.draw();
  expect(terminal.shown).not.toContain("block_size");
});

test("a log in which no settings are recorded says that", async () => {
  const imported = { kind: "log" as const, files: ["/r.log"], wandb: null, head: null, at: "", readAt: "", complete: true };
  const { terminal } = await on("config", ({ services, run }) => {
    services.openDraft = async () => fail("usage", "It was imported");
    run.record = { ...run.record, imported };
    run.plan = { ...fakePlan(), prefab: IMPORTED };
  });
  expect(terminal.shown).toContain("base_train · no settings are recorded of it");
});

test("unsaved edits are not given up without a question", async () => {
  const { terminal, services, tick } = await on("config");
  terminal.press("enter", "ctrl+u");
  terminal.type("8");
  terminal.press("enter", "o");
  await settle(() => {
    tick();
    return terminal.shown.includes("a CPU");
  });
  expect(terminal.shown).toContain("this checkout has no chat_sft");
  terminal.press("enter");
  expect(terminal.shown).toContain("1 unsaved edit of prefab cpu will be lost.");
  terminal.press("enter");
  expect(services.opened).toHaveLength(1);
});

test("leaving with unsaved edits asks and names them, by q and by ctrl+c twice; a third ctrl+c leaves all the same", async () => {
  const { shell, terminal } = await on("config", ({ shell: { screens } }) => {
    screens.retitle("Mine");
  });
  let code = 0;
  void shell.ended.promise.then((end) => {
    code = end.code;
  });
  shell.config.draft?.set("02-base_train", "depth", "8");
  terminal.press("q");
  expect(terminal.shown).toContain("1 unsaved edit of prefab cpu; unsaved");
  expect(terminal.shown).toContain("screen Mine");
  terminal.press("enter", "ctrl+c", "ctrl+c");
  expect(terminal.shown).toContain("Not saved");
  terminal.press("enter");
  expect(terminal.shown).not.toContain("Not saved");
  expect(code).toBe(0);
  terminal.press("ctrl+c");
  await settle(() => code !== 0);
  expect(code).toBe(130);
});

test("y leaves with what is unsaved", async () => {
  const { shell, terminal } = await on("config");
  shell.config.draft?.set("02-base_train", "depth", "8");
  terminal.press("q", "y");
  expect(await shell.ended.promise).toEqual({ code: 0 });
});

test("undo goes on behind a save, also when the plan is another prefab's from then on", async () => {
  const { terminal, services, shell, tick } = await on("config");
  await shell.config.open({ prefab: "cpu" });
  const { draft } = shell.config;
  draft?.set(draft.plan.stages[0]!.name, "depth", "8");
  terminal.press("ctrl+s");
  terminal.type("mine");
  terminal.press("enter");
  await settle(() => {
    tick();
    return services.drafts.length === 3 && shell.config.busy === null;
  });
  terminal.press("u");
  tick();
  expect(terminal.shown).toContain("depth is 4 again");
});

test("one is asked once about what is in no file, until it is something else; after leaving it is told where that is", async () => {
  const { shell, terminal } = await on("config");
  shell.config.draft?.set("02-base_train", "depth", "8");
  terminal.press("q", "y");
  await shell.ended.promise;
  expect(farewell(shell, again).join("\n")).toContain("Not saved: 1 unsaved edit of prefab cpu. It is back when");
  terminal.press("q");
  expect(terminal.shown).not.toContain("Not saved");
  shell.config.draft?.set("02-base_train", "depth", "9");
  terminal.press("q");
  expect(terminal.shown).toContain("Not saved");
});

test("after leaving it is told what becomes of the run", async () => {
  const said = async (...args: Parameters<typeof start>) => farewell((await start(...args)).shell, again);
  const ended = { status: "done", endedAt: "2026-01-01T13:00:00.000Z" } as const;
  expect(await said()).toEqual(["20260101-120000-pocket goes on. To see it again: attach 20260101-120000-pocket"]);
  expect(await said(trainedRun(ended))).toEqual(["20260101-120000-pocket has ended: done. To see it again: attach 20260101-120000-pocket"]);
  expect(await said(null)).toEqual([]);
});

test("saving over a prefab names what would be lost", async () => {
  const { terminal, services, tick } = await on("config");
  services.drafts[0]!.saved.push("mine");
  terminal.press("ctrl+s");
  terminal.type("mine");
  terminal.press("enter");
  await settle(() => {
    tick();
    return terminal.shown.includes("depth 8 would be lost");
  });
  terminal.press("y");
  await settle(() => services.drafts[0]?.saved.length === 2);
});

test("errors of a plan are named before it can be started in spite of them, and F mends what has a fix", async () => {
  const { terminal, services, shell, tick } = await on("config");
  const draft = services.drafts[0]!;
  const fix = { title: "Set device_batch_size to 16", set: [] };
  draft.plan = { ...draft.plan, findings: [{ id: "vram", severity: "error", message: "It needs 120 GiB of 80", fix }] };
  shell.config.touch();
  tick();
  expect(terminal.shown).toContain("It needs 120 GiB of 80");
  terminal.press("r");
  await settle(() => terminal.shown.includes("Start in spite of errors"));
  terminal.press("enter");
  expect(draft.started).toEqual([]);
  terminal.press("F");
  expect(draft.applied).toEqual([fix]);
  terminal.press("r", "y");
  await settle(() => draft.started.length === 1);
  expect(draft.started).toEqual([false]);
});

test("where a plan's time cannot be worked out, the newest finished run of the same settings tells what it took here", async () => {
  const { terminal, services, shell } = await on("config", (started) => {
    const row = (id: string, minutes: number, rest: Parameters<typeof fakeRow>[1] = {}) => {
      const at = Date.parse("2026-01-01T12:00:00.000Z");
      const times = { createdAt: new Date(at + minutes * 1000).toISOString(), endedAt: new Date(at + minutes * 61_000).toISOString() };
      return fakeRow(id, { ...times, ...rest });
    };
    const same = new Map([
      ["model_tag", ["another"]],
      ["eval_every", [50]],
      ["depth", [4]],
    ]);
    const other = new Map([...same, ["depth", [8]]] as const);
    started.services.rows.push(row("older", 2), row("same", 3), row("deeper", 4), row("stopped", 5, { status: "stopped" }));
    for (const id of ["older", "same", "stopped"]) started.services.settings.set(id, same);
    started.services.settings.set("deeper", other);
  });
  terminal.press("r");
  await settle(() => shell.overlays.current !== null);
  shell.draw();
  expect(terminal.shown).toContain("1 stage; run same, made with the same settings, took 3m 00s");
  terminal.press("esc");
  for (const id of ["older", "same"]) services.settings.set(id, new Map([...services.settings.get(id)!, ["matrix_lr", [0.5]]] as const));
  terminal.press("r");
  await settle(() => shell.overlays.current !== null);
  shell.draw();
  expect(terminal.shown.replace(/[│\s]+/g, " ")).toContain("run same, made with the same settings but for rates, took 3m 00s");
  terminal.press("esc");
  shell.config.draft?.set("02-base_train", "depth", "9");
  services.rows.splice(0);
  terminal.press("r");
  await settle(() => shell.overlays.current !== null);
  shell.draw();
  expect(terminal.shown).toContain("how long it takes cannot be told beforehand");
});

test("before a resume is started it is said at which step, and what is told without a question", async () => {
  const { terminal, shell, tick } = await on("config");
  const [draft, patched] = [shell.config.draft as FakeDraft, "It goes on with learning rates as they were patched"];
  const { findings } = draft.plan;
  const told = { id: "patched-rates", severity: "warning", message: patched, toldOnly: true } as const;
  draft.plan = { ...fakePlan({ resume_from_step: 1168 }), findings: [...findings.filter(({ severity }) => severity === "info"), told] };
  shell.config.touch();
  tick();
  terminal.press("r");
  await settle(() => shell.overlays.current !== null);
  shell.draw();
  const shown = terminal.shown.replace(/[│\s]+/g, " ");
  expect(shown).toContain("It resumes at step 1,168. 1 stage");
  expect(shown).toContain(patched);
});

test("where two plans differ is shown value by value", async () => {
  const { terminal, tick } = await on("config");
  terminal.press("d");
  await settle(() => {
    tick();
    return terminal.shown.includes("compare with");
  });
  terminal.press("enter");
  await settle(() => {
    tick();
    return terminal.shown.includes("1 differences") || terminal.shown.includes("1 difference");
  });
  expect(terminal.shown).toMatch(/base_train depth +4 +20/);
});

test("a plan that takes longer to open than the one that was asked for after it does not take its place", async () => {
  const { shell, services } = await on("config");
  const [slow, fast] = [new FakeDraft(), new FakeDraft()];
  const late = Promise.withResolvers<void>();
  services.openDraft = async (source) => {
    if (!("run" in source)) return ok(fast);
    await late.promise;
    return ok(slow);
  };
  const first = shell.config.open({ run: "one" });
  await shell.config.open({ prefab: "cpu" });
  late.resolve();
  await first;
  expect(shell.config.draft).toBe(fast);
});

for (const size of [
  [80, 24],
  [120, 36],
  [200, 60],
] as const) {
  test(`Setup, Config and Checkpoints have their lists at ${size.join("×")}`, async () => {
    const { terminal, shell, tick } = await on(
      "setup",
      (started) => {
        started.services.stages = [stage("dataset", "missing")];
      },
      [...size],
    );
    expect(terminal.shown).toContain("missing: dataset verdict");
    shell.setTab("checkpoints");
    await settle(() => {
      tick();
      return /sft +d4/.test(terminal.shown);
    });
    shell.setTab("config");
    await settle(() => {
      tick();
      return /depth +4/.test(terminal.shown);
    });
  });
}

test("a list says how many rows are below those that there is room for", async () => {
  const { terminal, tick } = await on(
    "setup",
    (started) => {
      started.services.checks = Array.from({ length: 20 }, (_, i) => check(`check${i}`, "good"));
    },
    [80, 24],
  );
  terminal.press("tab");
  await settle(() => {
    tick();
    return terminal.shown.includes("check0");
  });
  expect(terminal.shown).toContain("12 more below · shift+tab stages");
  terminal.press("end");
  expect(terminal.shown).not.toContain("more below");
});

test("a run that was asked for is said to start, and gone to when it has; who has gone elsewhere meanwhile stays there", async () => {
  const { shell, run } = await on("config");
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let starts = 0;
  shell.config.draft!.start = async () => {
    await gates[starts++]?.promise;
    return { ok: true, value: run.id };
  };
  const newest = (): string | undefined => shell.notices.all.at(-1)?.text;
  const ask = async (): Promise<void> => {
    shell.runAction("config.train");
    await settle(() => shell.overlays.current !== null);
    shell.overlays.current?.key({ name: "y", text: "y" });
  };
  await ask();
  expect(newest()).toBe("The run is being started");
  gates[0]?.resolve();
  await settle(() => shell.state.tab === "train");
  shell.setTab("config");
  await ask();
  shell.setTab("eval");
  gates[1]?.resolve();
  await settle(() => newest() === `${run.id} has begun: 6 lists it`);
  expect(shell.state.tab).toBe("eval");
});

test("what was looked for in one plan hides nothing of the next", async () => {
  const { shell } = await on("config");
  shell.state.filter.config = "matrix";
  openDraft(shell, { prefab: "cpu" });
  await settle(() => shell.config.draft !== null && shell.state.filter.config === "");
  expect(shell.state.filter.config).toBe("");
});
