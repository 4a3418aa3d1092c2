/** Presets: prompts kept as YAML files, ours, the user's and the workspace's; of one name the nearest counts. */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseDocument, stringify } from "yaml";
import { z } from "zod";
import { plainYaml } from "../config/yaml-document.ts";
import type { Preset } from "../core/chat.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { ioReason, readText, writeAtomic, yamlFiles } from "../lib/files.ts";
import { configDir } from "../lib/paths.ts";
import { PACKAGE_DIR } from "../lib/self.ts";
import { didYouMean } from "../lib/suggest.ts";

const name = z.string().regex(/^[a-z0-9][a-z0-9._-]*$/, "use lower-case letters, digits, dots and dashes");

const presetSchema = z.strictObject({
  name,
  title: z.string().default(""),
  mode: z.enum(["chat", "continue"]).default("chat"),
  prompt: z.string().refine((text) => text.trim() !== "", "say something"),
  temperature: z.number().min(0).optional(),
  top_k: z.int().min(0).optional(),
  max_tokens: z.int().min(1).optional(),
  seed: z.int().min(0).optional(),
});

export interface FoundPreset {
  preset: Preset;
  file: string;
  /** Whose it is; ours cannot be written over or deleted. */
  ours: boolean;
}

/** A preset file that cannot be used, and why. */
export interface BrokenPreset {
  file: string;
  why: string;
}

const SHIPPED = join(PACKAGE_DIR, "prompts");

/** Where new ones are kept: in the home of the workspace. */
export const presetDir = (home: string): string => join(home, "prompts");

/** All presets by name, sorted; a broken file is reported, and hides nothing. */
export function listPresets(home: string | null): { presets: FoundPreset[]; broken: BrokenPreset[] } {
  const presets = new Map<string, FoundPreset>();
  const broken: BrokenPreset[] = [];
  for (const dir of [SHIPPED, join(configDir(), "prompts"), ...(home === null ? [] : [presetDir(home)])]) {
    for (const entry of yamlFiles(dir)) {
      const file = join(dir, entry);
      const read = readPreset(file, entry.replace(/\.ya?ml$/, ""));
      if (read.ok) presets.set(read.value.name, { preset: read.value, file, ours: dir === SHIPPED });
      else broken.push({ file, why: read.failure.why ?? read.failure.what });
    }
  }
  return { presets: [...presets.values()].sort((a, b) => a.preset.name.localeCompare(b.preset.name)), broken };
}

export function findPreset(home: string | null, wanted: string): Result<FoundPreset> {
  const { presets, broken } = listPresets(home);
  const found = presets.find(({ preset }) => preset.name === wanted);
  if (found) return ok(found);
  const unusable = broken.find(({ file }) => file.endsWith(`/${wanted}.yaml`) || file.endsWith(`/${wanted}.yml`));
  if (unusable) return fail("usage", `${unusable.file} cannot be used`, { why: unusable.why, remedy: "Mend that file" });
  const names = presets.map(({ preset }) => preset.name);
  return fail("not-found", `There is no preset ${wanted}`, {
    remedy: didYouMean(wanted, names, `There are ${names.join(", ")}; \`nanochat-cli presets save\` makes one`),
  });
}

/** Writes one into the home. One that is there already is only replaced when that is said. */
export function savePreset(home: string, preset: Preset, overwrite: boolean): Result<{ file: string }> {
  const checked = presetSchema.safeParse(toYaml(preset));
  if (!checked.success) {
    const [issue] = checked.error.issues;
    return fail("usage", `The preset's ${issue?.path.join(".") ?? "content"} will not do`, { why: issue?.message });
  }
  const file = join(presetDir(home), `${preset.name}.yaml`);
  if (existsSync(file) && !overwrite) {
    const before = readPreset(file, preset.name);
    return fail("refused", `${file} is there already`, {
      why: before.ok ? `its prompt would be lost: “${before.value.prompt.trim().slice(0, 80)}”` : before.failure.why,
      remedy: "Choose another name, or give --overwrite",
    });
  }
  const written = writeAtomic(file, stringify(toYaml(preset)));
  return written.ok ? ok({ file }) : written;
}

/** Deletes the user's own file; a shipped preset of that name comes to light again. */
export function deletePreset({ preset, file, ours }: FoundPreset): Result<void> {
  if (ours) return fail("refused", `${preset.name} comes with the program`, { remedy: "Save one of the same name to use that instead" });
  try {
    rmSync(file);
    return ok(undefined);
  } catch (error) {
    return fail("io", `${file} could not be deleted`, { why: ioReason(error) });
  }
}

function readPreset(file: string, expected: string): Result<Preset> {
  const text = readText(file);
  if (!text.ok) return text;
  const yaml = parseDocument(text.value ?? "");
  const [mistake] = yaml.errors;
  if (mistake) return fail("usage", `${file} is no valid YAML`, { why: mistake.message });
  const plain = plainYaml(yaml);
  if (!plain.ok) return fail("usage", `${file} cannot be read`, { why: plain.failure.why });
  const parsed = presetSchema.safeParse(plain.value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return fail("usage", `${file} is no preset`, { why: `${issue?.path.join(".") || "the file"}: ${issue?.message}` });
  }
  const { top_k: topK, max_tokens: maxTokens, title, ...rest } = parsed.data;
  if (rest.name !== expected) return fail("usage", `${file} is no preset`, { why: `its name is ${rest.name}, the file's ${expected}` });
  // 0 is how one says "all tokens" everywhere.
  const limits = { ...(topK === undefined ? {} : { topK: topK === 0 ? null : topK }), ...(maxTokens === undefined ? {} : { maxTokens }) };
  return ok({ ...rest, title: title || rest.name, ...limits });
}

const toYaml = ({ topK, maxTokens, ...rest }: Preset) => ({
  ...rest,
  ...(topK === undefined ? {} : { top_k: topK ?? 0 }),
  ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
});
