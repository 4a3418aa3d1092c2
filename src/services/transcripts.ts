/** Conversations kept: as Markdown to read, and as JSON lines with everything that is needed to repeat them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { leftOut, noAnswer, type RecordedModel, type RecordedReply } from "../core/chat.ts";
import type { Checkpoint } from "../core/checkpoint.ts";
import type { WorkspaceInfo } from "../core/params.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { readText, writeAtomic } from "../lib/files.ts";
import { duration } from "../lib/format.ts";
import { sha256 } from "../lib/hash.ts";
import { VERSION } from "../lib/self.ts";
import { isNumber, isRecord, isString, listOf, oneOf, orNull, shaped } from "../lib/shape.ts";
import { checkpointName } from "./checkpoint-name.ts";
import { baseDirOf } from "./worker.ts";

const FORMAT = "nanochat-cli transcript";
const FORMAT_VERSION = 1;

export interface Transcript {
  model: RecordedModel;
  replies: RecordedReply[];
}

/** What a checkpoint is known by in a transcript. */
export function recordModel(checkpoint: Checkpoint, info: WorkspaceInfo, loaded: { device: string; pocket: boolean }): RecordedModel {
  const meta = checkpoint.files.find(({ name }) => name.startsWith("meta_"))?.name;
  return {
    checkpoint: checkpointName(checkpoint),
    dir: checkpoint.dir,
    files: checkpoint.files,
    metaSha256: meta === undefined ? null : fingerprint(join(checkpoint.dir, meta)),
    tokenizerSha256: fingerprint(join(baseDirOf(checkpoint), "tokenizer", "tokenizer.pkl")),
    workspace: info.dir,
    commit: info.commit,
    dirty: info.dirty,
    device: loaded.device,
    pocket: loaded.pocket,
    program: VERSION,
  };
}

function fingerprint(path: string): string | null {
  try {
    return sha256(readFileSync(path));
  } catch {
    return null; // a tokenizer may have no such file
  }
}

/** The two files of a transcript, when neither is there: asked before a reply is made, which would be lost otherwise. */
export function freeTranscript(path: string): Result<{ markdown: string; jsonl: string }> {
  const stem = path.replace(/\.(md|jsonl)$/, "");
  const files = { markdown: `${stem}.md`, jsonl: `${stem}.jsonl` };
  for (const file of Object.values(files)) {
    const before = readText(file);
    if (!before.ok || before.value !== null)
      return fail("refused", `${file} is there already`, { why: "a transcript is never written over", remedy: "Choose another name" });
  }
  return ok(files);
}

/** Writes `PATH.md` and `PATH.jsonl`; an ending of either kind in `path` is left off first. Existing files are not replaced. */
export function saveTranscript(path: string, transcript: Transcript): Result<{ markdown: string; jsonl: string }> {
  const free = freeTranscript(path);
  if (!free.ok) return free;
  const files = free.value;
  const lines = [{ format: FORMAT, version: FORMAT_VERSION, ...transcript.model }, ...transcript.replies];
  const jsonl = writeAtomic(files.jsonl, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  if (!jsonl.ok) return jsonl;
  const markdown = writeAtomic(files.markdown, toMarkdown(transcript));
  return markdown.ok ? ok(files) : markdown;
}

const isReply = shaped({
  at: isString,
  text: isString,
  messages: listOf(shaped({ role: oneOf("user", "assistant"), content: isString })),
  options: shaped({ mode: oneOf("chat", "continue"), maxTokens: isNumber, temperature: isNumber, topK: orNull(isNumber), seed: isNumber }),
});

const isModel = shaped({
  checkpoint: isString,
  dir: isString,
  workspace: isString,
  device: isString,
  commit: orNull(isString),
  metaSha256: orNull(isString),
});

/** Reads the JSON lines back. */
export function readTranscript(file: string): Result<Transcript> {
  const text = readText(file);
  if (!text.ok) return text;
  if (text.value === null) return fail("not-found", `There is no ${file}`, { remedy: "`eval chat --save FILE` makes one" });
  const rows = text.value.split("\n").filter((line) => line !== "");
  const values: unknown[] = [];
  for (const [index, row] of rows.entries()) {
    try {
      values.push(JSON.parse(row));
    } catch {
      return fail("corrupt", `${file}:${index + 1} is no JSON`, { remedy: "Name the .jsonl file of a transcript" });
    }
  }
  const [head, ...replies] = values;
  if (!isRecord(head) || head["format"] !== FORMAT)
    return fail("usage", `${file} is no transcript of nanochat-cli`, { remedy: "Name the .jsonl file of one" });
  if (head["version"] !== FORMAT_VERSION)
    return fail("newer-version", `${file} has transcript version ${head["version"]}, and this nanochat-cli knows up to ${FORMAT_VERSION}`, {
      remedy: "Update nanochat-cli",
    });
  const wrong = replies.findIndex((reply) => !isReply(reply));
  if (wrong >= 0) return fail("corrupt", `${file}:${wrong + 2} is no reply of a transcript`, { remedy: "It was cut off or edited" });
  if (!isModel(head)) return fail("corrupt", `${file}:1 does not say which model answered`, { remedy: "It was cut off or edited" });
  // Both have been checked field by field, which the type of parsed JSON cannot tell.
  return ok({ model: head as unknown as RecordedModel, replies: replies as RecordedReply[] });
}

function toMarkdown({ model, replies }: Transcript): string {
  const commit = model.commit === null ? "no git checkout" : `${model.commit}${model.dirty ? " with uncommitted changes" : ""}`;
  const head = [
    `# ${model.checkpoint}${model.pocket ? " (pocket model)" : ""}`,
    "",
    `${model.dir}, on ${model.device}, with ${model.workspace} (${commit}), nanochat-cli ${model.program}`,
  ];
  const body = replies.flatMap(({ at, options, messages, text, reply }) => [
    "",
    `**you** ${messages.at(-1)?.content ?? ""}`,
    "",
    noAnswer(reply) ?? text,
    "",
    `*${at} · ${options.mode} · seed ${options.seed} · temperature ${options.temperature} · top-k ${options.topK ?? "off"} · ${reply.tokensOut} tokens in ${duration(reply.seconds)}, first after ${duration(reply.firstTokenSeconds)} · ${reply.reason}${leftOut(reply)}*`,
  ]);
  return `${[...head, ...body].join("\n")}\n`;
}
