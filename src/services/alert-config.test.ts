import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { optionsOf } from "../watches/settings.ts";
import { readAlerts } from "./alert-config.ts";
import { EXAMPLE } from "./alert-example.ts";
import { DEFAULT_CONFIG, hostOf, isQuiet } from "./alert-settings.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nanochat-cli-test-"));
  mkdirSync(join(folder, "own"));
  mkdirSync(join(folder, "home"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (text: string, layer: "own" | "home" = "home"): void => writeFileSync(join(folder, layer, "alerts.yaml"), text);
const read = () => readAlerts([join(folder, "own"), join(folder, "home")]);
const mistakes = (text: string): string[] => {
  write(text);
  const { config, files } = read();
  expect(config).toEqual(DEFAULT_CONFIG);
  return files.flatMap((file) =>
    file.mistakes.map(({ what, why, remedy }) => [what.replace(folder, ""), why, remedy].filter(Boolean).join(". ")),
  );
};

test("without a file, and with one of comments alone, everything is as it comes", () => {
  expect(read()).toMatchObject({ config: DEFAULT_CONFIG, files: [] });
  write("# nothing\n");
  expect(read().config).toEqual(DEFAULT_CONFIG);
});

test("what `alerts init` writes is well, and stays so with every setting in it switched on", () => {
  write(EXAMPLE);
  expect(read().config).toEqual(DEFAULT_CONFIG);
  write(EXAMPLE.replace(/^#(?=\S| {2})/gm, ""));
  const { config, files } = read();
  expect(files[0]?.mistakes).toEqual([]);
  expect(config.watches.thresholds).toHaveLength(3);
  expect(config).toMatchObject({ quiet: { from: 1350, to: 420 }, command: ["notify-send", "nanochat", "an alert"] });
});

test("the home's file wins over the user's own, key by key, watch by watch", () => {
  write(
    "watches: {spike: {sigmas: 3}, plateau: off}\nbell: false\nthresholds: [{name: hot, metric: gpu/*/temperature, above: 80}]\n",
    "own",
  );
  write(
    'watches: {spike: {percent: 40}, plateau: {steps: 900}}\nquiet_hours: {from: "22:30", to: "7:00"}\nthresholds: [{name: hot, metric: gpu/*/temperature, above: 70, for_seconds: 5}, {metric: val_bpb, below: 1, severity: bad}]\n',
  );
  const { config, files } = read();
  expect(files.map((file) => file.mistakes)).toEqual([[], []]);
  expect(optionsOf(config.watches, "spike")).toMatchObject({ sigmas: 3, percent: 40, steps: 8 });
  expect(optionsOf(config.watches, "plateau")).toMatchObject({ steps: 900 });
  expect(config).toMatchObject({ bell: false, desktop: true, quiet: { from: 1350, to: 420 } });
  expect(config.watches.thresholds).toEqual([
    { name: "hot", metric: "gpu/*/temperature", direction: "above", limit: 70, lasting: { seconds: 5 }, severity: "warn" },
    { name: "val/bpb-below", metric: "val/bpb", direction: "below", limit: 1, lasting: { steps: 1 }, severity: "bad" },
  ]);
});

const MISTAKES: ReadonlyArray<readonly [what: string, text: string, says: string]> = [
  [
    "a watch that there is not",
    "watches:\n  spik: off\n",
    "/home/alerts.yaml:2:3: `watches.spik` is no key of the watches. Did you mean spike?",
  ],
  [
    "a key whose map begins below it",
    "bell: true\nwatchs:\n  spike: {sigmas: 3}\n",
    "/home/alerts.yaml:2:1: `watchs` is no key of alerts.yaml",
  ],
  ["an option that it has not", "watches:\n  spike: {sigma: 3}\n", "alerts.yaml:2:11: `watches.spike.sigma` is no key of the watch spike"],
  ["a watch that is meant to be off", "watches: {plateau: offf}", "`watches.plateau` takes `off`, or a list of its settings, not a text"],
  ["an option out of range", "watches: {throughput: {percent: 120}}", "`watches.throughput.percent`"],
  ["a limit without a side", "thresholds:\n  - metric: train/dt\n", "alerts.yaml:2:5: `thresholds.0` needs one of `above` and `below`"],
  [
    "a limit for steps and seconds",
    "thresholds: [{metric: a/b, above: 1, for_steps: 2, for_seconds: 3}]",
    "takes one of `for_steps` and `for_seconds`",
  ],
  ["a time of day that is none", "quiet_hours: {from: 25:00, to: '7:00'}", "`quiet_hours.from`"],
  ["a webhook in the open", "webhook: http://example.org/hook\n", "alerts.yaml:1:10: `webhook` must begin with https://"],
  ["a webhook that is no address", "webhook: hooks\n", "`webhook` is no address"],
  ["a token in the command", `command: [curl, "Bearer ${"a".repeat(24)}"]`, "looks like an HTTP authorization"],
  ["a text for a number", "timeout_seconds: soon\n", "`timeout_seconds` takes a number, not a text"],
  [
    "a bracket that is not closed",
    "command: [x\n",
    "/home/alerts.yaml:1:10 is no valid YAML. a quote, a bracket or a brace that begins there",
  ],
  ["no YAML", "watches: {spike: }}\n", "is no valid YAML"],
];
for (const [what, text, says] of MISTAKES) {
  test(`${what} is told with file, line and field, and the file left out`, () => {
    const [told = "", ...others] = mistakes(text);
    expect(told).toContain(says);
    expect(others).toEqual([]);
  });
}

test("a mistake in one file does not take the other one away", () => {
  write("bell: false\n", "own");
  write("bel: false\n");
  expect(read().config.bell).toBe(false);
});

test("http is allowed to this machine alone; only the host of a webhook is shown", () => {
  write("webhook: http://127.0.0.1:8080/T0/B0/secret\n");
  const { config, files } = read();
  expect(files[0]?.mistakes).toEqual([]);
  expect(hostOf(config.webhook ?? "")).toBe("127.0.0.1:8080");
});

test("quiet hours go over midnight", () => {
  const at = (hours: number, minutes = 0): number => new Date(2026, 0, 1, hours, minutes).getTime();
  const night = { from: 22 * 60 + 30, to: 7 * 60 };
  expect([at(22, 29), at(22, 30), at(3), at(6, 59), at(7)].map((time) => isQuiet(night, time))).toEqual([false, true, true, true, false]);
  expect(isQuiet({ from: 60, to: 120 }, at(1, 30))).toBe(true);
  expect(isQuiet(null, at(3))).toBe(false);
});
