/** `secrets`: keys for W&B and Hugging Face. A value comes in by a masked prompt or a pipe, and never goes out. */
import { EXIT_CODES, fail, ok, type Result } from "../../core/result.ts";
import { ago } from "../../lib/format.ts";
import type { AccountCheck } from "../../services/account-check.ts";
import { ACCOUNT_SERVICES, keyOf } from "../../services/accounts.ts";
import { IMPORT_SOURCES, type ImportSource } from "../../services/secret-import.ts";
import { findSecretKind, SECRETS } from "../../services/secret-names.ts";
import { type ImportedSecret, type ListedSecret, type SecretsService, secretsService, servicesOf } from "../../services/secrets-service.ts";
import type { Command, Option } from "../command.ts";
import { readSecret } from "../masked-prompt.ts";
import { type Answer, answer, type Face } from "../output.ts";
import { table } from "../table.ts";

const NAMES = SECRETS.map(({ alias }) => alias).join(", ");
const NAME = ["<name>", `${NAMES}, or the variable's name`] as const;
const NO_CHECK: Option = { flags: "--no-check", what: "do not ask the service whose key it is" };

const checkText = ({ text, remedy }: AccountCheck): string => `${text}.${remedy === null ? "" : ` ${remedy}.`}`;

function where({ source, shadowed }: ListedSecret): string {
  if (source === null) return "not set";
  return source === "environment" ? `environment${shadowed ? ", hides that of secrets.env" : ""}` : source;
}

const checkedText = (check: AccountCheck | null): string => (check === null ? "" : `${ago(check.checkedAt)}: ${check.text}`);

function list(secrets: SecretsService): Result<Answer> {
  const listing = secrets.list();
  if (!listing.ok) return listing;
  const { path, exists, notes } = listing.value;
  const rows = listing.value.secrets.map((one) => [
    one.alias,
    one.name,
    one.shown ?? "–",
    where(one),
    checkedText(one.check) || (one.secret && one.source !== null ? "not checked yet" : ""),
  ]);
  const text = [
    ...notes,
    table(["name", "variable", "value", "from", "last check"], rows),
    "",
    `file  ${path}${exists ? "" : " (not made yet)"}`,
  ];
  return answer(listing.value, text.join("\n"));
}

async function set(secrets: SecretsService, given: string, refused: string | undefined, check: boolean): Promise<Result<Answer>> {
  const kind = findSecretKind(given);
  if (!kind.ok) return kind;
  const { name, alias, title, page } = kind.value;
  if (refused !== undefined) {
    return fail("usage", "A value was given as an argument, and nothing was kept", {
      why: "it is in your shell's history now, and for a moment every user of this machine could read it in the process list",
      remedy: `If it is a key, revoke it at ${page} and make a new one; give that by \`nanochat-cli secrets set ${alias}\`, which asks for it, or by a pipe`,
    });
  }
  const value = await readSecret(title);
  if (!value.ok) return value;
  const outcome = await secrets.set(name, value.value, { check });
  if (!outcome.ok) return outcome;
  const { shown, path, shadowed, notes } = outcome.value;
  const lines = [
    ...notes,
    `${name} ${shown} is kept in ${path}.`,
    ...(outcome.value.check === null ? [] : [checkText(outcome.value.check)]),
    ...(shadowed ? [`Your environment has another ${name}, and that one is used while it is set.`] : []),
  ];
  return answer(outcome.value, lines.join("\n"));
}

const ACTIONS: Readonly<Record<ImportedSecret["action"], string>> = {
  found: "found",
  imported: "imported",
  same: "is kept already",
  kept: "not imported",
  unusable: "not usable",
};

const importRows = (items: readonly ImportedSecret[]): string =>
  table(
    ["variable", "value", "from", ""],
    items.map(({ name, shown, from, action, reason }) => [name, shown, from, ACTIONS[action] + (reason === null ? "" : `: ${reason}`)]),
  );

function look(secrets: SecretsService): Result<Answer> {
  const items = secrets.find();
  if (items.length === 0)
    return answer([], "No key was found in the environment, netrc, W&B's and Hugging Face's own files, or ./.mc_env.");
  return answer(items, `${importRows(items)}\n\nTo keep one: nanochat-cli secrets import ${IMPORT_SOURCES.join("|")}`);
}

