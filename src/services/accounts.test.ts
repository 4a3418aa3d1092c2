import { afterEach, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AccountServer, Fault } from "../../test/drivers/account-server.ts";
import { startHuggingFace } from "../../test/drivers/hf-server.ts";
import { startWandb, type Viewer, type WandbOptions } from "../../test/drivers/wandb-server.ts";
import type { AccountCheck } from "./account-check.ts";
import type { AskLimits } from "./account-http.ts";
import { checkAccount, checkAccounts, rememberedCheck, wandbDoubt, wandbReadiness } from "./accounts.ts";
import { writeSecret } from "./secrets.ts";
import { KEY, OTHER_KEY, withUser } from "./secrets-fixture.ts";

const user = withUser();
const servers: AccountServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const ADA: Viewer = { id: "1", username: "ada", entity: "ada", teams: { edges: [{ node: { name: "mc" } }, { node: { name: "nlp" } }] } };
const TOKEN = "hf_abcdefghijklmnopqrstuvwxyz0123456789";
const LIMITS: Partial<AskLimits> = { pauseMs: 1 };

async function wandb(keys: Record<string, Viewer> = { [KEY]: ADA }, options: WandbOptions = {}): Promise<AccountServer> {
  const server = await startWandb(keys, options);
  servers.push(server);
  return server;
}

const ask = (baseUrl: string, key = KEY, limits: Partial<AskLimits> = {}): Promise<AccountCheck> =>
  checkAccount("wandb", { env: { ...user.env, WANDB_BASE_URL: baseUrl, WANDB_API_KEY: key }, limits: { ...LIMITS, ...limits } });

test("a valid key: for whom, and in which teams", async () => {
  const server = await wandb({ [KEY]: ADA, [OTHER_KEY]: { ...ADA, teams: null } });
  expect(await ask(server.url)).toMatchObject({
    status: "valid",
    text: "The key is valid for ada (teams: mc, nlp)",
    account: "ada",
    teams: ["mc", "nlp"],
    baseUrl: server.url,
  });
  expect((await ask(server.url, OTHER_KEY)).text).toBe("The key is valid for ada");
  expect(server.asked).toHaveLength(2);
});

test("a viewer of whom nothing is told is a valid one all the same", async () => {
  const server = await wandb({ [KEY]: { username: null, entity: null, email: null, flags: null, teams: null } });
  expect(await ask(server.url)).toMatchObject({ status: "valid", text: "The key is valid for an account without a name" });
});

test("names that would move the cursor or never end are made harmless", async () => {
  const server = await wandb({ [KEY]: { username: `\x1b[2Jada\n${"a".repeat(500)}` } });
  const { text } = await ask(server.url);
  expect(text).toStartWith("The key is valid for ada ");
  expect(text.length).toBeLessThan(120);
  expect(text).not.toContain("\x1b");
});

test.each(["not logged in", "denied", "null viewer"] as const)("a wrong key, where the server says so by: %s", async (refusal) => {
  const server = await wandb({}, { refusal });
  expect(await ask(server.url)).toMatchObject({ status: "wrong-key", text: `W&B at ${server.url} knows no such key` });
  expect(server.asked).toHaveLength(1);
});

test("a server under a path, with a slash at its end", async () => {
  const server = await wandb({ [KEY]: ADA }, { path: "/wandb" });
  expect((await ask(`${server.url}/wandb/`)).status).toBe("valid");
  expect(await ask(server.url)).toMatchObject({ status: "wrong-host", text: expect.stringContaining("HTTP 404") });
});

test("an old server cannot say whose key it is", async () => {
  const server = await wandb({ [KEY]: ADA }, { old: true });
  expect(await ask(server.url)).toMatchObject({ status: "old-server", remedy: expect.stringContaining("The key is kept") });
});

const FAULTS: ReadonlyArray<readonly [Fault, AccountCheck["status"], asked: number, text: RegExp]> = [
  ["html", "wrong-host", 1, /is no W&B server: it answers with a web page$/],
  ["busy", "busy", 1, /was asked too often$/],
  ["broken", "server-error", 3, /has a trouble of its own \(HTTP 500\)$/],
  ["cut", "unreachable", 3, /could not be asked: the connection broke off$/],
  ["drop", "unreachable", 3, /could not be asked: the connection broke off$/],
];

test.each(FAULTS)("a server with the fault %s: %s", async (fault, status, asked, text) => {
  const server = await wandb();
  server.fault = fault;
  expect(await ask(server.url)).toMatchObject({ status, text: expect.stringMatching(text) });
  expect(server.asked).toHaveLength(asked);
});

test("a server that says nothing is given up when the time is over", async () => {
  const server = await wandb();
  server.fault = "stall";
  expect(await ask(server.url, KEY, { budgetMs: 200 })).toMatchObject({
    status: "unreachable",
    text: `${server.url} could not be asked: there was no answer within 0.2 s`,
  });
  expect(server.asked).toHaveLength(1);
});

test("a server that fails twice and then is well", async () => {
  const server = await wandb();
  Object.assign(server, { fault: "broken", faults: 2 });
  expect((await ask(server.url)).status).toBe("valid");
});

test.each([
  ["W&B's header", { "ratelimit-reset": "75" }, "in 1m 15s"],
  ["Hugging Face's header", { ratelimit: '"api";r=0;t=120' }, "in 2m 00s"],
  ["Retry-After", { "retry-after": "30" }, "in 30s"],
  ["no header", {}, "in some minutes"],
  ["a header that is none", { "ratelimit-reset": "soon" }, "in some minutes"],
] as Array<[string, Record<string, string>, string]>)("asked too often: when to ask again, by %s", async (_by, headers, when) => {
  const server = await wandb();
  Object.assign(server, { fault: "busy", busyHeaders: headers });
  expect((await ask(server.url)).remedy).toBe(`The key is kept; check it again ${when}`);
});

