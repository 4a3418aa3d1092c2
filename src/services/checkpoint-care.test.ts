import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ownHome } from "../../test/fixtures/own-home.ts";
import { planOf, trainStage, unwrap, withValue } from "../../test/fixtures/runs.ts";
import { runPaths } from "../lib/run-dir.ts";
import { makersOf } from "./checkpoint-care.ts";
import { createRun, reserveRun } from "./run-create.ts";

const folder = ownHome();

/** A run of this home that writes to a tag of a base dir, made with a tokenizer. */
function putRun(name: string, tag: string, tokenizer: string, baseDir = "/base"): string {
  const place = unwrap(reserveRun(folder.home, name));
  const plan = { ...planOf(folder.home, [withValue(trainStage(1), "model_tag", tag)]), baseDir, env: { MADE_BY: name } };
  unwrap(createRun(folder.home, place, plan));
  const path = runPaths(place.dir).environment;
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, "utf8")) as object), tokenizer }));
  return place.id;
}

const at = (tag: string, baseDir = "/base") => ({ tag, dir: `${baseDir}/base_checkpoints/${tag}` });

test("a checkpoint was made by the run that writes to its tag and its base dir, and by no other", () => {
  const mine = putRun("mine", "d4", "aaaa");
  putRun("tagged", "d8", "bbbb");
  putRun("elsewhere", "d4", "cccc", "/base2");
  const makerOf = makersOf(folder.home);
  expect(makerOf(at("d4"))).toMatchObject({ run: mine, tokenizer: "aaaa", env: { MADE_BY: "mine" } });
  expect(makerOf(at("d8"))?.tokenizer).toBe("bbbb");
  expect(makerOf(at("d4", "/base2"))?.tokenizer).toBe("cccc");
  expect(makerOf(at("d12"))).toBeNull();
});

test("a home without runs, or with one whose plan is torn, knows no maker", () => {
  expect(makersOf(folder.home)(at("d4"))).toBeNull();
  const id = putRun("torn", "d4", "aaaa");
  writeFileSync(runPaths(join(folder.home, "runs", id)).plan, "version: [");
  expect(makersOf(folder.home)(at("d4"))).toBeNull();
});
