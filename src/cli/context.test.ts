import { expect, test } from "bun:test";
import { programAsTyped } from "../lib/self.ts";
import { Context, type GlobalValues } from "./context.ts";

// Neither face is asked for anything here.
const contextWith = (globals: GlobalValues): Context => new Context(globals, {} as never, {} as never);

test("what shows a run again can be typed as it is printed: with the home, where a flag has named it", () => {
  expect(contextWith({}).attachCommand("one")).toBe(`${programAsTyped()} runs attach one`);
  expect(contextWith({ home: "/h/runs" }).attachCommand("one")).toBe(`${programAsTyped()} runs attach one --home /h/runs`);
  expect(contextWith({ home: "/my runs/ada's" }).attachCommand("one")).toBe(
    `${programAsTyped()}${String.raw` runs attach one --home '/my runs/ada'\''s'`}`,
  );
});
