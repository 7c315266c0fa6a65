/** The pieces that every OTLP message is made of, read off the protobuf wire. */
import type protobuf from 'protobufjs/minimal.js';
import {
  type AttributeValue,
  MalformedBody,
  MAX_VALUE_DEPTH,
  nanosToMs,
  type WantedAttributes,
} from './types.ts';

export type Reader = protobuf.Reader;

/** Runs `field` for each field of the message that ends at `end`; `field` returns false for one it does not read. */
export function eachField(
  reader: Reader,
  end: number,
  field: (number: number, wireType: number) => boolean,
): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag >>> 3 === 0) throw new MalformedBody('protobuf field number 0');
    if (!field(tag >>> 3, tag & 7)) reader.skipType(tag & 7);
  }
  if (reader.pos !== end) throw new MalformedBody('a protobuf message runs past its length');
}

/** End offset of the length-delimited field about to be read; refuses one that runs past the body. */
export function endOf(reader: Reader, wireType: number): number {
  if (wireType !== 2)
    throw new MalformedBody(`expected a length-delimited field, found wire type ${wireType}`);
  const length = reader.uint32();
  if (reader.pos + length > reader.len) throw new MalformedBody('the protobuf body ends inside a message');
  return reader.pos + length;
}

export function text(reader: Reader, wireType: number): string {
  if (wireType !== 2) throw new MalformedBody(`expected a string, found wire type ${wireType}`);
  return reader.string();
}

export function hex(reader: Reader, wireType: number): string {
  if (wireType !== 2) throw new MalformedBody(`expected bytes, found wire type ${wireType}`);
  const bytes = reader.bytes();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** fixed64 nanoseconds as ms. */
export function nanosAsMs(reader: Reader, wireType: number): number {
  if (wireType !== 1) throw new MalformedBody(`expected a fixed64 time, found wire type ${wireType}`);
  const low = reader.fixed32();
  return nanosToMs(reader.fixed32() * 4_294_967_296 + low);
}

export function fixed64AsNumber(reader: Reader): number {
  const low = reader.fixed32();
  return reader.fixed32() * 4_294_967_296 + low;
}

export function signedFixed64AsNumber(reader: Reader): number {
  const low = reader.fixed32();
  return reader.sfixed32() * 4_294_967_296 + low;
}

function anyValue(reader: Reader, end: number, depth: number): AttributeValue {
  if (depth > MAX_VALUE_DEPTH) throw new MalformedBody('an attribute value is nested too deeply');
  let value: AttributeValue = null;
  eachField(reader, end, (number, wireType) => {
    switch (number) {
      case 1:
        value = text(reader, wireType);
        return true;
      case 2:
        value = reader.bool();
        return true;
      case 3:
        value = Number(reader.int64());
        return true;
      case 4:
        value = reader.double();
        return true;
      case 5: {
        const items: AttributeValue[] = [];
        eachField(reader, endOf(reader, wireType), (inner, innerType) => {
          if (inner !== 1) return false;
          items.push(anyValue(reader, endOf(reader, innerType), depth + 1));
          return true;
        });
        value = items;
        return true;
      }
      case 6: {
        const entries = new Map<string, AttributeValue>();
        eachField(reader, endOf(reader, wireType), (inner, innerType) => {
          if (inner !== 1) return false;
          keyValue(reader, endOf(reader, innerType), null, entries, depth + 1);
          return true;
        });
        value = Object.fromEntries(entries);
        return true;
      }
      case 7: {
        if (wireType !== 2) throw new MalformedBody('expected bytes');
        value = Buffer.from(reader.bytes()).toString('base64');
        return true;
      }
      default:
        return false;
    }
  });
  return value;
}

export function keyValue(
  reader: Reader,
  end: number,
  wanted: WantedAttributes,
  into: Map<string, AttributeValue>,
  depth = 0,
): void {
  let key = '';
  let value: AttributeValue = null;
  eachField(reader, end, (number, wireType) => {
    if (number === 1) {
      key = text(reader, wireType);
      return true;
    }
    if (number !== 2) return false;
    const valueEnd = endOf(reader, wireType);
    // Encoders write the key first; a value that comes before its key cannot be judged yet, so it is read.
    if (key !== '' && wanted !== null && !wanted.has(key)) reader.pos = valueEnd;
    else value = anyValue(reader, valueEnd, depth);
    return true;
  });
  if (wanted === null || wanted.has(key)) into.set(key, value);
}
