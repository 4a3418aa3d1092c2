import { afterAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli } from "../drivers/cli.ts";
import { Sandbox } from "../drivers/sandbox.ts";
