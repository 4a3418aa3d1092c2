/** A setting of a script as the bridge prints it: src/core/params.ts explains each field. */
import { z } from "zod";

const value = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.union([z.string(), z.number()]))]);

export const parameterSchema = z.object({
  name: z.string(),
  flag: z.string(),
  aliases: z.array(z.string()),
  type: z.enum(["int", "float", "str", "bool", "any", "unknown"]),
  default: value,
  defaultKnown: z.boolean(),
  defaultExpr: z.string(),
  nullable: z.boolean(),
  required: z.boolean(),
  isFlag: z.boolean(),
  nargs: z.union([z.string(), z.number(), z.null()]),
  choices: z.array(z.union([z.string(), z.number()])).nullable(),
  help: z.string().nullable(),
  section: z.string().nullable(),
  line: z.number(),
});
