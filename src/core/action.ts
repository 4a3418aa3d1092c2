/** A thing that the user can do. Footer, help, palette and key handling are all made from these. */

export interface Action<Context> {
  /** `run.save`: what a keymap file names. */
  id: string;
  /** Sentence case, a verb first: `Save now`. */
  title: string;
  /** What else people call it: it is found by these too. */
  words?: readonly string[];
  /** As shown, first one in the footer: `s`, `ctrl+p`, `shift+tab`. */
  keys: readonly string[];
  /** Where it can be used; the footer shows those of the focused thing first. */
  group:
    | "global"
    | "setup"
    | "ledger"
    | "checks"
    | "config"
    | "form"
    | "checkpoints"
    | "train"
    | "replay"
    | "stage"
    | "screen"
    | "edit"
    | "chart"
    | "log"
    | "eval"
    | "models"
    | "presets"
    | "runs"
    | "list";
  /** Asked before it runs when set: the consequence in one sentence. */
  danger?: (context: Context) => string;
  /** Null when it can be done now, else why not. */
  disabled: (context: Context) => string | null;
  run: (context: Context) => void | Promise<void>;
  /** It opens a box or a question, which has to look for something first: keys wait for it. */
  asks?: true;
  /** Shown in the footer when there is room; lower is earlier. Absent = palette and help only. */
  footer?: number;
  /**
   * What the footer says in place of the title, as things are: null = nothing now. `keys`: with one key that is had by that
   * name, those of its whole family.
   */
  hint?: { title: string | ((context: Context) => string | null); keys?: readonly [one: string, family: string] };
  /** Not shown there while it cannot be done: most people never need it, or as things are it cannot come to that. */
  rare?: true | ((context: Context) => boolean);
}
