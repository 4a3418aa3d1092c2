import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { checkValue, lastFour, secretKind } from "./secret-names.ts";
import { effectiveSecret, readSecrets, trainerEnvironment, valuesOf, writeSecret } from "./secrets.ts";
import { KEY, OTHER_KEY, withUser } from "./secrets-fixture.ts";

const user = withUser();
const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);
const put = (content: string, bits = 0o600): void => {
  mkdirSync(user.config, { recursive: true, mode: 0o700 });
  writeFileSync(user.file, content);
  chmodSync(user.file, bits);
};
const kept = (): Record<string, string> => {
  const read = readSecrets();
  if (!read.ok) throw new Error(read.failure.what);
  return Object.fromEntries(read.value.values);
};

test("a secret is kept in a file of mode 0600 in a folder of mode 0700, and nothing is left beside it", () => {
  expect(writeSecret("WANDB_API_KEY", KEY).ok).toBe(true);
  expect(kept()).toEqual({ WANDB_API_KEY: KEY });
  expect([mode(user.file), mode(user.config)]).toEqual(["600", "700"]);
  expect(readdirSync(user.config)).toEqual(["secrets.env"]);
});

test("no file: no secrets, and nothing is made by looking", () => {
  expect(kept()).toEqual({});
  expect(existsSync(user.config)).toBe(false);
});

test("comments, order and what is not ours stay; an earlier value of the name does not", () => {
  put(`# mine\nexport HF_TOKEN=one  # work\nEDITOR=vi\n\nexport HF_TOKEN="two"\nnot an assignment\n`);
  writeSecret("HF_TOKEN", "hf_three_three");
  writeSecret("WANDB_API_KEY", KEY);
  expect(readFileSync(user.file, "utf8")).toBe(
    `# mine\nEDITOR=vi\n\nexport HF_TOKEN='hf_three_three'\nnot an assignment\nexport WANDB_API_KEY='${KEY}'\n`,
  );
});

test("a secret that is removed is gone, all of its lines", () => {
  put(`export HF_TOKEN=one\n# between\nHF_TOKEN=two\n`);
  expect(writeSecret("HF_TOKEN", null).ok).toBe(true);
  expect(readFileSync(user.file, "utf8")).toBe("# between\n");
});

test.each([
  ["export A='x'\nexport WANDB_API_KEY='k'", { WANDB_API_KEY: "k" }],
  ['  HF_TOKEN = "t"  # note', { HF_TOKEN: "t" }],
  ["HF_TOKEN=bare # note", { HF_TOKEN: "bare" }],
  ["HF_TOKEN=one\r\nHF_TOKEN=two\r\n", { HF_TOKEN: "two" }],
  ["HF_TOKEN=\nWANDB_ENTITY=mc", { WANDB_ENTITY: "mc" }],
  ["# export HF_TOKEN=no\nLD_PRELOAD=/evil.so", {}],
] as Array<[string, Record<string, string>]>)("%j is read as a shell does, and only what is known by name", (content, values) => {
  expect(Object.fromEntries(valuesOf(content))).toEqual(values);
});

test("reading never throws, and a shell reads back what was written", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => valuesOf(text) instanceof Map));
  writeSecret("WANDB_API_KEY", OTHER_KEY);
  writeSecret("WANDB_BASE_URL", "https://wandb.example:8443/path~x");
  const shell = spawnSync("sh", ["-c", '. "$1"; printf "%s %s" "$WANDB_API_KEY" "$WANDB_BASE_URL"', "sh", user.file]);
  expect(shell.stdout.toString()).toBe(`${OTHER_KEY} https://wandb.example:8443/path~x`);
});

test("a file and a folder that are open to others are closed, and that is said", () => {
  put(`HF_TOKEN=token-token\n`, 0o644);
  chmodSync(user.config, 0o755);
  const read = readSecrets();
  expect([mode(user.file), mode(user.config)]).toEqual(["600", "700"]);
  expect(read.ok && read.value.notes.join(" ")).toMatch(
    /nanochat-cli was open to others \(mode 0755\).*secrets\.env was open to others \(mode 0644\).*make new keys/,
  );
  expect(kept()).toEqual({ HF_TOKEN: "token-token" });
});

const refusal = (): string => {
  const read = readSecrets();
  return read.ok ? "" : `${read.failure.code}: ${read.failure.why}`;
};

test("a symbolic link in its place is neither read nor written through", () => {
  const target = join(user.dir, "target");
  writeFileSync(target, `HF_TOKEN=token-token\n`);
  mkdirSync(user.config, { recursive: true });
  symlinkSync(target, user.file);
  expect(refusal()).toBe("refused: it is a symbolic link");
  expect(writeSecret("WANDB_API_KEY", KEY).ok).toBe(false);
  expect(readFileSync(target, "utf8")).toBe(`HF_TOKEN=token-token\n`);
});

