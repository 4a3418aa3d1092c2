/** New values being typed for the fields of a running loop: what they change, and what is wrong with them. */
import { patchProblem, readNumber } from "../config/patch.ts";
import type { PatchChange, PatchField } from "../core/bridge.ts";
import { LineEditor } from "./editor.ts";

export class PatchDraft {
  /** Those that can be patched first, as the trainer told them. */
  readonly fields: readonly PatchField[];
  readonly #editors: ReadonlyMap<string, LineEditor>;

  constructor(fields: readonly PatchField[]) {
    const open = fields.filter(({ frozen }) => frozen === null);
    this.fields = [...open, ...fields.filter(({ frozen }) => frozen !== null)];
    this.#editors = new Map(open.map(({ name }) => [name, new LineEditor()]));
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
