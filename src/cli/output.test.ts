import { afterEach, expect, spyOn, test } from "bun:test";
import { answer, Face } from "./output.ts";

const HOSTILE = "\x1b]0;mine\x07red\x1b[31m\x9b2J\u202e";
const spies = [spyOn(process.stdout, "write").mockReturnValue(true), spyOn(process.stderr, "write").mockReturnValue(true)];
afterEach(() => {
  for (const spy of spies) spy.mockClear();
});
const written = (): string[] => spies.map((spy) => spy.mock.calls.map(([text]) => String(text)).join(""));

test("nothing that a terminal would obey leaves as text, whatever a file's name or title holds", () => {
  const face = new Face(false, true);
  const said = answer(null, HOSTILE);
  if (said.ok) face.answer(said.value);
  face.line(null, HOSTILE);
  face.note(HOSTILE);
  face.failure({ code: "failed", what: HOSTILE, details: HOSTILE });
  expect(written()).toEqual(["red\nred\n", "red\nnanochat-cli: red.\nred\n"]);
});

test("JSON is what the file holds, escaped as JSON is", () => {
  new Face(true, false).line({ title: "\x1b[31m" }, "");
  expect(written()[0]).toBe('{"title":"\\u001b[31m"}\n');
});
