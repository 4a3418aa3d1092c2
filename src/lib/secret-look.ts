/** Tells a secret by the name that it is given under or by its look, and says where it belongs. The value is never repeated. */

export interface SecretFault {
  /** The end of a sentence that names where it stands: `… looks like a Hugging Face token`. */
  why: string;
  remedy: string;
}

interface Look {
  look: RegExp;
  what: string;
  /** What one types after `secrets set`, where that keeps it. */
  alias?: string;
}

/** Known shapes of tokens, wherever they stand in a text. */
const LOOKS: readonly Look[] = [
  { look: /\bhf_[A-Za-z0-9]{30,}/, what: "a Hugging Face token", alias: "hf" },
  { look: /\bwandb_v1_[\w-]{40,}/, what: "a W&B key", alias: "wandb" },
  { look: /\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{20,}/, what: "a GitHub token" },
  { look: /\bsk-[\w-]{20,}/, what: "an API key" },
  { look: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/, what: "an AWS key" },
  { look: /\b(?:Basic|Bearer) [\w+/.~-]{20,}=*/, what: "an HTTP authorization" },
  { look: /:\/\/[^/\s:@]+:[^/\s@]+@/, what: "an address with a password in it" },
  { look: /-----BEGIN [A-Z ]*PRIVATE KEY-----/, what: "a private key" },
];

/** What a variable or parameter is called that holds one. */
const NAMES = /(?:^|_)(?:TOKEN|(?:API|ACCESS|SECRET|PRIVATE)_?KEY|SECRET)$|PASSWORD|PASSWD|PASSPHRASE/;
/** Tokens of a tokenizer, which end the same. */
const NO_SECRETS = /(?:^|_)(?:BOS|EOS|PAD|UNK|SEP|CLS|MASK|START|END|STOP|SPECIAL|IMAGE)_TOKEN$/;
/** Switches and counts: no secret looks like that (HF_HUB_DISABLE_IMPLICIT_TOKEN=1). */
const HARMLESS = /^(?:|\d{1,4}|true|false|yes|no|on|off|none|null)$/i;

const ALIASES: Readonly<Record<string, string>> = { WANDB_API_KEY: "wandb", HF_TOKEN: "hf", HUGGING_FACE_HUB_TOKEN: "hf" };

/** Nearly every value, and none of the looks above. */
const PLAIN = /^[\w.,+-]{0,15}$/;
const known = new Map<string, boolean>();

/** Asked for every value of every plan: each name is looked at once. */
function isSecretName(name: string): boolean {
  let is = known.get(name);
  if (is === undefined) {
    const upper = upperCase(name);
    is = NAMES.test(upper) && !NO_SECRETS.test(upper);
    known.set(name, is);
  }
  return is;
}

const upperCase = (name: string): string => name.toUpperCase().replaceAll("-", "_");

/** Null for what may be written down. `name`: of the variable or parameter that it is given to. */
export function secretFault(name: string, value: string): SecretFault | null {
  const secretName = isSecretName(name);
  if (!secretName && PLAIN.test(value)) return null;
  const found = LOOKS.find(({ look }) => look.test(value));
  if (found !== undefined)
    return { why: `looks like ${found.what}, which is never kept in a prefab or a plan`, remedy: remedyOf(found.alias) };
  if (!secretName || HARMLESS.test(value.trim())) return null;
  return { why: "is a secret by its name, and secrets are never kept in a prefab or a plan", remedy: remedyOf(ALIASES[upperCase(name)]) };
}

const remedyOf = (alias: string | undefined): string =>
  alias === undefined
    ? "`nanochat-cli secrets set` keeps the keys for W&B and Hugging Face; export any other in the shell that you start from"
    : `Keep it with \`nanochat-cli secrets set ${alias}\`: the trainer gets it from there`;
