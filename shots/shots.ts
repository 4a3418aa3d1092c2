/** THE table of pictures. `npm run shots` takes them all; test/shots.test.ts holds the files to it. */
import { join } from "node:path";
import { yamlFiles } from "../src/lib/files.ts";
import { PACKAGE_DIR } from "../src/lib/self.ts";
import { PROMPT } from "./recorded-chat.ts";

/** Keys by their names, text that is typed, a text that is waited for to come or to go, milliseconds of the clock. */
type Step = { press: readonly string[] } | { type: string } | { wait: string } | { gone: string } | { pass: number };

export interface Shot {
  /** Of its file, without the ending. */
  name: string;
  /** What one sees, for those who cannot. */
  title: string;
  /** Columns and rows. */
  size: readonly [number, number];
  /** One of ours; dark when absent. */
  theme?: string;
  ascii?: boolean;
  /** The screen of the Train tab; Overview when absent. */
  screen?: string;
  steps?: readonly Step[];
  /** Its PNG is kept beside the SVG: for where no SVG is shown. */
  png?: boolean;
}

const USUAL = [120, 36] as const;
const SIZES = [[80, 24], USUAL, [200, 60], [240, 70]] as const;
const press = (...keys: string[]): Step => ({ press: keys });
const times = (count: number, key: string): string[] => Array.from({ length: count }, () => key);
const wait = (text: string): Step => ({ wait: text });

const screens = yamlFiles(join(PACKAGE_DIR, "screens")).map((file) => file.replace(".yaml", ""));

const SIZED: readonly Shot[] = SIZES.map((size) => ({
  name: size === USUAL ? "overview" : `overview-${size.join("x")}`,
  title: `Train, screen overview, ${size.join(" by ")}`,
  size,
  png: size[0] === 80,
}));

/** What some screens need to have something to show. */
const SCREEN_STEPS: Readonly<Record<string, readonly Step[]>> = {
  compare: [{ gone: "not been read" }, press("b"), wait("Baseline"), press("enter"), { gone: "Baseline" }, wait("Δ")],
};

const SCREENS: readonly Shot[] = screens
  .filter((screen) => screen !== "overview")
  .map((screen) => ({ name: `screen-${screen}`, title: `Train, screen ${screen}`, size: USUAL, screen, steps: SCREEN_STEPS[screen] }));

const THEMED: readonly Shot[] = [
  { name: "overview-light", title: "Theme light", size: USUAL, theme: "light" },
  { name: "overview-16", title: "Theme 16: the terminal's own colours", size: USUAL, theme: "16" },
  { name: "overview-none", title: "Theme none: no colours", size: USUAL, theme: "none" },
  { name: "overview-ascii", title: "ASCII only", size: USUAL, theme: "none", ascii: true },
];

const TABS: readonly Shot[] = [
  {
    name: "setup",
    title: "Setup: stages and checks, and what mends them",
    size: USUAL,
    steps: [press("1"), wait("checkout"), press("tab")],
  },
  { name: "config", title: "Config: nanochat's speedrun on eight H100", size: USUAL, steps: [press("2"), wait("depth"), press("down")] },
  { name: "checkpoints", title: "Checkpoints: what each is good for", size: USUAL, steps: [press("3"), wait("base"), { gone: "looking" }] },
  {
    name: "eval",
    title: "Eval: a conversation with a checkpoint",
    size: USUAL,
    steps: [
      press("5"),
      wait("sft"),
      press("j", "j", "j", "enter"),
      wait("sft first @"),
      { type: PROMPT },
      press("enter"),
      wait("lies on the riv"),
    ],
  },
  {
    name: "runs",
    title: "Runs: what runs and ran",
    size: USUAL,
    steps: [press("6"), wait("first"), wait("preview"), { pass: 200 }, wait("ema")],
  },
];

const LAYERS: readonly Shot[] = [
  { name: "palette", title: "The palette, with a few letters typed", size: USUAL, steps: [press(":"), wait("palette"), { type: "save" }] },
  { name: "help", title: "Help for the focused panel", size: USUAL, steps: [press("?")] },
  {
    name: "patch",
    title: "A new learning rate for the run that goes on",
    size: USUAL,
    steps: [press("p", ...times(12, "down")), { type: "0.015" }],
  },
  { name: "cursor", title: "A cursor on the loss, shared by all panels", size: USUAL, steps: [press("c", ...times(40, "left"))] },
  { name: "edit", title: "A screen being edited, with the options of a panel", size: USUAL, steps: [press("e", "enter")] },
];

export const SHOTS: readonly Shot[] = [...SIZED, ...SCREENS, ...THEMED, ...TABS, ...LAYERS];

export const shotTitle = ({ title }: Shot): string => `nanochat-cli: ${title}`;
