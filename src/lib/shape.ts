/** Light checks of documents that come from disk: enough that no field is of a type that the code does not expect. */

export type Check = (value: unknown) => boolean;

export const isString: Check = (value) => typeof value === "string";
export const isNumber: Check = (value) => typeof value === "number";
export const isBoolean: Check = (value) => typeof value === "boolean";
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value);

export const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);

/** A field that may be left out. */
export const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

export const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

export const oneOf =
  (...names: string[]): Check =>
  (value) =>
    typeof value === "string" && names.includes(value);

/** An object whose fields are all of one kind, whatever their names. */
export const recordOf =
  (check: Check): Check =>
  (value) =>
    isRecord(value) && Object.values(value).every(check);

/** An object that has every field of `shape`; further fields are let through, so that a later version may add some. */
export const shaped =
  (shape: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isRecord(value) && faultyField(value, shape) === null;

/** The first field that is missing or of the wrong type, or null when all are right. */
export function faultyField(value: Record<string, unknown>, shape: Readonly<Record<string, Check>>): string | null {
  for (const [field, check] of Object.entries(shape)) if (!check(value[field])) return field;
  return null;
}
