import { expect, test } from "bun:test";
import { escAndAlt, escAndKey, escapesIn, keyLabel, toKey } from "./keys.ts";

test("one name for a key, whatever the terminal calls it", () => {
  const key = (rest: Partial<Parameters<typeof toKey>[0]>) =>
    toKey({ name: "", ctrl: false, shift: false, meta: false, sequence: "", ...rest }).name;
  expect(key({ name: "s", shift: true, sequence: "S" })).toBe("S");
  expect(key({ name: "/", shift: true, sequence: "?" })).toBe("?");
  expect(key({ name: "return", sequence: "\r" })).toBe("enter");
  expect(key({ name: "p", ctrl: true, sequence: "\x10" })).toBe("ctrl+p");
  expect(key({ name: "p", ctrl: true, sequence: "p" })).toBe("ctrl+p");
  expect(key({ name: "tab", shift: true, sequence: "\x1b[Z" })).toBe("shift+tab");
  expect(key({ name: "b", meta: true, sequence: "\x1bb" })).toBe("alt+b");
  expect(toKey({ name: "日", ctrl: false, shift: false, meta: false, sequence: "日" }).text).toBe("日");
});

test("a key that has the name of what it does is shown by its short one", () => {
  expect(["delete", "backspace", "pagedown", "ctrl+s"].map(keyLabel)).toEqual(["del", "bksp", "pgdn", "ctrl+s"]);
});

test("esc that was pressed more than once and read together is as many of them", () => {
  const read = (sequence: string) => escapesIn({ name: "escape", ctrl: false, shift: false, meta: true, sequence });
  expect(["\x1b\x1b", "\x1b\x1b\x1b", "\x1b", "\x1bq", ""].map(read)).toEqual([2, 3, 0, 0, 0]);
});

test("esc and a key that were read together are told from one key of the terminal's own", () => {
  const read = (sequence: string) => escAndKey({ name: "", ctrl: false, shift: false, meta: true, sequence })?.map(toKey);
  expect(read("\x1bq")?.map(({ name }) => name)).toEqual(["esc", "q"]);
  expect(read("\x1b:")?.map(({ name }) => name)).toEqual(["esc", ":"]);
  expect(read("\x1b\x10")?.map(({ name }) => name)).toEqual(["esc", "ctrl+p"]);
  for (const own of ["\x1b[A", "\x1bO", "\x1b[", "\x1b]", "\x1b\x1b", "\x1b", "q", "", "\x1b\r"]) expect(read(own)).toBeUndefined();
});

test("esc before a key with alt that was read together with it is told from that key", () => {
  const read = (sequence: string) => escAndAlt({ name: "", ctrl: false, shift: false, meta: false, sequence });
  const told = (sequence: string) => {
    const all = read(sequence);
    return all && [all.escapes, toKey(all.key).name];
  };
  expect(told("\x1b\x1b9")).toEqual([1, "alt+9"]);
  expect(told("\x1b\x1b\x1bq")).toEqual([2, "alt+q"]);
  expect(told("\x1b\x1b\x10")).toEqual([1, "ctrl+alt+p"]);
  for (const other of ["\x1b9", "\x1b\x1b", "\x1b\x1b[C", "9", ""]) expect(told(other)).toBeNull();
});
