import { afterEach, expect, spyOn, test } from "bun:test";
import { ok } from "../core/result.ts";
import { WORDED_ACTIONS, wordsOfAction } from "./action-words.ts";
import { ACTIONS } from "./actions.ts";
import { WordIndex } from "./palette-words.ts";
import { settle, start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

test("words are of actions that there are, and none says what the title says", () => {
  for (const id of WORDED_ACTIONS) {
    const action = ACTIONS.find((one) => one.id === id);
    expect({ id, title: action?.title }).toEqual({ id, title: expect.any(String) });
    expect({ id, said: wordsOfAction(id).filter((word) => action?.title.toLowerCase() === word) }).toEqual({ id, said: [] });
  }
});

/** A palette over a run that tells what can be patched. */
async function opened() {
  const run = trainedRun();
  const field = (name: string, effect: string) => ({ name, type: "float", value: 0.02, min: 0, max: null, effect, frozen: null });
  run.reader.event("config", { derived: {}, fields: [field("matrix_lr", "Of matrices."), field("grad_clip", "the norm of gradients")] });
  const started = await start(run, {}, [120, 40]);
  const { terminal, shell } = started;
  terminal.press(":");
  terminal.type("prefab");
  await settle(() => {
    shell.draw();
    return terminal.shown.includes("prefab     cpu");
  });
  const first = (query: string): string => {
    terminal.press("ctrl+u");
    terminal.type(query);
    const row = /│ +((?:action|screen|panel|parameter|prefab|theme|run|help) .*?) *│/;
    return row.exec(terminal.shown)?.[1] ?? "";
  };
  return { ...started, first };
}

const FIRST: ReadonlyArray<readonly [typed: string, first: RegExp]> = [
  ["csv", /^action +Export this chart… +\(csv\)/],
  ["svg", /^action +Export this chart… +\(svg\)/],
  ["screenshot", /^action +Export this chart… +\(screenshot\)/],
  ["quit", /^action +Leave +\(quit\)/],
  ["exit", /^action +Leave +\(exit\)/],
  ["kill", /^action +Stop… +Train +\(kill\)/],
  ["abort", /^action +Stop… +Train +\(abort\)/],
  ["theme", /^action +Next theme/],
  ["colour", /^theme +colour-blind /],
  ["color", /^theme +colour-blind /],
  ["gpu memory", /^screen +GPU +\(memory used\)/],
  ["compare", /^(screen|action) +Compare/],
  ["conversation", /^action +(New conversation|Keep the conversation)/],
  ["search", /^action +Filter +\(search\)/],
  ["find", /^action +Filter +\(find\)/],
  ["bookmark", /^action +Tags… +Runs +\(bookmark\)/],
  ["learning rate", /^(parameter +matrix_lr|screen +Loss) .*\(learning[ -]rate.*\)/],
  ["gradients", /^parameter +grad_clip .*\(the norm of gradients\)/],
  ["kill the run", /^action +Stop… +Train +\(kill\)/],
  ["stop run", /^action +Stop…/],
  ["dark mode", /^theme +dark /],
  ["high contrast", /^theme +high-contrast /],
  ["contrast", /^theme +high-contrast /],
  ["high-contrast-light", /^theme +high-contrast-light/],
  ["color blind", /^theme +colour-blind /],
  ["overlay another run", /^action +Baseline… +Charts +\(overlay\)/],
  ["loss curve", /^(screen|panel) +loss/i],
  ["ready-made", /^prefab +cpu/],
  ["load prefab cpu", /^prefab +cpu .*\(load\)/],
  ["save model", /^action +Save now/],
  ["start training", /^action +Go to Config +\(start, training\)/],
  ["train a model", /^action +Go to Config +\(train, model\)/],
  ["new run", /^action +Go to Config +\(new, run\)/],
  ["pretraining", /^action +Previous stage +\(pretraining\)/],
];

test("what people call things finds them, and says by which word", async () => {
  const { first } = await opened();
  for (const [typed, wanted] of FIRST) expect({ typed, first: first(typed) }).toEqual({ typed, first: expect.stringMatching(wanted) });
});

test("where a plan is open, who wants to train finds that before its parameters and what is new otherwise", async () => {
  const { first, shell, terminal } = await opened();
  terminal.press("esc");
  await shell.config.open({ prefab: "cpu" });
  terminal.press(":");
  for (const typed of ["train a model", "start training", "new run"])
    expect({ typed, first: first(typed) }).toEqual({ typed, first: expect.stringMatching(/^action +(Train…|Go to Config)/) });
});

test("what is too long for its row is cut as everything is", async () => {
  const run = trainedRun();
  const effect = "a sentence that is much longer than what a narrow terminal has room for";
  run.reader.event("config", {
    derived: {},
    fields: [{ name: "matrix_lr", type: "float", value: 0.02, min: 0, max: null, effect, frozen: null }],
  });
  const { terminal, shell } = await start(run, {}, [80, 24]);
  terminal.press(":");
  terminal.type("sentence");
  await settle(() => {
    shell.draw();
    return terminal.shown.includes("matrix_lr");
  });
  expect(terminal.shown).toMatch(/matrix_lr {2}of the run, 0\.02 \(…sentence that .*…\) +│/);
});

test("what is named so stands before what is only called so", async () => {
  const { first, terminal } = await opened();
  expect(first("save")).toMatch(/^action +Save now/);
  expect(terminal.shown).toMatch(/action +Export this chart… +\(save\)/);
});

test("what can only refuse now stands behind what can be done, where both are named or called so", async () => {
  const { first, terminal } = await opened();
  const names = (): string[] => [...terminal.shown.matchAll(/│ +action {5}(\S+( \S+)*)/g)].map(([, name = ""]) => name);
  // One that is called so comes before one that is named so and refuses.
  expect(first("talk")).toMatch(/^action +Go to Eval +\(talk\)/);
  expect(names().slice(0, 2)).toEqual(["Go to Eval", "Talk to it"]);
  expect(terminal.shown).toMatch(/Talk to it .*no checkpoint is selected/);
  first("save");
  expect(names().slice(0, 4)).toEqual(["Save now", "Save the screen as…", "Export this chart…", "Save the screen"]);
  // Not one that has only the letters of it.
  first("chat");
  expect(names().indexOf("Choose a theme")).toBeGreaterThan(names().indexOf("Chat"));
});

test("whether an action can be done is asked when the palette is opened, and of the rows that are seen: not of all at each letter", async () => {
  const { first, shell, terminal } = await opened();
  const hidden = shell.actions.find(({ id }) => id === "eval.preset-delete")!;
  const asked = spyOn(hidden, "disabled");
  for (const query of ["t", "ta", "tal", "talk"]) first(query);
  expect(terminal.shown).not.toContain(hidden.title);
  expect(asked).not.toHaveBeenCalled();
  terminal.press("esc", ":");
  expect(asked).toHaveBeenCalledTimes(1);
  asked.mockRestore();
});

test("a theme is taken from the palette by its name, one of the user's too", async () => {
  const { terminal, shell, services } = await start();
  services.ownThemes = [{ name: "sunset", file: "/t/sunset.yaml", text: ok("title: Mine\n") }];
  terminal.press(":");
  for (const name of ["high-contrast", "sunset"]) {
    terminal.press("ctrl+u");
    terminal.type(name.replace("-", " "));
    await settle(() => {
      shell.draw();
      return terminal.shown.includes(`theme      ${name}`);
    });
    terminal.press("enter");
    expect(terminal.theme?.name).toBe(name);
    terminal.press(":");
  }
});

test("a prefab is loaded from the palette", async () => {
  const { first, terminal, shell } = await opened();
  expect(first("prefab cpu")).toMatch(/^prefab +cpu/);
  terminal.press("enter");
  await settle(() => shell.config.draft !== null);
  expect(shell.state.tab).toBe("config");
});

const index = new WordIndex(["save", "matrix"], (entry) =>
  entry === "save"
    ? { text: "Save now", words: ["checkpoint", "by"] }
    : { text: "matrix_lr", words: ["the step size of all matrices of the model, which is what one tunes before anything else"] },
);

test("few letters find a word only as a whole", () => {
  expect(index.find("ch")).toEqual([]);
  expect(index.find("che").map(({ entry, said }) => [entry, said])).toEqual([["save", "checkpoint"]]);
  expect(index.find("by")).toHaveLength(1);
});

test("of a long sentence the part is told that begins with the word", () => {
  expect(index.find("tunes matrices matrix")[0]?.said).toBe("…matrices of the model, which is what one tunes…");
});
