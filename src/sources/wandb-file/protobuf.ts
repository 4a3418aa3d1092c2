/**
 * Walks protobuf messages where they lie, without a schema and without copying: of a `.wandb` file a few fields are
 * wanted, and half of its bytes not at all.
 */

/** A part of a message that cannot be one: the rest of the record is of no use. */
export class MalformedMessage extends Error {}

/** The fields of one message, one after the other: `while (fields.next()) switch (fields.number) …`. */
export class Fields {
  /** Of the field that `next` came to. */
  number = 0;
  /** How it is written: 0 a varint, 1 eight bytes, 2 so many bytes, 5 four bytes. */
  wire = 0;
  /** A varint's value; exact below 2⁵³. Of a field of 4 or 8 bytes: 0. */
  value = 0;
  /** Where the content of a field of bytes lies. */
  from = 0;
  to = 0;
  #at: number;

  constructor(
    readonly bytes: Buffer,
    private readonly start = 0,
    readonly end = bytes.length,
  ) {
    this.#at = start;
  }

  /** The same message from its beginning, to be walked a second time. */
  again(): Fields {
    return new Fields(this.bytes, this.start, this.end);
  }

  /** Goes to the next field; false at the end of the message. Throws MalformedMessage. */
  next(): boolean {
    if (this.#at >= this.end) return false;
    const tag = this.#varint();
    const wire = tag & 7;
    this.number = tag >>> 3;
    this.wire = wire;
    this.value = 0;
    this.from = this.to = this.#at;
    if (wire === 0) this.value = this.#varint();
    else if (wire === 2) {
      const length = this.#varint();
      this.from = this.#at;
      this.#at = this.to = this.from + length;
    } else if (wire === 1) this.#at += 8;
    else if (wire === 5) this.#at += 4;
    else throw new MalformedMessage(`wire type ${wire}`);
    if (this.#at > this.end) throw new MalformedMessage("a field is cut off");
    return true;
  }

  /** The message that the field holds. */
  message(): Fields {
    return new Fields(this.bytes, this.from, this.to);
  }

  text(): string {
    return this.bytes.toString("utf8", this.from, this.to);
  }

  /** The value as a signed number: int32 and int64 are written in ten bytes when they are below zero. */
  signed(): number {
    return this.value >= 2 ** 63 ? this.value - 2 ** 64 : this.value;
  }

  #varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      if (this.#at >= this.end || scale > 2 ** 63) throw new MalformedMessage("a number is cut off");
      const byte = this.bytes[this.#at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }
}
