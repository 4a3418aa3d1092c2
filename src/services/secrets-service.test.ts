import { afterEach, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AccountServer } from "../../test/drivers/account-server.ts";
import { startWandb } from "../../test/drivers/wandb-server.ts";
import { KEY, OTHER_KEY, withUser } from "./secrets-fixture.ts";
import { type SecretsService, secretsService } from "./secrets-service.ts";

const user = withUser();
let server: AccountServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

async function service(env: Record<string, string> = {}): Promise<SecretsService> {
  server = await startWandb({ [KEY]: { username: "ada" } });
  return secretsService({ env: { ...user.env, WANDB_BASE_URL: server.url, ...env }, limits: { pauseMs: 1 } });
}
const shown = (secrets: SecretsService): Array<string | null> => {
  const listing = secrets.list();
  return listing.ok ? listing.value.secrets.filter(({ secret }) => secret).map((one) => one.shown) : [];
};

test("a key that the service knows is kept, and the list says whose it is", async () => {
  const secrets = await service();
  expect(await secrets.set("WANDB_API_KEY", `${KEY}\n`, { check: true })).toMatchObject({
    ok: true,
    value: { shown: "…4567", shadowed: false, check: { status: "valid", account: "ada" } },
  });
  const listing = secrets.list();
  expect(listing.ok && listing.value.secrets[0]).toMatchObject({ source: "secrets.env", check: { text: "The key is valid for ada" } });
  expect(JSON.stringify(listing)).not.toContain(KEY);
});

test("a key that the service does not know is not kept; one before it stays", async () => {
  const secrets = await service();
  await secrets.set("WANDB_API_KEY", KEY, { check: false });
  const refused = await secrets.set("WANDB_API_KEY", OTHER_KEY, { check: true });
  expect(refused).toMatchObject({ ok: false, failure: { code: "refused", what: "The W&B API key …ba98 was not kept" } });
  expect(shown(secrets)).toEqual(["…4567", null]);
});

test("a key that could not be checked is kept", async () => {
  const secrets = await service();
  if (server) server.fault = "html";
  expect(await secrets.set("WANDB_API_KEY", OTHER_KEY, { check: true })).toMatchObject({
    ok: true,
    value: { check: { status: "wrong-host" } },
  });
  expect(shown(secrets)).toEqual(["…ba98", null]);
});

test("a new address is checked with the key that there is, and kept in any case", async () => {
  const secrets = await service({ WANDB_API_KEY: KEY });
  const address = server?.url ?? "";
  expect(await secrets.set("WANDB_BASE_URL", `${address}/`, { check: true })).toMatchObject({
    ok: true,
    value: { shown: address, check: { status: "valid", baseUrl: address } },
  });
});

test("that the environment has another one is said", async () => {
  const secrets = await service({ WANDB_API_KEY: OTHER_KEY });
  expect(await secrets.set("WANDB_API_KEY", KEY, { check: true })).toMatchObject({
    ok: true,
    value: { shadowed: true, check: { status: "valid" } },
  });
  expect(shown(secrets)).toEqual(["…ba98", null]);
});

test("import: what is new is kept, what is there stays unless it is to be replaced, what is no key is said", async () => {
  const secrets = await service();
  const file = join(user.dir, "mc_env");
  const actions = (replace = false) => {
    const items = secrets.importFrom("mc_env", { file, replace });
    return items.ok ? items.value.map(({ name, action, reason }) => [name, action, reason]) : items.failure;
  };
  writeFileSync(file, `export WANDB_API_KEY='${KEY}'\nexport HF_TOKEN='hf bad'\n`);
  expect(actions()).toEqual([
    ["WANDB_API_KEY", "imported", null],
    ["HF_TOKEN", "unusable", expect.stringContaining("a blank")],
  ]);
  writeFileSync(file, `export WANDB_API_KEY='${OTHER_KEY}'\n`);
  expect(actions()).toEqual([["WANDB_API_KEY", "kept", "secrets.env has …4567"]]);
  expect(actions(true)).toEqual([["WANDB_API_KEY", "imported", null]]);
  expect(actions()).toEqual([["WANDB_API_KEY", "same", null]]);
});

test("what could be imported is shown by its last four characters, and an address without its password", async () => {
  const secrets = secretsService({
    env: { ...user.env, HF_TOKEN: "hf_abcdefghijklmnop1234", WANDB_BASE_URL: "https://ada:pw@w.example/" },
  });
  writeFileSync(join(user.dir, "home", ".netrc"), `machine w.example login user password ${KEY}\n`);
  const found = secrets.find();
  expect(found.map(({ name, shown: text }) => [name, text])).toEqual([
    ["HF_TOKEN", "…1234"],
    ["WANDB_BASE_URL", "https://w.example/"],
    ["WANDB_API_KEY", "…4567"],
  ]);
  expect(shown(secrets)).toEqual([null, "…1234"]);
});

test("removed", async () => {
  const secrets = await service();
  expect(secrets.remove("WANDB_API_KEY")).toMatchObject({ ok: true, value: { removed: false } });
  await secrets.set("WANDB_API_KEY", KEY, { check: false });
  expect(secrets.remove("WANDB_API_KEY")).toMatchObject({ ok: true, value: { removed: true } });
  expect(shown(secrets)).toEqual([null, null]);
});
