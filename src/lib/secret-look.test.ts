import { expect, test } from "bun:test";
import { secretFault } from "./secret-look.ts";

const A = "a1B2".repeat(12);

const SECRETS: ReadonlyArray<readonly [name: string, value: string, remedy: string]> = [
  ["WANDB_API_KEY", "0123456789abcdef0123456789abcdef01234567", "secrets set wandb"],
  ["wandb-api-key", "anything at all", "secrets set wandb"],
  ["HF_TOKEN", "short-one", "secrets set hf"],
  ["GITHUB_TOKEN", "xyzzy", "export any other"],
  ["OPENAI_API_KEY", "xyzzy", "export any other"],
  ["AWS_SECRET_ACCESS_KEY", "xyzzy", "export any other"],
  ["MY_SECRET", "xyzzy", "export any other"],
  ["PGPASSWORD", "xyzzy", "export any other"],
  ["run", `hf_${A}`, "secrets set hf"],
  ["NOTES", `mine: wandb_v1_${A}`, "secrets set wandb"],
  ["NOTES", `ghp_${A}`, "export any other"],
  ["NOTES", `sk-${A}`, "export any other"],
  ["PROXY", "https://me:hunter22@example.org", "export any other"],
];
test.each(SECRETS)("%s is a secret, and its value is not repeated", (name, value, remedy) => {
  const fault = secretFault(name, value);
  expect(fault?.remedy).toContain(remedy);
  expect(JSON.stringify(fault)).not.toContain(value);
});

const HARMLESS: ReadonlyArray<readonly [name: string, value: string]> = [
  ["eval_tokens", "524288"],
  ["OMP_NUM_THREADS", "1"],
  ["TOKENIZERS_PARALLELISM", "false"],
  ["HF_HUB_DISABLE_IMPLICIT_TOKEN", "1"],
  ["HF_TOKEN_PATH", "/home/me/token"],
  ["bos_token", "<|bos|>"],
  ["run", "d12-first"],
  ["HF_TOKEN", ""],
  ["HF_ENDPOINT", "https://hf-mirror.com"],
  ["COMMIT", "92d63d4f8a85a592d63d4f8a85a592d63d4f8a85"],
];
test.each(HARMLESS)("%s is none", (name, value) => {
  expect(secretFault(name, value)).toBeNull();
});
