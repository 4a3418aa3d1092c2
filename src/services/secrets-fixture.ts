/** For tests: a user's folders of their own, and an environment without the secrets of whoever runs the tests. */

import { afterEach, beforeEach } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "./secrets.ts";

export const KEY = "0123456789abcdef0123456789abcdef01234567";
export const OTHER_KEY = "local-fedcba9876543210fedcba9876543210fedcba98";

export interface UserFixture {
  dir: string;
  /** `nanochat-cli` of the configuration folder. */
  config: string;
  file: string;
  /** HOME and nothing else. */
  env: Environment;
}

/** Made anew for each test of the file that calls this. */
export function withUser(): UserFixture {
  const user: UserFixture = { dir: "", config: "", file: "", env: {} };
  const before = new Map<string, string | undefined>();
  beforeEach(() => {
    const dir = mkdtempSync(join(tmpdir(), "nanochat-cli-"));
    const config = join(dir, "config", "nanochat-cli");
    mkdirSync(join(dir, "home"));
    Object.assign(user, { dir, config, file: join(config, "secrets.env"), env: { HOME: join(dir, "home") } });
    const own = { XDG_CONFIG_HOME: join(dir, "config"), XDG_CACHE_HOME: join(dir, "cache"), NO_PROXY: "127.0.0.1" };
    for (const [name, value] of Object.entries(own)) {
      before.set(name, process.env[name]);
      process.env[name] = value;
    }
  });
  afterEach(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    rmSync(user.dir, { recursive: true, force: true });
  });
  return user;
}