test("a folder or a pipe in its place is refused, and not waited for", () => {
  mkdirSync(user.file, { recursive: true });
  expect(refusal()).toBe("refused: it is no regular file");
  spawnSync("sh", ["-c", 'rmdir "$1" && mkfifo "$1"', "sh", user.file]);
  expect(refusal()).toBe("refused: it is no regular file");
});

test("a file far too large is refused", () => {
  put("#".repeat(70_000));
  expect(refusal()).toMatch(/^refused: it has 70000 bytes/);
});

test.if(process.getuid?.() === 0)("a file of another user is refused", () => {
  put(`HF_TOKEN=token-token\n`);
  spawnSync("chown", ["65534", user.file]);
  expect(refusal()).toBe("refused: it belongs to another user");
});

test("a file in the place of its folder", () => {
  mkdirSync(join(user.dir, "config"));
  writeFileSync(user.config, "");
  expect(kept()).toEqual({});
  const written = writeSecret("HF_TOKEN", "token-token");
  expect(!written.ok && written.failure.remedy).toMatch(/XDG_CONFIG_HOME/);
});

test("the environment's value wins, and an empty variable is none", () => {
  const values = new Map([["HF_TOKEN", "stored"]] as const);
  expect(effectiveSecret("HF_TOKEN", values, { HF_TOKEN: "own" })).toEqual({ value: "own", source: "environment", shadowed: true });
  expect(effectiveSecret("HF_TOKEN", values, { HF_TOKEN: "stored" })).toMatchObject({ source: "environment", shadowed: false });
  expect(effectiveSecret("HF_TOKEN", values, { HF_TOKEN: "" })).toEqual({ value: "stored", source: "secrets.env", shadowed: false });
  expect(effectiveSecret("WANDB_API_KEY", values, {})).toBeNull();
});

test("a trainer's environment is ours with what secrets.env adds; nothing else of that file gets in", () => {
  put(`WANDB_API_KEY=${KEY}\nHF_TOKEN=stored-token\nLD_PRELOAD=/evil.so\nPATH=/evil\n`);
  const { env, notes } = trainerEnvironment({ PATH: "/bin", HF_TOKEN: "own-token" });
  expect(env).toEqual({ PATH: "/bin", HF_TOKEN: "own-token", WANDB_API_KEY: KEY });
  expect(notes).toEqual([]);
});

test("a secrets.env that is not used is told to the log, and the trainer starts without it", () => {
  mkdirSync(user.file, { recursive: true });
  const { env, notes } = trainerEnvironment({ PATH: "/bin" });
  expect(env).toEqual({ PATH: "/bin" });
  expect(notes.join()).toMatch(/is not used: it is no regular file\. The trainer gets no key from it\.$/);
});

const why = (name: "WANDB_API_KEY" | "HF_TOKEN" | "WANDB_BASE_URL" | "WANDB_ENTITY", value: string): string => {
  const checked = checkValue(secretKind(name), value);
  return checked.ok ? checked.value : (checked.failure.why ?? "");
};

test.each([`${KEY}\n`, ` ${OTHER_KEY} `, `wandb_v1_${"Ab-_".repeat(20)}`, `team-${"z".repeat(40)}`])(
  "W&B keys of every kind: %j",
  (key) => {
    expect(why("WANDB_API_KEY", key)).toBe(key.trim());
  },
);

test.each([
  ["WANDB_API_KEY", "", /^it is empty/],
  ["WANDB_API_KEY", KEY.slice(1), /at least 40 .* this has 39/],
  ["WANDB_API_KEY", `${KEY}\n${KEY}`, /more than one line/],
  ["WANDB_API_KEY", `export WANDB_API_KEY=${KEY}`, /whole assignment/],
  ["WANDB_API_KEY", `${KEY.slice(2)}é…`, /another character/],
  ["HF_TOKEN", "hf_ abc def", /a blank/],
  ["HF_TOKEN", "hf_'$(x)", /a quote/],
  ["HF_TOKEN", "hf_", /only 3 characters/],
  ["WANDB_BASE_URL", "wandb.example", /no http/],
  ["WANDB_BASE_URL", "file:///etc/passwd", /no http/],
  ["WANDB_BASE_URL", "https://ada:pw@wandb.example", /a password/],
  ["WANDB_BASE_URL", "https://wandb.example/?x=1", /goes on/],
  ["WANDB_ENTITY", "my/team", /an entity/],
] as const)("%s %j is refused without being repeated", (name, value, sentence) => {
  expect(why(name, value)).toMatch(sentence);
  if (value.length > 8) expect(why(name, value)).not.toContain(value.slice(0, 12));
});

test("the last four characters are all that is shown, and nothing of a short one", () => {
  expect([lastFour(KEY), lastFour("short-secret")]).toEqual(["…4567", "…"]);
});
