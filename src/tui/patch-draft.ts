/** New values being typed for the fields of a running loop: what they change, and what is wrong with them. */
import { patchProblem, readNumber } from "../config/patch.ts";
import type { PatchChange, PatchField } from "../core/bridge.ts";
import { setting } from "../lib/format.ts";
import { fitsWords } from "../lib/wanted.ts";
import { LineEditor } from "./editor.ts";
import { spelledOut } from "./palette-words.ts";

export class PatchDraft {
  #fields: readonly PatchField[];
  /** What was in force when the value of a field was begun. */
  readonly #begunFrom = new Map<string, PatchField["value"]>();
  readonly #editors: ReadonlyMap<string, LineEditor>;

  constructor(fields: readonly PatchField[]) {
    const open = fields.filter(({ frozen }) => frozen === null);
    this.#fields = [...open, ...fields.filter(({ frozen }) => frozen !== null)];
    this.#editors = new Map(open.map(({ name }) => [name, new LineEditor()]));
  }

  /** Those that can be patched first, as the trainer told them, with the values of now. */
  get fields(): readonly PatchField[] {
    return this.#fields;
  }

  /** Those that a filter is about: by what is to be read of them, and by what their names stand for. */
  found(filter: string): readonly PatchField[] {
    return this.#fields.filter(({ name, effect, frozen }) =>
      fitsWords(filter, [name, ...spelledOut(name), effect, ...(frozen === null ? [] : [`frozen: ${frozen}`])]),
    );
  }

  /** How many fields besides these have a new value typed, right or wrong: it is applied with the rest, or is in their way. */
  typedBeside(shown: readonly PatchField[]): number {
    const changed = new Set(this.changes().map(({ name }) => name));
    return this.#fields.filter((field) => !shown.includes(field) && (changed.has(field.name) || this.problem(field) !== null)).length;
  }

  /** Takes over what is in force by now: somebody else may have patched it. What is typed stays. */
  follow(told: readonly PatchField[]): void {
    this.#fields = this.#fields.map((field) => ({ ...field, value: (told.find(({ name }) => name === field.name) ?? field).value }));
    for (const { name, value } of this.#fields) {
      if (this.#editors.get(name)?.text.trim() === "") this.#begunFrom.set(name, value);
    }
  }

  /** `was 100 as you typed`: what is in force is not what a value was typed for; null otherwise. */
  overtaken({ name, value }: PatchField): string | null {
    const begun = this.#begunFrom.get(name);
    return begun === undefined || begun === value || !this.#editors.get(name)?.text.trim() ? null : `was ${setting(begun)} as you typed`;
  }

  /** Where the new value of a field is typed; undefined for a frozen one. */
  editor({ name }: PatchField): LineEditor | undefined {
    return this.#editors.get(name);
  }

  /** Why what is typed for a field will not do; null as well when nothing is. */
  problem(field: PatchField): string | null {
    const text = this.editor(field)?.text.trim() ?? "";
    return text === "" ? null : patchProblem(this.fields, field.name, text);
  }

  /** Typed values that are right and differ from what is. */
  changes(): PatchChange[] {
    return this.fields.flatMap((field) => {
      const text = this.editor(field)?.text.trim() ?? "";
      const to = readNumber(text);
      const changes = text !== "" && this.problem(field) === null && to !== field.value;
      return changes ? [{ name: field.name, from: field.value, to }] : [];
    });
  }

  /** Why there is nothing to apply yet, a sentence; null when there is. */
  obstacle(): string | null {
    for (const field of this.fields) {
      const problem = this.problem(field);
      if (problem !== null) return problem;
    }
    return this.changes().length === 0 ? "Nothing is changed yet: type a new value for a field." : null;
  }
}
