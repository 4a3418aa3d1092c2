import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { type FoundSecret, type ImportSource, lookInto, netrcPassword, type Surroundings, wandbSettings } from "./secret-import.ts";
import { KEY, OTHER_KEY, withUser } from "./secrets-fixture.ts";

const user = withUser();
const put = (path: string, text: string): string => {
  const file = join(user.dir, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
};
const place = (env: Record<string, string> = {}): Surroundings => ({
  env: { ...user.env, ...env },
  dir: join(user.dir, "work"),
  wandbHost: "api.wandb.ai",
});
const look = (source: ImportSource, where: Surroundings = place(), file?: string): FoundSecret[] => {
  const found = lookInto(source, where, file);
  if (!found.ok) throw new Error(found.failure.what);
  return found.value;
};

test.each(["env", "netrc", "wandb", "hf"] as const)("nothing in %s is no failure", (source) => {
  expect(look(source)).toEqual([]);
});

test("the environment", () => {
  expect(look("env", place({ WANDB_API_KEY: KEY, HF_TOKEN: "", WANDB_ENTITY: "mc" })).map(({ name }) => name)).toEqual([
    "WANDB_API_KEY",
    "WANDB_ENTITY",
  ]);
});

const NETRC = `
# machine api.wandb.ai login user password commented-out
machine github.com login ada password other
default login anonymous password guest
macdef init
  machine api.wandb.ai password in-a-macro

machine api.wandb.ai
  login user
  password ${KEY}
machine wandb.example:8443 login user password ${OTHER_KEY}
`;

test("netrc: the password of the server's host with its port, whatever stands around it", () => {
  const file = put("home/.netrc", NETRC);
  expect(look("netrc")).toEqual([{ name: "WANDB_API_KEY", value: KEY, from: `${file}, machine api.wandb.ai` }]);
  expect(look("netrc", { ...place(), wandbHost: "wandb.example:8443" })[0]?.value).toBe(OTHER_KEY);
  expect(look("netrc", { ...place(), wandbHost: "wandb.example" })).toEqual([]);
});

test("netrc by $NETRC, and under its other name", () => {
  const elsewhere = put("elsewhere", `machine api.wandb.ai login user password ${KEY}`);
  expect(look("netrc", place({ NETRC: elsewhere }))[0]?.value).toBe(KEY);
  put("home/_netrc", `machine api.wandb.ai login user password ${OTHER_KEY}`);
  expect(look("netrc")[0]?.value).toBe(OTHER_KEY);
});

test("a torn netrc, or none at all, has no password", () => {
  for (const text of ["machine", "machine api.wandb.ai login user password", "machine api.wandb.ai login user\nmachine b password x"])
    expect(netrcPassword(text, "api.wandb.ai")).toBeNull();
  fc.assert(fc.property(fc.string(), (text) => netrcPassword(text, "h") === null || typeof netrcPassword(text, "h") === "string"));
});

test("W&B's settings: the user's, then the folder's, of the default section only", () => {
  const mine = put(
    "home/.config/wandb/settings",
    "[other]\nentity = no\n[default]\nentity = ada\nbase_url: https://w.example\n# api_key = x\n",
  );
  const here = put("work/wandb/settings", "[default]\nentity = mc\nmode = offline\n");
  expect(look("wandb")).toEqual([
    { name: "WANDB_ENTITY", value: "mc", from: here },
    { name: "WANDB_BASE_URL", value: "https://w.example", from: mine },
  ]);
  const moved = put("conf/settings", `[default]\napi_key = ${KEY}\n`);
  const settings = wandbSettings(place({ WANDB_CONFIG_DIR: dirname(moved) }));
  expect(settings.ok && settings.value.map(({ key }) => key)).toEqual(["api_key", "entity", "mode"]);
});

test("Hugging Face's own file, by each of the variables that move it", () => {
  put("home/.cache/huggingface/token", "hf_default\n");
  put("hf/token", "hf_home\n");
  const path = put("tok", "hf_path\n");
  expect(look("hf")[0]?.value).toBe("hf_default");
  expect(look("hf", place({ HF_HOME: join(user.dir, "hf") }))[0]?.value).toBe("hf_home");
  expect(look("hf", place({ HF_HOME: join(user.dir, "hf"), HF_TOKEN_PATH: path }))[0]?.value).toBe("hf_path");
});

test("an .mc_env: its lines of the names that are known; a file that is not there is a failure", () => {
  const file = put("work/.mc_env", `# MegaContext\nexport WANDB_API_KEY='${KEY}'\nexport MC_OTEL_ENDPOINT='x'\nexport HF_TOKEN=''\n`);
  expect(look("mc_env")).toEqual([{ name: "WANDB_API_KEY", value: KEY, from: file }]);
  const missing = lookInto("mc_env", place(), "nowhere.env");
  expect(!missing.ok && missing.failure.code).toBe("not-found");
});
