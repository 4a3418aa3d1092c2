/** What a text may be, where the script has no `choices` but reads only some. */
import { isFolderName } from "../../core/checkpoint.ts";
import type { Value } from "../../core/plan.ts";
import { didYouMean } from "../../lib/suggest.ts";
import type { StageContext } from "./context.ts";
import { rule } from "./rule.ts";

interface Words {
  /** Scripts by short name; absent = wherever the parameter is. */
  scripts?: readonly string[];
  name: string;
  allowed: readonly string[];
  /** The value is a list with commas. */
  list?: boolean;
  /** An empty text is "not given". */
  empty?: boolean;
}

/** From comments and `if` chains of the scripts (nanochat/common.py:177, scripts/base_eval.py:124, checkpoint_manager.py@92d63d4). */
const WORDS: readonly Words[] = [
  { name: "device_type", allowed: ["cuda", "mps", "cpu"], empty: true },
  { name: "dtype", allowed: ["bfloat16", "float32"] },
  { name: "eval", scripts: ["base_eval"], allowed: ["core", "bpb", "sample"], list: true },
  { name: "source", scripts: ["chat_sft"], allowed: ["base", "mid"] },
  { name: "source", scripts: ["chat_rl"], allowed: ["mid", "sft"] },
  { name: "source", scripts: ["chat_eval", "chat_cli", "chat_web"], allowed: ["base", "mid", "sft", "rl"] },
  {
    name: "task_name",
    scripts: ["chat_eval"],
    allowed: ["ARC-Easy", "ARC-Challenge", "MMLU", "GSM8K", "HumanEval", "SpellingBee"],
    list: true,
  },
];

/** What a script takes for a parameter; null = anything. */
export const allowedWords = (short: string, name: string): readonly string[] | null =>
  WORDS.find((words) => words.name === name && (words.scripts?.includes(short) ?? true))?.allowed ?? null;

/** Several tasks are joined with a bar (scripts/chat_eval.py:192@92d63d4), several evaluations with a comma. */
const SEPARATORS = /[|,]/;

function wrongWord(
  stage: StageContext,
  { name, allowed, list, empty }: Words,
): { name: string; word: string; allowed: readonly string[] } | null {
  const value = stage.value(name);
  if (typeof value !== "string" || (empty === true && value === "")) return null;
  const words = list === true ? value.split(SEPARATORS).map((word) => word.trim()) : [value];
  const word = words.find((one) => !allowed.includes(one));
  return word === undefined ? null : { name, word, allowed };
}

/** What a comment or help lists, as nanochat and its forks write it: `mean | query | cls`, `Source of the model: sft|mid|rl`. */
export function listedWords(help: string | null): readonly string[] {
  const list = /(?:^|: )([\w-]+(?:\s*\|\s*[\w-]+)+)/.exec(help ?? "")?.[1];
  return list?.split("|").map((word) => word.trim()) ?? [];
}

/** Of settings that nothing stricter is known of: a comment may have grown old, so this is a doubt and no error. */
function unlisted(stage: StageContext): Array<{ name: string; word: string; listed: readonly string[] }> {
  return stage.stage.values.flatMap(({ parameter: { name, choices, help }, value }) => {
    const listed = choices === null && allowedWords(stage.short, name) === null ? listedWords(help) : [];
    const fits = listed.length === 0 || typeof value !== "string" || value === "" || listed.includes(value) || !stage.given(name);
    return fits ? [] : [{ name, word: value, listed }];
  });
}

/** What the prefab says underneath, else the script's default (null); undefined where neither would do. */
function usualWord({ name, allowed }: { name: string; allowed: readonly string[] }, stage: StageContext): Value | undefined {
  const below = stage.underneath(name);
  if (typeof below === "string" && allowed.includes(below)) return below;
  return stage.defaultOf(name) === null || !stage.given(name) ? undefined : null;
}

export const WORD_RULES = [
  rule({
    id: "word",
    appliesTo: "all",
    needs: [],
    check: (stage) =>
      WORDS.filter(({ scripts, name }) => stage.has(name) && (scripts?.includes(stage.short) ?? true)).flatMap(
        (words) => wrongWord(stage, words) ?? [],
      ),
    severity: "error",
    field: ({ name }) => name,
    message: ({ name, word, allowed }, { short }) => `${name} of ${short} knows ${allowed.join(", ")}, and not "${word}"`,
    // One remedy: that of the fix, where there is one.
    remedy: (found, stage) =>
      usualWord(found, stage) === undefined ? didYouMean(found.word, found.allowed, "Choose one of them") : undefined,
    fix: (found, stage) => {
      const value = usualWord(found, stage);
      return value === undefined ? null : { set: { [found.name]: value } };
    },
  }),
  rule({
    id: "listed-word",
    appliesTo: "all",
    needs: [],
    check: unlisted,
    severity: "warning",
    field: ({ name }) => name,
    message: ({ name, word, listed }, { short }) => `the comment at ${name} of ${short} lists ${listed.join(", ")}, and not "${word}"`,
    remedy: ({ word, listed }) => didYouMean(word, listed, "Choose one of them"),
    fix: ({ name }) => ({ set: { [name]: null } }),
  }),
  rule({
    id: "folder-name",
    appliesTo: "all",
    needs: ["model_tag"],
    check: (stage) => {
      const tag = stage.value("model_tag");
      // Empty is how some versions say that none is given: as a default it is right.
      if (typeof tag !== "string" || !stage.given("model_tag")) return null;
      return isFolderName(tag) ? null : { tag };
    },
    severity: "error",
    final: true,
    field: "model_tag",
    message: ({ tag }) => `model_tag "${tag}" is no name of a folder: checkpoints would lie where nothing finds them`,
    remedy: () => "Take letters, digits, dots, dashes and underscores, in --set model_tag=… or in the --name that it is taken from",
  }),
  rule({
    id: "required",
    appliesTo: "all",
    needs: [],
    check: (stage) =>
      [...stage.values].flatMap(({ parameter, value }) => (parameter.required && value === null ? [{ name: parameter.name }] : [])),
    severity: "error",
    field: ({ name }) => name,
    message: ({ name }, { short }) => `${short} does not start without ${name}`,
    remedy: ({ name }, { short }) => `Give it with --set ${short}.${name}=…`,
  }),
];
