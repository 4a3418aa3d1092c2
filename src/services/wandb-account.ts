/** Whose W&B key is it? Asks the server's GraphQL the way `wandb login` does. */
import { isRecord } from "../lib/shape.ts";
import { type Asked, accountText, type Judgement, judgeTransport, outside, parseObject, wrongHost, wrongKey } from "./account-check.ts";
import { type AskLimits, ask, type Reply } from "./account-http.ts";
import { secretKind } from "./secret-names.ts";

export const WANDB_HOST = "https://api.wandb.ai";

/** wandb/apis/internal@b6e2950 asks the same; any field may be null, and the key is valid when `viewer` is not. */
const VIEWER = "query Viewer{viewer{id entity username email flags teams{edges{node{name}}}}}";

/** `baseUrl` without a slash at its end; the key goes to that scheme, host, port and path and to no other. */
export async function askWandb(key: string, baseUrl: string, limits?: Partial<AskLimits>): Promise<Judgement> {
  const init: RequestInit = {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Basic ${Buffer.from(`api:${key}`).toString("base64")}` },
    body: JSON.stringify({ operationName: "Viewer", query: VIEWER, variables: {} }),
  };
  return judgeViewer(baseUrl, await ask(`${baseUrl}/graphql`, init, limits));
}

/** Pure: what an answer to VIEWER means. */
export function judgeViewer(baseUrl: string, reply: Reply): Judgement {
  const { page } = secretKind("WANDB_API_KEY");
  const asked: Asked = { title: "W&B", baseUrl, variable: "WANDB_BASE_URL", page };
  const document = reply.kind === "answer" ? parseObject(reply.body) : null;
  // An old server may answer a query that it does not understand with 400 as well as with 200.
  const errors = errorMessages(document);
  const old = errors.find((message) => /^(Cannot query field|Unknown argument)/.test(message));
  if (old !== undefined) return oldServer(asked, old);
  const judged = judgeTransport(asked, reply);
  if (judged !== null) return judged;
  const data = document?.["data"];
  if (!isRecord(data) || !("viewer" in data)) {
    return wrongHost(asked, errors.length > 0 ? `it says "${outside(errors[0] ?? "")}"` : "it does not answer as one");
  }
  const { viewer } = data;
  return isRecord(viewer) ? valid(viewer) : wrongKey(asked);
}

function oldServer({ baseUrl }: Asked, message: string): Judgement {
  const text = `The W&B server at ${baseUrl} is too old to be asked whose key it is ("${outside(message)}")`;
  return { status: "old-server", text, remedy: "The key is kept; a first run will show whether it is right" };
}

function valid(viewer: Record<string, unknown>): Judgement {
  const named = (field: string): string | null => (typeof viewer[field] === "string" && viewer[field] ? outside(viewer[field]) : null);
  const account = named("username") ?? named("entity") ?? named("email") ?? "an account without a name";
  const teams = teamNames(viewer["teams"]).filter((team) => team !== account);
  return { status: "valid", text: `The key is valid for ${accountText(account, teams)}`, remedy: null, account, teams };
}

function teamNames(teams: unknown): string[] {
  const edges = isRecord(teams) && Array.isArray(teams["edges"]) ? teams["edges"] : [];
  return edges.flatMap((edge: unknown) => {
    const node = isRecord(edge) ? edge["node"] : null;
    return isRecord(node) && typeof node["name"] === "string" ? [outside(node["name"])] : [];
  });
}

function errorMessages(document: Record<string, unknown> | null): string[] {
  const errors = document !== null && Array.isArray(document["errors"]) ? document["errors"] : [];
  return errors.flatMap((error: unknown) => (isRecord(error) && typeof error["message"] === "string" ? [error["message"]] : []));
}
