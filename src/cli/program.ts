/** Builds commander's program out of the command table, runs one command, and returns the exit code. */
import { Command as Commander, CommanderError, Option as CommanderOption } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { EXIT_CODES, type Failure } from "../core/result.ts";
import { endWithLauncher } from "../lib/launcher.ts";
import { didYouMean, nearest } from "../lib/suggest.ts";
import { type Command, GLOBAL_OPTIONS, type Option } from "./command.ts";
import { COMMANDS } from "./commands/index.ts";
import { Context, type GlobalValues, type TuiFace } from "./context.ts";
import { Face } from "./output.ts";
import { refusedReading } from "./read-only.ts";

const GROUPS: Readonly<Record<string, string>> = {
  prefabs: "bundles of stages and parameters",
  runs: "past and present runs",
  checkpoints: "checkpoints under NANOCHAT_BASE_DIR",
  eval: "talk to a checkpoint",
  workspace: "the checkout that is worked in",
  screens: "what the Train tab shows: trees of panels",
  secrets: "keys for W&B and Hugging Face",
  presets: "prompts that are kept",
  alerts: "what is watched for in a run, and who is told",
};

/** Runs `nanochat-cli ARGS…`. With no command: the TUI, or a short status where there is no terminal. */
export async function runCli(given: readonly string[], tui: TuiFace): Promise<number> {
  let code = 0;
  const goOnAlone = endWithLauncher();
  // It has a screen to leave first, and looks for itself.
  const face: TuiFace = {
    ...tui,
    show: (...how) => {
      goOnAlone();
      return tui.show(...how);
    },
  };
  const args = helpAsOption(given);
  const program = buildProgram(async (command, positional, options, globals) => {
    code = await execute(command, positional, options, globals, face);
  }, commandsFor(args));
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    new Face(args.includes("--json"), false).failure(usageFailure(error, args));
    return EXIT_CODES.usage;
  }
  return code;
}

/**
 * `help runs save` is `runs save --help`: commander's own help command is off where the program alone does something, and
 * knows one word. What is no command is left as it is, to be said so.
 */
function helpAsOption(args: readonly string[]): readonly string[] {
  const at = args.findIndex((_, index) => isWord(args, index));
  if (args[at] !== "help") return args;
  const rest = [...args.slice(0, at), ...args.slice(at + 1)];
  const word = args.slice(at + 1).find((one) => !one.startsWith("-"));
  const isKnown = word === undefined || COMMANDS.some(({ name }) => name.split(" ")[0] === word);
  return isKnown ? [...rest, "--help"] : rest;
}

/** Neither an option nor the value of one that every command takes. */
function isWord(args: readonly string[], index: number): boolean {
  const takesValue = GLOBAL_OPTIONS.some(({ flags }) => flags.startsWith(`${args[index - 1]} <`));
  return args[index]?.startsWith("-") === false && !takesValue;
}

const wordsOf = (args: readonly string[]): string[] => args.filter((_, index) => isWord(args, index));

/** The name of the command that these arguments are for, if there is one. */
function commandIn(args: readonly string[]): string | undefined {
  const [first = "", second] = wordsOf(args);
  return [`${first} ${second}`, first].find((one) => COMMANDS.some((command) => command.name === one));
}

/** Where the command, or the group, that these arguments begin with is explained. */
function helpOf(args: readonly string[]): string {
  const [first = ""] = wordsOf(args);
  const name = commandIn(args);
  if (name !== undefined && name !== "") return `\`nanochat-cli ${name} --help\` tells how it is used`;
  return first in GROUPS ? `\`nanochat-cli ${first} --help\` lists its commands` : "`nanochat-cli --help` lists the commands";
}

