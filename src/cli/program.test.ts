import { expect, test } from "bun:test";
import { AXES } from "../panels/series.ts";
import { COMMANDS } from "./commands/index.ts";
import { AXIS } from "./commands/run-data.ts";
import { buildProgram } from "./program.ts";

/** What a command is given for `--axis WORD`; what is wrong with it, where it is not taken. */
async function axis(command: string, word: string): Promise<unknown> {
  let given: unknown;
  const program = buildProgram(async (_, __, options) => {
    given = options["axis"];
  });
  try {
    await program.parseAsync(["runs", command, "last", "loss", "--axis", word], { from: "user" });
  } catch (error) {
    return (error as Error).message;
  }
  return given;
}

test.each(["query", "chart"])("runs %s takes an axis by its name and by what people call it", async (command) => {
  for (const name of AXES) expect(await axis(command, name)).toBe(name);
  expect(await axis(command, "time")).toBe("trainSeconds");
  expect(await axis(command, "Steps")).toBe("step");
  expect(await axis(command, "clock")).toBe("wall");
  expect(await axis(command, "zebra")).toContain("Allowed choices are step, tokens, flops, trainSeconds, wall");
});

test("what is said for an axis is of one that there is", () => {
  for (const [word, name] of AXIS.said ?? [])
    expect({ word, known: (AXES as readonly string[]).includes(name) }).toEqual({ word, known: true });
});

test("runs stop tells that --yes is of --now alone: a stop that saves asks nothing, with a terminal or without", () => {
  const stop = COMMANDS.find(({ name }) => name === "runs stop");
  expect(stop?.options?.find(({ flags }) => flags === "--yes")?.what).toStartWith("with --now: ");
});
