/** The Eval tab: presets, sampling, two models compared, transcripts. */
import { afterEach, expect, test } from "bun:test";
import { conversationsWith } from "./chat-session.ts";
import { fakeCheckpoint } from "./fake-terminal.ts";
import { farewell } from "./leaving.ts";
import { settle, start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

async function evalTab(size: [number, number] = [120, 36]) {
  const all = await start(trainedRun(), { initialTab: "eval" }, size);
  await settle(() => all.shell.chat.checkpoints !== null);
  return all;
}

test.each([
  ["none", /a run writes them: 1 shows what is/],
  ["ended", /a run writes them: 1 shows what is/],
  ["live", /s on the Train tab saves one/],
] as const)("without a checkpoint the list says what helps: the run is %s", async (which, says) => {
  const run = which === "none" ? null : trainedRun(which === "live" ? {} : { status: "done", endedAt: "2026-01-01T13:00:00.000Z" });
  const { terminal, shell } = await start(run, { initialTab: "eval" }, [120, 36], (services) => {
    services.list = [];
  });
  await settle(() => shell.chat.checkpoints !== null);
  shell.draw();
  expect(terminal.shown).toContain("No checkpoint yet");
  expect(terminal.shown).toMatch(says);
});

test("a checkpoint that the run saves meanwhile comes into the list, and what is selected stays so", async () => {
  const { terminal, services, shell, tick, run } = await evalTab();
  shell.focus("models");
  terminal.press("down");
  const [, chosen] = shell.chat.checkpoints ?? [];
  tick(1000);
  services.list = [fakeCheckpoint({ stage: "base", tag: "newest", step: 999, dir: "/b/base/newest" }), ...services.list];
  tick(1000);
  expect(terminal.shown).not.toContain("newest");
  run.changed = true;
  run.reader.allEvents.push({ seq: 999, stage: 1, at: 0, step: 999, kind: "checkpoint", body: { path: "/b/base/newest" } });
  await settle(() => {
    tick(1000);
    return terminal.shown.includes("newest");
  });
  expect(shell.chat.checkpoints?.[shell.state.selected.models]).toEqual(chosen!);
});

test("before a model is there tab goes on to the field, and what is typed or pasted stays for the model that is loaded", async () => {
  const { terminal, shell } = await evalTab();
  terminal.press("tab", "tab");
  terminal.type("hello there");
  expect(shell.chat.editor.text).toBe("hello there");
  terminal.press("enter");
  expect(terminal.shown).toContain("no model is loaded: tab goes to the checkpoints");
  shell.focus("models");
  const { x, y } = shell.placed().find(({ pane }) => pane.id === "transcript")!.rect;
  terminal.clickAt(x + 2, y + 2);
  expect(shell.pane().id).toBe("prompt");
  terminal.press("tab");
  shell.paste(", you");
  expect(shell.pane().id).toBe("prompt");
  terminal.press("tab", "enter");
  await settle(() => shell.chat.loaded !== null);
  expect([shell.pane().id, shell.chat.editor.text]).toEqual(["prompt", "hello there, you"]);
});

test("a click at a row of the list chooses it, also from the field, which has fewer rows than the list", async () => {
  const { terminal, shell } = await evalTab();
  shell.focus("prompt");
  shell.draw();
  const { x, y } = shell.placed().find(({ pane }) => pane.id === "models")!.rect;
  terminal.clickAt(x + 2, y + 3);
  expect([shell.pane().id, shell.state.selected.models]).toEqual(["models", 1]);
  shell.focus("prompt");
  shell.draw();
  terminal.clickAt(x + 2, y + 2);
  expect(shell.state.selected.models).toBe(0);
});

test("who left the field comes back to it with the tab, and beside it the footer says what enter does", async () => {
  const { terminal, shell } = await evalTab();
  expect(shell.pane().id).toBe("models");
  await shell.chatWithRun();
  terminal.press("esc");
  expect(shell.pane().id).toBe("transcript");
  expect(terminal.shown).toContain("enter type here");
  terminal.press("4", "5");
  terminal.type("that it is, too");
  expect([shell.pane().id, shell.chat.editor.text]).toEqual(["prompt", "that it is, too"]);
  expect(terminal.shown).toContain("enter send");
});

test("a list that a filter has emptied says so, and how it is full again", async () => {
  const { terminal, shell } = await evalTab();
  shell.focus("models");
  terminal.press("/");
  terminal.type("nowhere");
  await settle(() => terminal.shown.includes("None is called “nowhere”"));
  expect(terminal.shown).not.toContain("No checkpoint yet");
});

test("a prompt is kept under a name, found again, and not replaced without a question", async () => {
  const { terminal, services, shell, tick } = await evalTab();
  await shell.chatWithRun();
  terminal.type("Tell me of Paris");
  terminal.press("ctrl+s");
  terminal.type("Paris!");
  expect(terminal.shown).toContain("Use small letters");
  terminal.press("backspace", "backspace", "backspace", "backspace", "backspace", "backspace");
  terminal.type("paris");
  terminal.press("enter");
  await settle(() => services.kept.length === 1);
  expect(services.kept[0]).toMatchObject({ name: "paris", prompt: "Tell me of Paris", mode: "chat" });
  terminal.press("ctrl+s");
  terminal.type("paris");
  terminal.press("enter");
  await settle(() => {
    tick();
    return terminal.shown.includes("Replace the preset");
  });
  terminal.press("esc");
  shell.chat.editor.text = "";
  shell.focus("presets");
  terminal.press("enter");
  expect(shell.chat.editor.text).toBe("Tell me of Paris");
});

test("sampling is one line to edit; what makes no sense says so and is not taken", async () => {
  const { terminal, shell } = await evalTab();
  await shell.chatWithRun();
  terminal.press("ctrl+o", "ctrl+u");
  terminal.type("temperature=warm");
  expect(terminal.shown).toContain("temperature takes a number from 0.");
  terminal.press("ctrl+u");
  terminal.type("temperature=0.9 seed=7 top_k=0");
  terminal.press("enter");
  expect(shell.chat.sampling).toMatchObject({ temperature: 0.9, seed: 7, topK: null, maxTokens: 256 });
  expect(terminal.shown).toContain("temp 0.9 · top-k off");
});

test("two models get the same prompt and seed, and stand beside each other", async () => {
  const { terminal, services, shell, tick } = await evalTab();
  await shell.chatWithRun();
  shell.focus("models");
  terminal.press("down", "b");
  expect(shell.chat.against).not.toBeNull();
  shell.focus("prompt");
  terminal.type("Hello");
  terminal.press("enter");
  await settle(() => shell.chat.conversations.replies.length === 2 && shell.chat.busy === null);
  tick(100);
  expect(services.sent.map(({ options }) => options.seed)).toEqual([42, 42]);
  const row = terminal.shown.split("\n").find((line) => line.includes("Paris is it."));
  expect(row?.match(/Paris is it\./g)).toHaveLength(2);
});

test("up in the field brings back what was said to any model, and down what was being typed", async () => {
  const { terminal, shell } = await evalTab();
  await shell.chatWithRun();
  for (const text of ["Hello", "And now?"]) {
    terminal.type(text);
    terminal.press("enter");
    await settle(() => shell.chat.turns.length > 0 && shell.chat.busy === null && shell.chat.editor.text === "");
  }
  terminal.type("Why");
  terminal.press("up", "up");
  expect(shell.chat.editor.text).toBe("Hello");
  terminal.press("down");
  expect(shell.chat.editor.text).toBe("And now?");
  terminal.press("down");
  expect(shell.chat.editor.text).toBe("Why");
  // A new conversation, with this model or another, has the same to be said.
  shell.chat.editor.text = "";
  terminal.press("ctrl+n", "up");
  expect([shell.chat.turns.length, shell.chat.editor.text]).toEqual([0, "And now?"]);
});

test("a model that ends its turn at once leaves a sentence where its answer would stand, also beside another", async () => {
  const { terminal, services, shell, tick } = await evalTab();
  services.reply.length = 0;
  await shell.chatWithRun();
  shell.focus("models");
  terminal.press("down", "b");
  shell.focus("prompt");
  terminal.type("Hello");
  terminal.press("enter");
  await settle(() => shell.chat.conversations.replies.length === 2 && shell.chat.busy === null);
  tick(100);
  expect(terminal.shown.match(/\(no answer: the model/g)).toHaveLength(2);
});

test("loading beside a training says what it costs, and enter leaves the training alone", async () => {
  const { terminal, services, shell } = await evalTab();
  services.cost = "r1 is training on this machine.";
  shell.focus("models");
  terminal.press("enter");
  await settle(() => {
    shell.draw();
    return terminal.shown.includes("Leave the training alone");
  });
  terminal.press("enter");
  expect(shell.chat.loaded).toBeNull();
  terminal.press("enter");
  await settle(() => {
    shell.draw();
    return terminal.shown.includes("Leave the training alone");
  });
  terminal.press("y");
  await settle(() => shell.chat.loaded !== null);
});

test("a conversation is kept when there is one", async () => {
  const { terminal, services, shell, tick } = await evalTab();
  await shell.chatWithRun();
  terminal.press("ctrl+g");
  expect(terminal.shown).toContain("nothing has been answered");
  terminal.type("Hello");
  terminal.press("enter");
  await settle(() => shell.chat.conversations.replies.length === 1);
  terminal.press("ctrl+g");
  await settle(() => services.transcripts.length === 1);
  tick();
  expect(terminal.shown).toContain("/home/transcripts/talk.md");
});

test("the footer shows a key once: for what it does where one is", async () => {
  const { shell, terminal } = await start(trainedRun());
  shell.setTab("eval");
  for (const pane of shell.order()) {
    shell.focus(pane);
    shell.draw();
    const footer = terminal.row(-2);
    const enters = footer.match(/(?<= )enter /g) ?? [];
    expect([pane, enters.length <= 1]).toEqual([pane, true]);
  }
});

test("before there is a model the list has the focus: keys to other tabs are not typed; in the prompt the footer names the way out", async () => {
  const run = trainedRun();
  run.reader.event("checkpoint", { path: "/b/chatsft_checkpoints/d4", bytes: 1 }, { step: 400 });
  const { terminal, shell } = await start(run);
  terminal.press("5");
  await settle(() => shell.chat.checkpoints !== null);
  expect(shell.pane().id).toBe("models");
  terminal.press("4");
  expect(shell.state.tab).toBe("train");
  terminal.press("C");
  await settle(() => shell.chat.loaded !== null);
  shell.draw();
  expect(shell.pane().id).toBe("prompt");
  expect(terminal.row(-2)).toStartWith(" esc leave the field");
  terminal.press("esc");
  expect(shell.pane().id).toBe("transcript");
  // Nothing is typed that could be sent: enter goes to where that is done.
  terminal.press("enter");
  expect(shell.pane().id).toBe("prompt");
});

test("the way from a training to its model says first what loading costs the training", async () => {
  const { terminal, services, shell, tick } = await start(trainedRun());
  services.cost = "The training gets slower by the half.";
  await shell.chatWithRun();
  tick();
  expect(terminal.shown).toContain("slower by the half");
  expect(shell.chat.loaded).toBeNull();
  terminal.press("y");
  await settle(() => shell.chat.loaded !== null);
});

test("the chat with a run is one with its own newest checkpoint, not with what another run saved later", async () => {
  const run = trainedRun();
  run.reader.event("checkpoint", { path: "/b/base/mine", bytes: 1 }, { step: 200 });
  run.reader.event("checkpoint", { path: "/b/base/mine", bytes: 1 }, { step: 400 });
  const { services, shell } = await start(run);
  const other = fakeCheckpoint({ tag: "other", dir: "/b/base/other", step: 400 });
  const mine = (step: number) => fakeCheckpoint({ tag: "mine", dir: "/b/base/mine", step });
  services.list = [other, mine(600), mine(400), mine(200)];
  await shell.chatWithRun();
  expect(shell.chat.loaded).toMatchObject({ tag: "mine", step: 400 });
  services.list = [other];
  await shell.chatWithRun();
  expect(shell.chat.loaded).toMatchObject({ tag: "other" });
  expect(shell.notices.all.at(-1)?.text).toContain("is not there any more: this is the newest of all");
});

/** Says it, and waits until so many answers have been given since the start. */
async function say({ terminal, shell }: Awaited<ReturnType<typeof evalTab>>, text: string, replies: number): Promise<void> {
  terminal.type(text);
  terminal.press("enter");
  await settle(() => shell.chat.conversations.replies.length === replies && shell.chat.busy === null);
}

/** After one answer of the run's model. */
async function talked(): Promise<Awaited<ReturnType<typeof evalTab>>> {
  const tab = await evalTab();
  await tab.shell.chatWithRun();
  await say(tab, "Hello", 1);
  return tab;
}

test("a conversation that is in no file is asked about before one leaves, and what is kept is not", async () => {
  const tab = await talked();
  const { terminal, services, shell } = tab;
  terminal.press("ctrl+q");
  expect(terminal.shown).toContain("Not saved: the conversation with sft d4 @ 400, which leaving");
  terminal.press("esc", "ctrl+g");
  await settle(() => services.transcripts.length === 1);
  terminal.press("ctrl+g");
  expect(terminal.shown).toContain("all that was answered is kept already");
  terminal.press("ctrl+q");
  expect(await shell.ended.promise).toEqual({ code: 0 });
});

test("what was said is kept on leaving by a key of the question", async () => {
  const tab = await talked();
  const { terminal, services, shell } = tab;
  terminal.press("ctrl+q");
  expect(terminal.shown).toContain("Keep what was said, and leave");
  terminal.press("k");
  expect(await shell.ended.promise).toEqual({ code: 0 });
  expect(services.transcripts).toHaveLength(1);
  // The notice is gone with the screen.
  expect(farewell(shell, (id) => id)).toContain("Kept in /home/transcripts/talk.md and .jsonl.");
});

test("conversations are counted by model, and those with models that are not named are counted too", () => {
  const loaded = { device: "cpu", pocket: true };
  const talkAt = (step: number) => ({ model: fakeCheckpoint({ stage: "sft", tag: "d4", step }), loaded, replies: [] });
  expect(conversationsWith([talkAt(1)])).toBe("the conversation with sft d4 @ 1");
  expect(conversationsWith([talkAt(1), talkAt(2), talkAt(1)])).toBe("3 conversations (2 with sft d4 @ 1, 1 with sft d4 @ 2)");
  expect(conversationsWith([1, 2, 3, 4, 5, 5, 6].map(talkAt))).toMatch(/^7 conversations \(1 with .* @ 4, 3 more\)$/);
});

test("a conversation that another one takes the place of can still be kept, and of two that are compared each is", async () => {
  const tab = await talked();
  const { terminal, services, shell } = tab;
  shell.focus("models");
  terminal.press("down", "b");
  expect(terminal.shown).toContain("Not saved: the conversation with sft d4 @ 400. ctrl+g keeps it");
  shell.focus("prompt");
  await say(tab, "And now?", 2);
  terminal.press("ctrl+q");
  expect(terminal.shown).toContain("Not saved: 3 conversations");
  terminal.press("esc", "ctrl+g");
  await settle(() => services.transcripts.length === 3);
  expect(shell.notices.all.at(-1)?.text).toBe("3 conversations kept in /home/transcripts");
  expect(services.transcripts.map((replies) => replies.map(({ messages }) => messages.at(-1)?.content))).toEqual([
    ["Hello"],
    ["And now?"],
    ["And now?"],
  ]);
});

test("what is written how is told once a model is there, or somebody has chosen", async () => {
  const { terminal, shell, tick } = await evalTab();
  expect(terminal.shown).not.toContain("temp 0");
  shell.focus("prompt");
  terminal.press("ctrl+t");
  tick(100);
  expect(terminal.shown).toContain("temp 0.8");
});