/** What commander throws reads `error: what` and perhaps, in brackets on a second line, what was meant. */
function usageFailure({ code, message }: CommanderError, args: readonly string[]): Failure {
  const remedy = helpOf(args);
  if (code === "commander.help") return { code: "usage", what: "A command is missing", remedy };
  const [what = "", hint] = message.replace(/^error: /, "").split("\n");
  const meant = hint ? hint.slice(1, -1) : (choiceOf(what, args) ?? (takesSettings(args) ? settingOf(what) : null) ?? remedy);
  const missing = code === "commander.missingArgument" ? /'(.+)'/.exec(what)?.[1] : undefined;
  if (missing !== undefined) return { code: "usage", what: `${missing.toUpperCase()} is missing`, remedy };
  const misnamed = code === "commander.unknownCommand" || code === "commander.excessArguments";
  return (misnamed ? noSuchInGroup(args) : null) ?? { code: "usage", what: what.charAt(0).toUpperCase() + what.slice(1), remedy: meant };
}

/** `alerts chek`: said so too where the group does something by itself, which takes no words. Null when there is such a command. */
function noSuchInGroup(args: readonly string[]): Failure | null {
  const [first = "", second = ""] = wordsOf(args);
  const names = COMMANDS.flatMap(({ name }) => (name.startsWith(`${first} `) ? [name.slice(first.length + 1)] : []));
  if (names.length === 0 || second === "" || commandIn(args) !== undefined) return null;
  return {
    code: "usage",
    what: `There is no command ${first} ${second}`,
    remedy: didYouMean(second, names, `There are ${names.join(", ")}`),
  };
}

/** A value that an option does not take, where the message lists those that it does. */
function choiceOf(what: string, args: readonly string[]): string | null {
  const [, flags, given, choices] = /(?:option '([^']*)' )?argument '(.*)' is invalid\. Allowed choices are (.*)\.$/s.exec(what) ?? [];
  if (given === undefined || choices === undefined) return null;
  const name = commandIn(args);
  const option = COMMANDS.find((command) => command.name === name)?.options?.find((one) => one.flags === flags);
  return didYouMean(given, [...choices.split(", "), ...(option?.said?.keys() ?? [])], "") || null;
}

/** Of any other command a flag that it does not have is no setting of a script. */
function takesSettings(args: readonly string[]): boolean {
  const name = commandIn(args);
  return COMMANDS.find((command) => command.name === name)?.options?.some(({ flags }) => flags.startsWith("--set ")) === true;
}

/** A script's own flag, given as the script would take it: `--device_batch_size=4`. */
function settingOf(what: string): string | null {
  const [, flag, value] = /^unknown option '--([A-Za-z]\w*(?:[_-]\w+)*)(?:=(.*))?'$/s.exec(what) ?? [];
  if (flag === undefined) return null;
  return `If it is a setting of a script, write --set ${flag.replaceAll("-", "_")}=${value ?? "VALUE"}`;
}

type Execute = (command: Command, args: string[], options: Record<string, unknown>, globals: GlobalValues) => Promise<void>;

/**
 * The commands that these arguments can mean. There are some sixty with a dozen options each, and to build them all takes as
 * long as drawing the first frame.
 */
function commandsFor(args: readonly string[]): readonly Command[] {
  if (args.some((arg) => arg === "--help" || arg === "-h" || arg === "help")) return COMMANDS;
  const words = wordsOf(args);
  const exact = COMMANDS.filter(({ name }) => name === "" || name === words.slice(0, 2).join(" "));
  if (exact.length > 1) return exact;
  return COMMANDS.filter(({ name }) => name === "" || words.includes(name.split(" ")[0] ?? ""));
}

export function buildProgram(execute: Execute, commands = COMMANDS): Commander {
  const program = new Commander("nanochat-cli").description(packageJson.description).version(packageJson.version);
  // What is wrong is said once, by `runCli`.
  program
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .enablePositionalOptions(false)
    .helpCommand("help [command...]", "the same as --help after the command");
  addOptions(program, GLOBAL_OPTIONS);
  const groups = new Map<string, Commander>();
  for (const command of commands) {
    const [first = "", second] = command.name.split(" ");
    const parent = second === undefined ? program : group(program, groups, first);
    addCommand(parent, second ?? first, command, execute);
  }
  return program;
}

