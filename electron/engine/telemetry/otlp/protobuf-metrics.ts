import type { AttributeValue, OtlpPoint } from './types.ts';
import {
  eachField,
  endOf,
  fixed64AsNumber,
  keyValue,
  nanosAsMs,
  type Reader,
  signedFixed64AsNumber,
  text,
} from './wire.ts';

/** One data point. Numbers: value in 4 (double) or 6 (sfixed64), attributes in 7; histograms: count 4, sum 5, attributes 9 or 1 or 7. */
function dataPoint(reader: Reader, end: number, metric: string, kind: number): OtlpPoint[] {
  let timeMs = 0;
  let value: number | null = null;
  let count: number | null = null;
  let sum: number | null = null;
  const attributesField = kind === 9 ? 9 : kind === 10 ? 1 : 7;
  const isNumber = kind === 5 || kind === 7;
  const attributes = new Map<string, AttributeValue>();
  eachField(reader, end, (number, wireType) => {
    if (number === attributesField && wireType === 2) {
      keyValue(reader, endOf(reader, wireType), null, attributes);
    } else if (number === 3 && wireType === 1) {
      timeMs = nanosAsMs(reader, wireType);
    } else if (isNumber && number === 4 && wireType === 1) {
      value = reader.double();
    } else if (isNumber && number === 6 && wireType === 1) {
      value = signedFixed64AsNumber(reader);
    } else if (!isNumber && number === 4 && wireType === 1) {
      count = fixed64AsNumber(reader);
    } else if (!isNumber && number === 5 && wireType === 1) {
      sum = reader.double();
    } else {
      return false;
    }
    return true;
  });
  if (isNumber) return [{ metric, timeMs, value: value ?? Number.NaN, attributes }];
  const points: OtlpPoint[] = [{ metric: `${metric}.count`, timeMs, value: count ?? 0, attributes }];
  if (sum !== null) points.push({ metric: `${metric}.sum`, timeMs, value: sum, attributes });
  return points;
}

/** Metric data: gauge 5, sum 7, histogram 9, exponential histogram 10, summary 11; each holds its points in field 1. */
export function metricPoints(reader: Reader, end: number): OtlpPoint[] {
  let name = '';
  const points: OtlpPoint[] = [];
  const data: { kind: number; from: number; to: number }[] = [];
  eachField(reader, end, (number, wireType) => {
    if (number === 1) {
      name = text(reader, wireType);
      return true;
    }
    if (![5, 7, 9, 10, 11].includes(number)) return false;
    const to = endOf(reader, wireType);
    data.push({ kind: number, from: reader.pos, to });
    reader.pos = to;
    return true;
  });
  for (const { kind, from, to } of data) {
    reader.pos = from;
    eachField(reader, to, (number, wireType) => {
      if (number !== 1) return false;
      points.push(...dataPoint(reader, endOf(reader, wireType), name, kind));
      return true;
    });
  }
  reader.pos = end;
  return points;
}
