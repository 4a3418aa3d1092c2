import { expect, test } from "bun:test";
import { ACTIONS, actionFor } from "./actions.ts";

test("a key means one thing in a group, and no group hides a key that works everywhere", () => {
  const taken = new Map<string, string>();
  for (const { id, keys, group } of ACTIONS) {
    for (const key of keys) {
      expect({ id, other: taken.get(`${group} ${key}`) ?? taken.get(`global ${key}`) }).toEqual({ id, other: undefined });
      taken.set(`${group} ${key}`, id);
    }
  }
});

test("ids are unique, titles are sentences that begin with a capital letter", () => {
  expect(new Set(ACTIONS.map(({ id }) => id)).size).toBe(ACTIONS.length);
  for (const { title } of ACTIONS) expect(title).toMatch(/^[A-Z]/);
});

test("a key is looked for in the nearest group first", () => {
  expect(actionFor(ACTIONS, "enter", ["models", "eval", "global"])?.id).toBe("eval.load");
  expect(actionFor(ACTIONS, "enter", ["eval", "global"])?.id).toBe("eval.send");
  expect(actionFor(ACTIONS, "€", ["global"])).toBeUndefined();
});
