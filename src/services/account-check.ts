/** What became of asking a service about a key, in words that hold nothing of the key. */
import { plain } from "../lib/ansi.ts";
import { duration } from "../lib/format.ts";
import { isRecord } from "../lib/shape.ts";
import { type Reply, waitSeconds } from "./account-http.ts";
import type { AccountService } from "./secret-names.ts";

/**
 * `valid`: it belongs to somebody. `wrong-key`: the service knows no such key. `missing`: there is none to ask about.
 * The others say nothing of the key, which is kept unchecked: `wrong-host` (what answers there is another thing),
 * `old-server`, `busy` (asked too often), `server-error`, `unreachable`.
 */
export type AccountStatus = "valid" | "wrong-key" | "missing" | "wrong-host" | "old-server" | "busy" | "server-error" | "unreachable";

export interface AccountCheck {
  service: AccountService;
  status: AccountStatus;
  /** One sentence, without its full stop: valid for whom, or what is wrong. */
  text: string;
  remedy: string | null;
  /** User (or team) that the key belongs to. */
  account: string | null;
  teams: string[];
  /** Whom was asked. */
  baseUrl: string;
  /** UTC ISO */
  checkedAt: string;
}

/** What one service's answer comes to; the rest of an AccountCheck is the same for all. */
export type Judgement = Pick<AccountCheck, "status" | "text" | "remedy"> & Partial<Pick<AccountCheck, "account" | "teams">>;

/** A service, as sentences name it. */
export interface Asked {
  /** `W&B` */
  title: string;
  baseUrl: string;
  /** The variable that holds `baseUrl`. */
  variable: string;
  /** Where a key is made. */
  page: string;
}

export const wrongKey = ({ title, baseUrl, page }: Asked): Judgement => ({
  status: "wrong-key",
  text: `${title} at ${baseUrl} knows no such key`,
  remedy: `Copy it anew from ${page}`,
});

export const wrongHost = ({ title, baseUrl, variable }: Asked, what: string): Judgement => ({
  status: "wrong-host",
  text: `${baseUrl} is no ${title} server: ${what}`,
  remedy: `Give the server's own address in ${variable}; it was not found out whether the key is right`,
});

/** What is the same with every service; null when the answer is the service's own to read (status 2xx, JSON). */
export function judgeTransport(asked: Asked, reply: Reply): Judgement | null {
  const { title, baseUrl } = asked;
  if (reply.kind === "silence") {
    return { status: "unreachable", text: `${baseUrl} could not be asked: ${reply.why}`, remedy: "The key is kept; check it again later" };
  }
  const { status, headers, body } = reply;
  if (status === 429) return busy(asked, waitSeconds(headers));
  if (status >= 500) {
    const text = `${title} at ${baseUrl} has a trouble of its own (HTTP ${status})`;
    return { status: "server-error", text, remedy: "The key is kept; check it again later" };
  }
  if (status >= 300 && status < 400) return wrongHost(asked, `it sends on to ${redirectTarget(headers)}, where the key was not sent`);
  if (/^\s*</.test(body)) return wrongHost(asked, "it answers with a web page");
  if (status === 401 || status === 403) return wrongKey(asked);
  return status >= 400 ? wrongHost(asked, `it has nothing of that kind (HTTP ${status})`) : null;
}

function busy({ title, baseUrl }: Asked, seconds: number | null): Judgement {
  const when = seconds === null ? "in some minutes" : `in ${duration(seconds)}`;
  return { status: "busy", text: `${title} at ${baseUrl} was asked too often`, remedy: `The key is kept; check it again ${when}` };
}

const redirectTarget = (headers: Headers): string => outside(URL.parse(headers.get("location") ?? "")?.origin ?? "elsewhere");

const LONGEST_NAME = 80;

/** A name that a server gave, harmless and short enough to show. */
export const outside = (text: string): string => plain(text).replaceAll("\n", " ").slice(0, LONGEST_NAME);

/** `ada (teams: mc, nlp)` */
export const accountText = (account: string, teams: readonly string[]): string =>
  teams.length === 0 ? account : `${account} (${teams.length === 1 ? "team" : "teams"}: ${teams.join(", ")})`;

/** An answer's body as a JSON object, or null when it is none. */
export function parseObject(body: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}
