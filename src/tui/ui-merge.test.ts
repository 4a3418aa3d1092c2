import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UiStateFile } from "../services/ui-state.ts";
import { UiMerge } from "./ui-merge.ts";
import { UiKeeper } from "./ui-restore.ts";

type Value = Record<string, unknown>;

const screen = (name: string, spec: string) => ({ name, spec, kept: "file" });
const plan = (prefab: string, count: number) => ({ source: { prefab }, work: { edits: [], inserted: [], count } });

/** A window of a home: what it has, and how it is written. */
function windowOf(home: string, start: Value = {}) {
  const file = new UiStateFile(home);
  const opened = file.load().value ?? {};
  const now: { value: Value } = { value: { screens: [], draft: null, ...opened, drafts: undefined, ...start } };
  const keeper = new UiKeeper(
    () => now.value,
    (value) => file.save(value),
    () => undefined,
    { merge: new UiMerge(opened), changed: () => file.changed() },
  );
  return { now, flush: () => keeper.flush() };
}

function inHome(work: (home: string, read: () => Value) => void): void {
  const home = mkdtempSync(join(tmpdir(), "ui-merge-"));
  try {
    work(home, () => new UiStateFile(home).load().value ?? {});
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

test("a screen and a plan that another window has in no file yet are still there when this one leaves later", () =>
  inHome((home, read) => {
    const [a, b] = [windowOf(home), windowOf(home)];
    a.now.value = { tab: "train", screens: [screen("overview", "A")], draft: plan("cpu", 2), left: ["a mark"] };
    a.flush();
    b.now.value = { tab: "runs", screens: [screen("losses", "B")], draft: plan("gpu", 0) };
    b.flush();
    // What is written again of it, too, keeps the other's.
    b.now.value = { ...b.now.value, tab: "eval" };
    b.flush();
    expect(read()).toEqual({
      tab: "eval",
      screens: [screen("losses", "B"), screen("overview", "A")],
      draft: plan("gpu", 0),
      drafts: [plan("cpu", 2)],
      left: ["a mark"],
    });
  }));

test("both changes of one screen are kept, and what a window gives up goes", () =>
  inHome((home, read) => {
    const [a, b] = [windowOf(home), windowOf(home)];
    a.now.value = { screens: [screen("overview", "A")], draft: null };
    a.flush();
    b.now.value = { screens: [screen("overview", "B")], draft: null };
    b.flush();
    expect(read()["screens"]).toEqual([screen("overview", "B"), screen("overview", "A")]);
    a.now.value = { screens: [], draft: null };
    a.flush();
    expect(read()["screens"]).toEqual([screen("overview", "B")]);
  }));

test("what was only taken over does not come back beside what another window has made of it", () =>
  inHome((home, read) => {
    const first = windowOf(home);
    first.now.value = { screens: [screen("overview", "old")], draft: null };
    first.flush();
    const [a, b] = [windowOf(home), windowOf(home)];
    a.now.value = { screens: [screen("overview", "new")], draft: null };
    a.flush();
    b.now.value = { ...b.now.value, tab: "runs" };
    b.flush();
    expect(read()["screens"]).toEqual([screen("overview", "new")]);
  }));

test("a window that begins anew leaves the works of others where they are", () =>
  inHome((home, read) => {
    const a = windowOf(home);
    a.now.value = { screens: [screen("overview", "A")], draft: null };
    a.flush();
    const file = new UiStateFile(home);
    const fresh = new UiKeeper(
      () => ({ screens: [], draft: null, tab: "runs" }),
      (value) => file.save(value),
      () => undefined,
      { merge: new UiMerge({}), changed: () => file.changed() },
    );
    fresh.flush();
    expect(read()).toEqual({ screens: [screen("overview", "A")], draft: null, tab: "runs", drafts: [], left: [] });
  }));

test("a work that another window's writing has passed over is put back, also where nothing has changed here", () =>
  inHome((home, read) => {
    const a = windowOf(home);
    a.now.value = { screens: [screen("overview", "A")], draft: null };
    a.flush();
    new UiStateFile(home).save({ screens: [], draft: null, tab: "setup" });
    a.flush();
    expect(read()["screens"]).toEqual([screen("overview", "A")]);
  }));
