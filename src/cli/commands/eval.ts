/** `eval`: a reply of a checkpoint, a conversation with one, or two beside each other. */
import type { Command, Option } from "../command.ts";
import { replay, sideBySideReplies } from "../eval/compare.ts";
import { DEVICE, SAMPLING } from "../eval/options.ts";
import { talk } from "../eval/talk.ts";

const OPTIONS: readonly Option[] = [
  {
    flags: "--checkpoint <name>",
    what: "STAGE/TAG@STEP, any part of it, or `last` (without this: the newest, to chat the newest that was taught to)",
  },
  ...SAMPLING,
  { flags: "--save <file>", what: "keep it as FILE.md and FILE.jsonl, with everything needed to repeat it" },
];

export const EVAL_COMMANDS: readonly Command[] = [
  {
    name: "eval continue",
    summary: "Let a checkpoint go on from a prompt",
    options: OPTIONS,
    run: (context, _args, options) => talk(context, "continue", options),
  },
  {
    name: "eval chat",
    summary: "Say something to a checkpoint, or talk to it line by line",
    options: OPTIONS,
    run: (context, _args, options) => talk(context, "chat", options),
  },
  {
    name: "eval ab",
    summary: "Give two checkpoints the same prompt and seed, and show their replies side by side",
    options: [{ flags: "--a <name>", what: "the one" }, { flags: "--b <name>", what: "the other" }, ...SAMPLING],
    run: (context, _args, options) => sideBySideReplies(context, options),
  },
  {
    name: "eval replay",
    summary: "Say everything of a transcript again, and tell what came out differently",
    args: [["<file>", "the .jsonl that --save made"]],
    options: [{ flags: "--checkpoint <name>", what: "another checkpoint than the transcript's" }, ...DEVICE],
    run: (context, [file = ""], options) => replay(context, file, options),
  },
];
