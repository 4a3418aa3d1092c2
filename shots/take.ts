/** Takes a picture: the real program on a terminal without a screen, brought to where the shot wants it by keys. */
// What the program loads when it is asked for is there at once, so that no picture depends on how long that takes.
import "fzf";
import { FakeTerminal } from "../src/tui/fake-terminal.ts";
import { Shell } from "../src/tui/shell.ts";
import { builtIn } from "../src/tui/themes.ts";
import type { Recorded } from "./recorded.ts";
import { type Shot, shotTitle } from "./shots.ts";
import { toSvg } from "./svg.ts";

const PATIENCE_MS = 10_000;
/** What is read beside has come when so many turns have changed nothing. */
const STILL_TURNS = 8;

/** The picture as SVG. Throws when a text that the shot waits for does not come. */
export async function take(shot: Shot, { services, now, runId }: Recorded): Promise<string> {
  let clock = now;
  const terminal = new FakeTerminal(...shot.size);
  const theme = builtIn(shot.theme ?? "dark");
  const shell = new Shell(services, terminal, {
    initialRun: runId,
    theme,
    themeChosen: true,
    ascii: shot.ascii ?? false,
    now: () => clock,
    inputBudgetMs: Number.POSITIVE_INFINITY,
  });
  let broken: unknown = null;
  shell.ended.promise.then(({ error }) => {
    broken = error ?? new Error("the program has ended");
  });
  const until = async (what: string, so: () => boolean): Promise<void> => {
    const deadline = performance.now() + PATIENCE_MS;
    do {
      if (broken !== null) throw broken;
      if (performance.now() > deadline) throw new Error(`${shot.name}: ${what} did not come:\n${terminal.shown}`);
      await new Promise((resolve) => setImmediate(resolve));
      shell.refresh();
      // On a clock that stands still no panel would be due again.
      shell.redraw();
      shell.draw();
    } while (!so());
  };
  try {
    void shell.start();
    await shell.settled.promise;
    await until("the run", () => shell.run !== null);
    if (shot.screen !== undefined) shell.showScreen(shot.screen);
    for (const step of shot.steps ?? []) {
      if ("press" in step) terminal.press(...step.press);
      else if ("type" in step) terminal.type(step.type);
      else if ("pass" in step) clock += step.pass;
      else if ("gone" in step) await until(`the end of "${step.gone}"`, () => !terminal.shown.includes(step.gone));
      else await until(`"${step.wait}"`, () => terminal.shown.includes(step.wait));
    }
    let still = 0;
    let before = "";
    await until("rest", () => {
      still = terminal.shown === before ? still + 1 : 0;
      before = terminal.shown;
      return still > STILL_TURNS;
    });
    return toSvg({ canvas: terminal.canvas!, theme, cursor: terminal.cursor, title: shotTitle(shot) });
  } finally {
    shell.stop();
  }
}
