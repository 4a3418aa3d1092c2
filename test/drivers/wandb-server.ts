/** W&B on loopback: its GraphQL as far as `viewer` goes, as the public service, an on-prem one and an old one answer it. */
import { isRecord } from "../../src/lib/shape.ts";
import { AccountServer, type Answer, type Asked } from "./account-server.ts";

export interface Viewer {
  id?: string;
  entity?: string | null;
  username?: string | null;
  email?: string | null;
  flags?: string | null;
  teams?: { edges: Array<{ node: { name: string } }> } | null;
}

/** How servers say that a key is none: the public one, a forbidding one, and one that knows nobody. */
export type Refusal = "not logged in" | "denied" | "null viewer";

export interface WandbOptions {
  /** Path that the service lies under. */
  path?: string;
  refusal?: Refusal;
  /** A server from before `viewer` had all its fields. */
  old?: boolean;
}

const REFUSALS: Readonly<Record<Refusal, Answer>> = {
  "not logged in": { status: 401, body: { errors: [{ message: "user is not logged in" }] } },
  denied: { status: 401, body: { errors: [{ message: "permission denied" }] } },
  "null viewer": { status: 200, body: { data: { viewer: null } } },
};

const OLD: Answer = { status: 400, body: { errors: [{ message: 'Cannot query field "flags" on type "User".' }] } };
const NOT_FOUND: Answer = { status: 404, body: { error: "not found" } };

/** A server that knows the viewers of `keys`. */
export const startWandb = (keys: Readonly<Record<string, Viewer>>, options: WandbOptions = {}): Promise<AccountServer> =>
  AccountServer.start((asked) => answer(asked, keys, options));

function answer(
  asked: Asked,
  keys: Readonly<Record<string, Viewer>>,
  { path = "", refusal = "not logged in", old = false }: WandbOptions,
): Answer {
  if (asked.method !== "POST" || asked.path !== `${path}/graphql`) return NOT_FOUND;
  const question: unknown = JSON.parse(asked.body);
  if (!isRecord(question) || question["operationName"] !== "Viewer")
    return { status: 400, body: { errors: [{ message: "unknown operation" }] } };
  if (old) return OLD;
  const viewer = keys[basicPassword(asked.authorization)];
  return viewer === undefined ? REFUSALS[refusal] : { status: 200, body: { data: { viewer } } };
}

/** Of `Basic base64("api:" + key)`; a user other than `api` is nobody. */
function basicPassword(authorization: string | null): string {
  const pair = Buffer.from(authorization?.replace(/^Basic /, "") ?? "", "base64").toString("utf8");
  return pair.startsWith("api:") ? pair.slice("api:".length) : "";
}
