/** Whose Hugging Face token is it? Asks the Hub the way `hf auth whoami` does. */
import { isRecord } from "../lib/shape.ts";
import { type Asked, accountText, type Judgement, judgeTransport, outside, parseObject, wrongHost } from "./account-check.ts";
import { type AskLimits, ask, type Reply } from "./account-http.ts";
import { secretKind } from "./secret-names.ts";

export const HF_HOST = "https://huggingface.co";

/** `baseUrl` without a slash at its end (HF_ENDPOINT); the token goes there and nowhere else. */
export async function askHuggingFace(token: string, baseUrl: string, limits?: Partial<AskLimits>): Promise<Judgement> {
  return judgeWhoami(baseUrl, await ask(`${baseUrl}/api/whoami-v2`, { headers: { authorization: `Bearer ${token}` } }, limits));
}

/** Pure: what an answer of `/api/whoami-v2` means. Its fields: @huggingface/hub 2.7.1, types/api/api-who-am-i. */
export function judgeWhoami(baseUrl: string, reply: Reply): Judgement {
  const { page } = secretKind("HF_TOKEN");
  const asked: Asked = { title: "Hugging Face", baseUrl, variable: "HF_ENDPOINT", page };
  const judged = judgeTransport(asked, reply);
  if (judged !== null) return judged;
  const document = reply.kind === "answer" ? parseObject(reply.body) : null;
  if (typeof document?.["name"] !== "string") return wrongHost(asked, "it does not answer as one");
  const account = outside(document["name"]);
  const teams = organisations(document["orgs"]);
  const role = roleOf(document["auth"]);
  const text = `The token is valid for ${accountText(account, teams)}${role === null ? "" : `, role ${role}`}`;
  return { status: "valid", text, remedy: null, account, teams };
}

const organisations = (orgs: unknown): string[] =>
  (Array.isArray(orgs) ? orgs : []).flatMap((org: unknown) =>
    isRecord(org) && typeof org["name"] === "string" ? [outside(org["name"])] : [],
  );

/** `read`, `write`, `fineGrained`: what the token allows. */
function roleOf(auth: unknown): string | null {
  const token = isRecord(auth) ? auth["accessToken"] : null;
  return isRecord(token) && typeof token["role"] === "string" ? outside(token["role"]) : null;
}