test("nobody listens, or the address is none", async () => {
  const server = await wandb();
  await server.close();
  servers.length = 0;
  expect(await ask(server.url)).toMatchObject({ status: "unreachable", text: `${server.url} could not be asked: nothing listens there` });
  expect(await ask("wandb.example")).toMatchObject({ status: "wrong-host", text: expect.stringContaining("no http or https address") });
  expect((await ask("https://ada:pw@wandb.example")).text).toBe(
    "https://wandb.example is no W&B server: it holds a user name or a password",
  );
});

test("the key goes to the server and to nobody that the server names", async () => {
  const [first, second] = [await wandb(), await wandb()];
  Object.assign(first, { fault: "redirect", redirectTo: `${second.url}/graphql` });
  expect((await ask(first.url)).text).toBe(`${first.url} is no W&B server: it sends on to ${second.url}, where the key was not sent`);
  expect(second.asked).toEqual([]);
  expect(first.asked[0]?.authorization).toBe(`Basic ${Buffer.from(`api:${KEY}`).toString("base64")}`);
});

test("an entity that the key's owner does not belong to", async () => {
  const server = await wandb();
  const env = { ...user.env, WANDB_BASE_URL: server.url, WANDB_API_KEY: KEY };
  expect((await checkAccount("wandb", { env: { ...env, WANDB_ENTITY: "others" } })).text).toEndWith(
    "which is none of these, so runs may be refused",
  );
  expect((await checkAccount("wandb", { env: { ...env, WANDB_ENTITY: "mc" } })).text).toEndWith("(teams: mc, nlp)");
});

test("Hugging Face: a user, an organisation's token, a wrong one", async () => {
  const server = await startHuggingFace({
    [TOKEN]: {
      type: "user",
      name: "ada",
      orgs: [{ type: "org", name: "mc" }],
      auth: { type: "access_token", accessToken: { displayName: "laptop", role: "read" } },
    },
    api_org_token: { type: "org", name: "mc" },
  });
  servers.push(server);
  const whose = (token: string) =>
    checkAccount("hf", { env: { ...user.env, HF_ENDPOINT: `${server.url}/`, HF_TOKEN: token }, limits: LIMITS });
  expect((await whose(TOKEN)).text).toBe("The token is valid for ada (team: mc), role read");
  expect((await whose("api_org_token")).text).toBe("The token is valid for mc");
  expect(await whose("hf_wrong_wrong")).toMatchObject({ status: "wrong-key", text: `Hugging Face at ${server.url} knows no such key` });
  server.fault = "html";
  expect((await whose(TOKEN)).status).toBe("wrong-host");
});

test("without keys nobody is asked", async () => {
  const server = await wandb();
  const { wandb: first, hf } = await checkAccounts({ env: { ...user.env, WANDB_BASE_URL: server.url, HF_ENDPOINT: server.url } });
  expect([first.status, hf.status, server.asked.length]).toEqual(["missing", "missing", 0]);
});

test("what was found is remembered for that key, without it", async () => {
  const server = await wandb();
  const check = await ask(server.url);
  expect(rememberedCheck("wandb", KEY)).toEqual(check);
  expect(rememberedCheck("wandb", OTHER_KEY)).toBeNull();
  const memory = join(user.dir, "cache", "nanochat-cli", "accounts.json");
  expect(readFileSync(memory, "utf8")).not.toContain(KEY.slice(-6));
  for (const broken of ["", "{", '{"wandb": 1}', '{"wandb": {"status": "valid"}}']) {
    writeFileSync(memory, broken);
    expect(rememberedCheck("wandb", KEY)).toBeNull();
  }
});

test("a key that could not be checked is in doubt, one that is valid or was never checked is not", async () => {
  const server = await wandb();
  const withKey = { ...user.env, WANDB_API_KEY: KEY };
  expect(wandbDoubt(withKey)).toBeNull();
  await checkAccount("wandb", { env: { ...withKey, WANDB_BASE_URL: "http://127.0.0.1:1" }, limits: LIMITS });
  expect(wandbDoubt(withKey)).toContain("could not be asked");
  await checkAccount("wandb", { env: { ...withKey, WANDB_BASE_URL: server.url }, limits: LIMITS });
  expect(wandbDoubt(withKey)).toBeNull();
});

test("is W&B ready: by mode, by key, by what wandb finds itself, or not at all", () => {
  const { env } = user;
  const ready = (more: Record<string, string> = {}) => wandbReadiness({ ...env, ...more });
  expect(ready()).toMatchObject({ ready: false, how: "none", remedy: expect.stringContaining("secrets set wandb") });
  expect(ready({ WANDB_MODE: "offline" })).toMatchObject({ ready: true, how: "offline" });
  expect(ready({ WANDB_MODE: "disabled" })).toMatchObject({ ready: true, how: "disabled" });
  writeFileSync(join(user.dir, "home", ".netrc"), `machine api.wandb.ai login user password ${OTHER_KEY}\n`);
  expect(ready()).toMatchObject({ ready: true, how: "netrc", text: expect.stringContaining("…ba98") });
  writeSecret("WANDB_API_KEY", KEY);
  expect(ready()).toMatchObject({ how: "secrets.env", text: "The W&B key …4567 of secrets.env is used" });
  expect(ready({ WANDB_API_KEY: OTHER_KEY })).toMatchObject({
    how: "environment",
    text: "The W&B key …ba98 of the environment, which wins over secrets.env, is used",
  });
});