async function importFrom(
  secrets: SecretsService,
  [given, file]: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<Result<Answer>> {
  if (given === undefined) return look(secrets);
  const source = IMPORT_SOURCES.find((one) => one === given);
  if (source === undefined || (file !== undefined && source !== "mc_env")) {
    const what = source === undefined ? `There is no source ${given}` : `${source} takes no file`;
    return fail("usage", what, { remedy: `Name one of ${IMPORT_SOURCES.join(", ")}; mc_env may be followed by a file` });
  }
  const items = secrets.importFrom(source, { file, replace: Boolean(options["replace"]) });
  if (!items.ok) return items;
  if (items.value.length === 0) return nothingThere(source);
  const checks: AccountCheck[] = [];
  if (options["check"] !== false) for (const service of servicesOf(items.value)) checks.push(await secrets.check(service));
  const hint = items.value.some(({ action }) => action === "kept") ? ["--replace takes what was found instead."] : [];
  return answer({ secrets: items.value, checks }, [importRows(items.value), ...hint, ...checks.map(checkText)].join("\n"));
}

const nothingThere = (source: ImportSource): Result<never> =>
  fail("not-found", `There is no key in ${source}`, { remedy: "`nanochat-cli secrets import` lists where one was found" });

/** Exit code 0 only when every key that there is, or the one asked for, was found valid: what a script wants to know. */
async function check(secrets: SecretsService, given: string | undefined, face: Face): Promise<Result<number>> {
  const wanted = ACCOUNT_SERVICES.filter((service) => given === undefined || service === given);
  if (wanted.length === 0) return fail("usage", `There is no service ${given}`, { remedy: `Name one of ${ACCOUNT_SERVICES.join(", ")}` });
  const checks = await Promise.all(wanted.map((service) => secrets.check(service)));
  face.answer({ json: checks, text: checks.map((one) => `${keyOf(one.service).title}: ${checkText(one)}`).join("\n") });
  const bad = checks.filter(({ status }) => status !== "valid" && (status !== "missing" || given !== undefined));
  // That there is no key at all is not that all are valid.
  const none = checks.every(({ status }) => status === "missing");
  return ok(bad.length === 0 && !none ? 0 : EXIT_CODES.failed);
}

export const SECRET_COMMANDS: readonly Command[] = [
  {
    name: "secrets list",
    summary: "Show which keys a trainer would get, by their last four characters, and what the last check of each said",
    run: async () => list(secretsService()),
  },
  {
    name: "secrets set",
    summary: "Keep a key: typed into a masked prompt, or piped in",
    args: [NAME, ["[value]", "always refused: an argument is seen by others and stays in the shell's history"]],
    options: [NO_CHECK],
    run: async (_context, [name = "", value], options) => set(secretsService(), name, value, options["check"] !== false),
  },
  {
    name: "secrets import",
    summary: "Take keys over from where they lie; without a source, say where that is",
    args: [
      ["[source]", IMPORT_SOURCES.join(", ")],
      ["[file]", "of mc_env (./.mc_env)"],
    ],
    options: [{ flags: "--replace", what: "also where another value is kept already" }, NO_CHECK],
    run: async (_context, args, options) => importFrom(secretsService(), args, options),
  },
  {
    name: "secrets check",
    summary: "Ask the services whose keys they are",
    args: [["[service]", ACCOUNT_SERVICES.join(", ")]],
    run: async (context, [service]) => check(secretsService(), service, context.face),
  },
  {
    name: "secrets remove",
    summary: "Forget a key",
    args: [NAME],
    run: async (_context, [given = ""]) => {
      const kind = findSecretKind(given);
      if (!kind.ok) return kind;
      const removed = secretsService().remove(kind.value.name);
      if (!removed.ok) return removed;
      const { name, path } = removed.value;
      return answer(removed.value, removed.value.removed ? `${name} is gone from ${path}.` : `${path} has no ${name}.`);
    },
  },
];
