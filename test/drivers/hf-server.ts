/** The Hugging Face Hub on loopback, as far as `whoami` goes. */
import { AccountServer, type Answer, type Asked } from "./account-server.ts";

export interface Owner {
  type: "user" | "org";
  name: string;
  fullname?: string;
  orgs?: Array<{ type: "org"; name: string }>;
  auth?: { type: "access_token"; accessToken: { displayName: string; role: string } };
}

const WRONG: Answer = { status: 401, body: { error: "Invalid credentials in Authorization header" } };

/** A server that knows the owners of `tokens`. */
export const startHuggingFace = (tokens: Readonly<Record<string, Owner>>): Promise<AccountServer> =>
  AccountServer.start((asked) => answer(asked, tokens));

function answer({ method, path, authorization }: Asked, tokens: Readonly<Record<string, Owner>>): Answer {
  if (method !== "GET" || path !== "/api/whoami-v2")
    return { status: 404, body: { error: "Sorry, we can't find the page you are looking for." } };
  const owner = tokens[authorization?.replace(/^Bearer /, "") ?? ""];
  return owner === undefined ? WRONG : { status: 200, body: owner };
}
