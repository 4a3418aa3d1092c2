import { afterEach, expect, test } from "bun:test";
import { usualOptions } from "../panels/kind.ts";
import { PANELS } from "../panels/registry.ts";
import { ENDS, factsOfRun, fakeRuns, RUNS } from "../panels/run-fixture.ts";
import { type ChartView, INITIAL_VIEW } from "../panels/view.ts";
import { SCOPES, type Scope } from "./chart-scope.ts";
import { settle, start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

const CHANGES: ReadonlyArray<readonly [Exclude<Scope, "baseline" | "log">, Partial<ChartView>]> = [
  ["axis", { axis: "tokens" }],
  ["scale", { scale: "log" }],
  ["smoothing", { smoothing: "strong" }],
  ["guides", { guides: "dots" }],
  ["window", { window: { kind: "range", from: 10, to: 100 } }],
  ["cursor", { cursor: 50 }],
];

test.each(CHANGES)("the table of scopes names the panels that are drawn differently by it: %s", (scope, change) => {
  const facts = factsOfRun(RUNS["ordinary"]!(), ENDS[0]!, null);
  const changed = PANELS.filter((kind) => {
    const drawn = (chart: Partial<ChartView>): string =>
      Bun.inspect(
        kind.scene({
          facts,
          size: { width: 100, height: 30 },
          options: usualOptions(kind),
          thresholds: [],
          baselines: [],
          runs: fakeRuns(2),
          view: { ...INITIAL_VIEW, chart: { ...INITIAL_VIEW.chart, ...chart } },
        }),
        { depth: 20 },
      );
    return drawn({}) !== drawn(change);
  });
  expect(PANELS.filter(({ kind }) => SCOPES[scope].takes(kind)).map(({ kind }) => kind)).toEqual(changed.map(({ kind }) => kind));
});

test("a key of the charts changes nothing where nothing on the screen takes it, and says why", async () => {
  const { terminal, shell } = await start();
  const said = (...keys: string[]): string | undefined => {
    terminal.press(...keys);
    return shell.notices.all.at(-1)?.text;
  };
  shell.showScreen("logs");
  shell.draw();
  const before = shell.state.chart;
  expect(said("x")).toBe("Axis: nothing here is drawn along steps");
  expect(said("L")).toBe("Log scale: no curve is here");
  expect(said("o")).toBe("Smoothing: nothing here is smoothed");
  expect(said("#")).toBe("Guides: no curve is here");
  expect(said("+")).toBe("Zoom in: no chart is here");
  expect(said("b")).toBe("Baseline…: nothing here is drawn of several runs");
  expect(shell.state.chart).toEqual(before);
  expect(terminal.row(-2)).not.toContain("x axis");
  terminal.press("c");
  expect(shell.state.chart.cursor).not.toBeNull();
  terminal.press("esc", "1");
  for (const id of ["chart.axis", "chart.scale", "chart.smoothing", "chart.cursor"]) shell.runAction(id);
  expect(shell.state.chart).toEqual(before);
});

test("a key of the charts names the panel behind another one that would take it", async () => {
  const { terminal, shell } = await start(trainedRun(), {}, [80, 24]);
  shell.focus("log");
  shell.draw();
  const front = shell.placed().map(({ pane }) => pane.id);
  expect(front).not.toContain("loss");
  terminal.press("L");
  expect(shell.notices.all.at(-1)?.text).toBe("Log scale: no curve is here; tab brings loss to the front");
  expect(shell.state.chart.scale).toBe("linear");
});

test("a key of the charts names the panel behind one that is maximised", async () => {
  const { terminal, shell } = await start();
  shell.focus("log");
  terminal.press("z", "L");
  expect(shell.notices.all.at(-1)?.text).toBe("Log scale: no curve is here; tab brings loss to the front");
});

test("a panel whose own option says its scale does not go with the key", async () => {
  const { terminal, shell } = await start(trainedRun(), {}, [120, 36], (services) => {
    const layout = { panel: "chart", options: { metrics: ["train/loss"], scale: "log" } };
    services.files = [{ screen: { name: "own", title: "Own", layout }, file: "/own.yaml", ours: false, overOurs: false }];
  });
  shell.showScreen("own");
  shell.draw();
  terminal.press("L");
  expect(shell.state.chart.scale).toBe("linear");
  terminal.press("o");
  expect(shell.state.chart.smoothing).not.toBe("script");
});

test("a log that was scrolled is followed again only where there is one", async () => {
  const { terminal, shell } = await start();
  shell.state.logBottom = 1;
  shell.showScreen("loss");
  shell.draw();
  terminal.press("f");
  expect(shell.state.logBottom).toBe(1);
  expect(shell.notices.all.at(-1)?.text).toBe("Follow: no log is here");
  shell.showScreen("logs");
  shell.draw();
  terminal.press("f");
  expect(shell.state.logBottom).toBeNull();
});

test.each([
  [80, 24],
  [160, 48],
])("in the list of runs, at %i×%i, it is not said that there is no run while one is attached", async (columns, rows) => {
  const { terminal, shell } = await start(trainedRun(), {}, [columns, rows]);
  terminal.press("6");
  await settle(() => shell.runs.loaded);
  const said = (id: string): string | undefined => {
    shell.runAction(id);
    return shell.notices.all.at(-1)?.text;
  };
  expect(said("chart.baseline")).toBe("Baseline…: nothing here is drawn of several runs");
  expect(said("chart.axis")).toBe("Axis: no run is drawn here");
});