function group(program: Commander, groups: Map<string, Commander>, name: string): Commander {
  let found = groups.get(name);
  if (found === undefined) {
    found = program
      .command(name)
      .description(GROUPS[name] ?? "")
      .exitOverride();
    groups.set(name, found);
  }
  return found;
}

function addCommand(parent: Commander, name: string, command: Command, execute: Execute): void {
  const sub = name === "" ? parent : parent.command(name, { isDefault: command.isDefault ?? false });
  if (name !== "") sub.description(command.summary).exitOverride();
  for (const [argument, what] of command.args ?? []) sub.argument(argument, what);
  addOptions(sub, command.options ?? []);
  if (name !== "") addOptions(sub, GLOBAL_OPTIONS, true);
  // The program alone takes no words: one that is there is a command that we do not have, and said so below.
  sub.allowExcessArguments(name === "");
  if (command.passThrough) sub.allowUnknownOption();
  sub.action(async (...all: unknown[]) => {
    if (name === "" && sub.args.length > 0) return sub.error(unknownCommand(sub.args), { code: "commander.unknownCommand" });
    const positional = all
      .slice(0, command.args?.length ?? 0)
      .flat()
      .filter((arg): arg is string => typeof arg === "string");
    await execute(command, positional, sub.opts(), sub.optsWithGlobals() as GlobalValues);
  });
}

function unknownCommand([given = "", second]: readonly string[]): string {
  const names = COMMANDS.flatMap(({ name }) => [name, name.split(" ")[0] ?? ""]).filter(Boolean);
  // `run list`: of the groups that may be meant, one that has what follows.
  const whole = nearest(given, Object.keys(GROUPS)).find((group) => names.includes(`${group} ${second}`));
  const meant = didYouMean(given, whole === undefined ? names : [], whole === undefined ? "" : `Did you mean ${whole} ${second}?`);
  return `There is no command ${given}${meant && `\n(${meant})`}`;
}

function addOptions(target: Commander, options: readonly Option[], hidden = false): void {
  for (const { flags, what, many, choices, said } of options) {
    const option = new CommanderOption(flags, what);
    if (many) option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
    if (choices) option.choices([...choices]);
    const { parseArg } = option;
    if (said !== undefined && parseArg !== undefined)
      option.argParser((value: string, before: string) => parseArg(said.get(value.toLowerCase()) ?? value, before));
    if (hidden) option.hideHelp();
    target.addOption(option);
  }
}

/** All begins with looking for a checkout around the folder that one stands in. */
function folderGone(): Failure | null {
  try {
    process.cwd();
    return null;
  } catch {
    return {
      code: "not-found",
      what: "The folder that you stand in is not there any more",
      remedy: "Go to another one with `cd`, then try again",
    };
  }
}

/** An empty name is most likely a variable that a script forgot to set; what it would name is found by nothing. */
function blankName(options: Readonly<Record<string, unknown>>): Failure | null {
  const { name } = options;
  if (typeof name !== "string" || name.trim() !== "") return null;
  return { code: "usage", what: "The name after --name is empty", remedy: "Write one, or leave --name away for the usual name" };
}

async function execute(
  command: Command,
  args: string[],
  options: Record<string, unknown>,
  globals: GlobalValues,
  tui: TuiFace,
): Promise<number> {
  const face = new Face(Boolean(globals.json), Boolean(globals.debug));
  const refused = folderGone() ?? blankName(options) ?? (globals.readOnly ? refusedReading(command.name, options) : null);
  if (refused !== null) {
    face.failure(refused);
    return EXIT_CODES[refused.code];
  }
  const result = await command.run(new Context(globals, face, tui), args, options);
  if (!result.ok) {
    face.failure(result.failure);
    return EXIT_CODES[result.failure.code];
  }
  if (typeof result.value === "number") return result.value;
  if (result.value !== null) face.answer(result.value);
  return 0;
}
