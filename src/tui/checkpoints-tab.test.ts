import { afterEach, expect, test } from "bun:test";
import { selected } from "./checkpoint-actions.ts";
import { fakeCheckpoint } from "./fake-terminal.ts";
import { settle, stopAll } from "./shell-fixture.ts";
import { on } from "./work-tabs-fixture.ts";

afterEach(stopAll);

const over = {
  id: "over-newer",
  severity: "error",
  message: "There are newer checkpoints than base/d4@20: resumed there, a run would write over @40",
  remedy: "Resume a copy of it",
} as const;

test("a checkpoint says what it fits, why not, and what to do; what it does not fit is disabled with that reason", async () => {
  const { terminal, services } = await on("checkpoints", (started) => {
    started.services.fits = [
      { purpose: "eval", fits: true, reasons: [] },
      {
        purpose: "resume",
        fits: false,
        reasons: [
          { id: "rank-count", severity: "error", message: "It was saved by 8 ranks, and this plan has 1", remedy: "Set ranks to 8" },
        ],
      },
    ];
  });
  expect(terminal.shown).toContain("It was saved by 8 ranks");
  expect(terminal.shown).toContain("→ Set ranks to 8");
  terminal.press("r");
  expect(terminal.shown).toContain("Resume it: It was saved by 8 ranks");
  expect(services.opened).toEqual([]);
});

test("what another run saves comes into the list while it is looked at, and what is selected stays so", async () => {
  const { terminal, services, shell, tick } = await on("checkpoints");
  terminal.press("down");
  const chosen = selected(shell);
  expect(chosen).toBe(services.list[1]);
  services.list = [fakeCheckpoint({ stage: "base", tag: "elsewhere", step: 7, dir: "/b/base/elsewhere" }), ...services.list];
  await settle(() => {
    tick(1000);
    return terminal.shown.includes("elsewhere");
  });
  expect(selected(shell)).toBe(chosen);
});

test("a checkpoint that newer ones lie behind is resumed as a copy, under a tag that is asked for", async () => {
  const { terminal, services, shell, tick } = await on("checkpoints", (started) => {
    started.services.fits = [{ purpose: "resume", fits: false, reasons: [over] }];
  });
  const shows = (text: string): Promise<void> =>
    settle(() => {
      tick();
      return terminal.shown.includes(text);
    });
  const [chosen] = services.list;
  expect(terminal.shown).toContain("▲ resume it  as a copy alone");
  terminal.press("r");

  await shows("Resume a copy as");
  terminal.press("enter");
  await settle(() => shell.notices.all.length > 0 && shell.config.draft !== null);
  expect(services.opened.at(-1)).toEqual({ checkpoint: chosen!, purpose: "resume", as: `${chosen!.tag}-2` });
  expect(shell.notices.all.at(-1)?.text).toContain(`starts it, once that is copied as ${chosen!.tag}-2.`);
  tick();
  terminal.press("r");
  await shows(`is copied to ${chosen!.stage} ${chosen!.tag}-2 before it`);
  terminal.press("esc");
});

test("a checkpoint that fits for another reason neither is refused, copy or not", async () => {
  const ranks = { id: "rank-count", severity: "error", message: "It was saved by 8 ranks", remedy: "Set ranks to 8" } as const;
  const { terminal, services } = await on("checkpoints", (started) => {
    started.services.fits = [{ purpose: "resume", fits: false, reasons: [over, ranks] }];
  });
  terminal.press("r");
  expect(terminal.shown).toContain("Resume it: There are newer checkpoints");
  expect(services.opened).toEqual([]);
});

test("an empty list names the folder, and the tabs are told which run is attached", async () => {
  const { terminal, services, shell } = await on("checkpoints", (started) => {
    started.services.list = [];
  });
  expect(terminal.shown).toContain("No checkpoint in /base yet");
  expect(services.attachedTo).toEqual([shell.run?.id ?? ""]);
});

test("deleting names what will be gone, and enter keeps it", async () => {
  const { terminal, services } = await on("checkpoints");
  terminal.press("D");
  expect(terminal.shown).toContain("sft d4 @ 400");
  expect(terminal.shown).toMatch(/will be gone for good\. +│/);
  terminal.press("enter");
  expect(services.removed).toEqual([]);
  terminal.press("D", "y");
  await settle(() => services.removed.length === 1);
});

test("the question before the best of several is deleted says of which", async () => {
  const { terminal, services } = await on("checkpoints", ({ services: { list } }) => {
    list.splice(1, 0, fakeCheckpoint({ step: 200, valBpb: 1.5 }));
  });
  expect(services.list[1]).toMatchObject({ stage: "sft", tag: "d4" });
  expect(terminal.shown).toMatch(/sft +d4 +400 +★/);
  terminal.press("D");
  expect(terminal.shown.replace(/[│\s]+/g, " ")).toContain("will be gone for good. It is the best checkpoint of sft/d4.");
});

test("every byte of a checkpoint is verified when that is asked for", async () => {
  const { terminal, tick } = await on("checkpoints");
  terminal.press("v");
  await settle(() => {
    tick();
    return terminal.shown.includes("all checksums right");
  });
});

test("a checkpoint that the run saves meanwhile comes into the list; what was found out of the others stays", async () => {
  const { terminal, services, shell, tick, run } = await on("checkpoints");
  terminal.press("down");
  const chosen = shell.checkpoints.shown("")?.[1];
  await settle(() => shell.checkpoints.examined(chosen).fits !== null);
  tick(1000);
  services.list = [
    fakeCheckpoint({ stage: "base", tag: "newest", step: 999, dir: "/b/base/newest" }),
    ...services.list.map((one) => ({ ...one })),
  ];
  run.changed = true;
  run.reader.allEvents.push({ seq: 999, stage: 1, at: 0, step: 999, kind: "checkpoint", body: { path: "/b/base/newest" } });
  await settle(() => {
    tick(1000);
    return terminal.shown.includes("newest");
  });
  const now = shell.checkpoints.shown("")?.[shell.state.selected.checkpoints];
  expect(now).toEqual(chosen!);
  expect(shell.checkpoints.examined(now).fits).not.toBeNull();
});

test("what stands before a bpb of an earlier evaluation is explained below the list", async () => {
  const { terminal } = await on("checkpoints", ({ services }) => {
    services.list = [{ ...fakeCheckpoint({ stage: "base", tag: "d4", step: 315 }), valBpb: 2.2, evaluated: false }];
  });
  expect(terminal.shown).toContain("~2.2000");
  expect(terminal.shown).toContain("~ of an evaluation before it");
});
