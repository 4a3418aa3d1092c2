/** What `describe` reads from the source of a real checkout, against what its scripts really take when they are run. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Parameter, ScriptInfo, WorkspaceInfo } from "../../src/core/params.ts";
import { checkouts, RealNanochat, type TrueScript } from "./nanochat.ts";

const PATIENCE_MS = 300_000;

type True = NonNullable<TrueScript["parameters"]>[string];

/** As the scripts' own parser tells it; a positional has no flag there. */
const read = ({ type, default: value, choices, flag }: Parameter): True => ({
  type,
  default: value as True["default"],
  choices,
  flag: flag === "" ? null : flag,
});

/** The configurator knows a setting by its value alone, and takes none whose value is None. */
function expectedOf({ style, parameters }: ScriptInfo): Record<string, True> {
  const told = style === "configurator" ? parameters.filter(({ default: value }) => value !== null) : parameters;
  return Object.fromEntries(
    told.map((one) => [one.name, style === "configurator" ? { ...read(one), choices: null, flag: null } : read(one)]),
  );
}

for (const dir of checkouts()) {
  describe(dir, () => {
    const box = new RealNanochat(dir);
    let info: WorkspaceInfo;
    let truth: Record<string, TrueScript>;
    beforeAll(async () => {
      info = await box.look();
      truth = box.truth(info.scripts.map(({ module }) => module));
    }, PATIENCE_MS);
    afterAll(() => box.close());

    test("every script with settings takes those that describe tells, with their types, defaults, choices and flags", () => {
      const withSettings = info.scripts.filter(({ parameters }) => parameters.length > 0);
      expect(withSettings.length).toBeGreaterThan(5);
      for (const script of withSettings) {
        expect({ module: script.module, parameters: truth[script.module]?.parameters }).toEqual({
          module: script.module,
          parameters: expectedOf(script),
        });
      }
    });

    test("no script takes settings that describe does not know", () => {
      const without = info.scripts.filter(({ parameters }) => parameters.length === 0);
      expect(without.filter(({ module }) => truth[module]?.parameters !== undefined).map(({ module }) => module)).toEqual([]);
    });
  });
}
