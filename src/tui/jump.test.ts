import { afterEach, expect, test } from "bun:test";
import { REVERSE } from "../lib/canvas.ts";
import type { FakeTerminal } from "./fake-terminal.ts";
import { start, stopAll } from "./shell-fixture.ts";

afterEach(stopAll);

/** The letters that stand on the screen, with what follows each. */
function letters({ canvas }: FakeTerminal): Array<{ letter: string; after: string }> {
  if (canvas === null) return [];
  return Array.from(canvas.cells, (cell, at) => ({ cell, at }))
    .filter(({ at }) => ((canvas.attributes[at] ?? 0) & REVERSE) !== 0)
    .map(({ cell, at }) => {
      const y = Math.floor(at / canvas.width);
      return {
        letter: String.fromCodePoint(cell),
        after: canvas
          .rowText(y)
          .slice((at % canvas.width) + 1)
          .trimStart(),
      };
    });
}

const letterOf = (terminal: FakeTerminal, text: string): string =>
  letters(terminal).find(({ after }) => after.startsWith(text))?.letter ?? `none at ${text}`;

test("a letter stands at every panel, tab and screen, each its own, and at nothing that would do something", async () => {
  const { terminal, shell } = await start();
  terminal.press("'");
  const all = letters(terminal);
  expect(new Set(all.map(({ letter }) => letter)).size).toBe(all.length);
  for (const text of ["progress", "log", "1 Setup", "6 Runs", "Overview"]) expect(letterOf(terminal, text)).toMatch(/^[a-zA-Z]$/);
  expect(letterOf(terminal, "s save now")).toStartWith("none");
  expect(all.length).toBeGreaterThanOrEqual(shell.placed().length + 7);
});

test("typing one goes there: to a panel, a tab or a screen", async () => {
  const { terminal, shell } = await start();
  terminal.press("'");
  terminal.press(letterOf(terminal, "log"));
  expect(shell.pane().id).toBe("log");
  terminal.press("ctrl+g");
  terminal.press(letterOf(terminal, "Loss"));
  expect(shell.screens.name).toBe("loss");
  terminal.press("f2");
  terminal.press(letterOf(terminal, "6 Runs"));
  expect(shell.state.tab).toBe("runs");
});

test("esc and what is no letter leave it, and it works on the smallest screen", async () => {
  const { terminal, shell } = await start(undefined, {}, [60, 16]);
  terminal.press("'", "esc");
  expect(shell.overlays.current).toBeNull();
  terminal.press("'", "%");
  expect(shell.overlays.current).toBeNull();
  terminal.width = 1;
  terminal.height = 1;
  terminal.press("'", "a");
  expect(shell.overlays.current).toBeNull();
});
