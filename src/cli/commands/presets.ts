/** `presets`: prompts kept in files. */
import type { ChatMode, Preset } from "../../core/chat.ts";
import { ok } from "../../core/result.ts";
import { prepareHome } from "../../services/home.ts";
import { checkPrompt } from "../../services/replies.ts";
import { mayDelete } from "../ask.ts";
import type { Command } from "../command.ts";
import type { Context } from "../context.ts";
import { readSampling, SAMPLING } from "../eval/options.ts";
import { answer } from "../output.ts";
import { table } from "../table.ts";
import { YES } from "./run-requests.ts";

const NAME: readonly [string, string] = ["<name>", "of the preset; `presets list` shows them"];

/** It brings the schema and YAML libraries, which no other command is to wait for. */
const files = () => import("../../services/presets.ts");

const homeOf = (context: Context): string | null => {
  const home = context.home();
  return home.ok ? home.value : null;
};

const samplingText = ({ temperature, topK, maxTokens, seed }: Preset): string =>
  [
    temperature === undefined ? "" : `temperature ${temperature}`,
    topK === undefined ? "" : `top-k ${topK ?? "off"}`,
    maxTokens === undefined ? "" : `at most ${maxTokens} tokens`,
    seed === undefined ? "" : `seed ${seed}`,
  ]
    .filter(Boolean)
    .join(" · ");

export const PRESET_COMMANDS: readonly Command[] = [
  {
    name: "presets list",
    summary: "List the prompts that are kept",
    async run(context) {
      const { presets, broken } = (await files()).listPresets(homeOf(context));
      for (const { file, why } of broken) context.face.note(`${file} cannot be used: ${why}`);
      const rows = presets.map(({ preset, ours }) => [preset.name, preset.mode, ours ? "ours" : "yours", preset.title]);
      return answer(
        { presets: presets.map(({ preset, file }) => ({ ...preset, file })), broken },
        table(["name", "mode", "whose", ""], rows),
      );
    },
  },
  {
    name: "presets show",
    summary: "Show one with its sampling and its file",
    args: [NAME],
    async run(context, [wanted = ""]) {
      const found = (await files()).findPreset(homeOf(context), wanted);
      if (!found.ok) return found;
      const { preset, file } = found.value;
      return answer(
        { ...preset, file },
        [`${preset.title} (${preset.mode})`, samplingText(preset), file, "", preset.prompt]
          .filter((line, i) => i > 1 || line !== "")
          .join("\n"),
      );
    },
  },
  {
    name: "presets save",
    summary: "Keep a prompt; flags that are not given are left open",
    args: [["<name>", "small letters, digits, dots and dashes"]],
    options: [
      ...SAMPLING.filter(({ flags }) => !/^--(preset|device|yes)/.test(flags)),
      { flags: "--mode <mode>", what: "chat, or continue for base models", choices: ["chat", "continue"] },
      { flags: "--title <text>", what: "one line for lists" },
      { flags: "--overwrite", what: "replace one of that name" },
    ],
    async run(context, [name = ""], options) {
      const prompt = checkPrompt(String(options["prompt"] ?? ""));
      if (!prompt.ok) return prompt;
      const possible = readSampling(options, null, null);
      if (!possible.ok) return possible;
      const home = context.home();
      if (!home.ok) return home;
      const prepared = prepareHome(home.value);
      if (!prepared.ok) return prepared;
      const number = (key: string) => (options[key] === undefined ? {} : { [key]: Number(options[key]) });
      const sampling = { ...number("temperature"), ...number("topK"), ...number("maxTokens"), ...number("seed") };
      const preset: Preset = {
        name,
        title: String(options["title"] ?? name),
        mode: (options["mode"] as ChatMode | undefined) ?? "chat",
        prompt: prompt.value,
        ...sampling,
      };
      const saved = (await files()).savePreset(prepared.value, preset, Boolean(options["overwrite"]));
      return saved.ok ? answer(saved.value, `Kept in ${saved.value.file}`) : saved;
    },
  },
  {
    name: "presets delete",
    summary: "Delete one of yours",
    args: [NAME],
    options: [YES],
    async run(context, [wanted = ""], { yes }) {
      const { deletePreset, findPreset } = await files();
      const found = findPreset(homeOf(context), wanted);
      if (!found.ok) return found;
      const agreed = found.value.ours ? ok(undefined) : await mayDelete(context, found.value.file, Boolean(yes));
      if (!agreed.ok) return agreed;
      const deleted = deletePreset(found.value);
      return deleted.ok ? ok({ json: { deleted: found.value.file }, text: `${found.value.file} is gone` }) : deleted;
    },
  },
];
