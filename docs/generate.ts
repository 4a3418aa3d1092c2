/** Writes the documents that are made from tables: `npm run docs`. A test fails when one is out of date. */
import { join } from "node:path";
import { GLOBAL_OPTIONS, type Option } from "../src/cli/command.ts";
import { COMMANDS } from "../src/cli/commands/index.ts";
import { METRICS } from "../src/core/metrics.ts";
import { optionTakes, optionText } from "../src/panels/option-text.ts";
import { PANELS } from "../src/panels/registry.ts";
import { ACTIONS } from "../src/tui/actions.ts";
import { WATCHES } from "../src/watches/table.ts";

const NOTE = "<!-- Made by `npm run docs`: change the table in the source, not this file. -->";
const cell = (text: string): string => text.replaceAll("|", "\\|");
const code = (text: string): string => `\`${cell(text)}\``;

const options = (list: readonly Option[]): string[] =>
  list.map(({ flags, what, choices }) => `| ${code(flags)} | ${cell(what)}${choices ? ` (${choices.join(", ")})` : ""} |`);

function commands(): string {
  const sections = COMMANDS.map(({ name, summary, args = [], options: own = [] }) => {
    const usage = ["nanochat-cli", name, ...args.map(([argument]) => argument)].filter(Boolean).join(" ");
    const rows = [...args.map(([argument, what]) => `| ${code(argument)} | ${cell(what)} |`), ...options(own)];
    const table = rows.length > 0 ? `\n\n| | |\n|---|---|\n${rows.join("\n")}` : "";
    return `## ${code(usage)}\n\n${summary}.${table}`;
  });
  return `${NOTE}
# Commands

Text is for people, \`--json\` for programs; both are made from the same value. stdout holds the answer and nothing else,
progress goes to stderr. With \`--json\` an error is \`{"error": {"code", "what", "why", "remedy"}}\` on stdout as well.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused, 4 not found, 5 nothing to attach to, 130 interrupted.

\`nanochat-cli help\` lists the commands, \`nanochat-cli help runs save\` tells how one is used, as \`--help\` after it does.

Options of every command:

| | |
|---|---|
${options(GLOBAL_OPTIONS).join("\n")}

${sections.join("\n\n")}
`;
}

function keys(): string {
  const groups = [...new Set(ACTIONS.map(({ group }) => group))];
  const sections = groups.map((group) => {
    const rows = ACTIONS.filter((action) => action.group === group).map(
      ({ id, title, keys: bound, words = [] }) => `| ${bound.map(code).join(" ")} | ${title} | ${code(id)} | ${words.join(", ")} |`,
    );
    return `## ${group}\n\n| keys | what | action | found by |\n|---|---|---|---|\n${rows.join("\n")}`;
  });
  return `${NOTE}
# Keys

The same table makes the footer, the help (\`?\`) and the palette (\`:\`). Letters typed into a field never trigger anything.
[keymap.yaml](keymap.md) gives actions other keys; \`nanochat-cli keys\` prints those that work here.
The help begins with what has the focus, goes on with its tab and with what works everywhere; \`/\` narrows it by words, enter
does what the arrows have gone to, a second \`?\` adds the keys of all other places. Palette and help find an action by its title, and by
the words of the last column too. In the chat's field \`up\` and \`down\` go through what was said in this conversation, as in a shell.
Pictures of the [help](shots/help.svg) and the [palette](shots/palette.svg).

${sections.join("\n\n")}
`;
}

function metrics(): string {
  const rows = METRICS.map(
    ({ id, title, unit, better, aliases }) =>
      `| ${code(id)} | ${title} | ${unit} | ${better === "none" ? "" : better} | ${aliases.map(code).join(" ")} |`,
  );
  return `${NOTE}
# Metrics

Known by name; anything else that a script logs is kept and drawn as well. \`runs query\` takes the aliases too.

| metric | title | unit | better | also called |
|---|---|---|---|---|
${rows.join("\n")}

Families: \`core/<task>\` and \`chatcore/<task>\` (better higher), \`train/loss_<part>\` (nats, better lower), and \`gpu/<n>/\`
with \`util\`, \`memory_used\`, \`memory_total\`, \`power\`, \`temperature\`.
`;
}

function panels(): string {
  const sections = PANELS.map(({ kind, title, about, counts, options, least, rows }) => {
    const size = `At least ${least.width}×${least.height} cells${rows === undefined ? "" : `, of use up to ${rows} rows`}.`;
    const own = Object.entries(options).map(
      ([name, option]) => `| ${code(name)} | ${cell(option.help)} | ${cell(optionTakes(option))} | ${code(optionText(option.default))} |`,
    );
    const table = own.length > 0 ? `\n\n| option | what | takes | default |\n|---|---|---|---|\n${own.join("\n")}` : "";
    return `## ${code(kind)}${title === kind ? "" : ` ${title}`}\n\n${about}. ${size}${counts === undefined ? "" : `\n\n${counts}`}${table}`;
  });
  return `${NOTE}
# Panels

What a screen is made of. \`nanochat-cli runs panel RUN KIND\` prints one, with \`--json\` as a document
([src/panels/scene-json.ts](../src/panels/scene-json.ts) has its type); options are set as \`--set option=value\`.

${sections.join("\n\n")}
`;
}

function watches(): string {
  const sections = WATCHES.map(({ id, title, what, options: specs }) => {
    const rows = Object.entries(specs).map(
      ([name, { default: value, min, max, what: meaning }]) => `| ${code(name)} | ${value} | ${min} to ${max} | ${cell(meaning)} |`,
    );
    const table = rows.length === 0 ? "" : `\n\n| option | default | takes | what |\n|---|---|---|---|\n${rows.join("\n")}`;
    return `## ${code(id)}: ${title}\n\n${what}.${table}`;
  });
  return `${NOTE}
# Watches

What a run's supervisor looks for by itself. [alerts.md](alerts.md) says how to change it, add limits of your own, and be told.

${sections.join("\n\n")}
`;
}

/** Every generated document by its path in docs/. */
export const documents = (): Readonly<Record<string, string>> => ({
  "commands.md": commands(),
  "keys.md": keys(),
  "metrics.md": metrics(),
  "panels.md": panels(),
  "watches.md": watches(),
});

if (import.meta.main) for (const [name, text] of Object.entries(documents())) await Bun.write(join(import.meta.dir, name), text);
