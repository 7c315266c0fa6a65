import { DuckDBInstance } from '@duckdb/node-api';
import { rm } from 'node:fs/promises';

// DuckDB's own appender with nothing around it, in a process of its own: the same columns, batches of 512, each committed.
// Arguments: file to write, seconds, the CREATE TABLE statement. Prints the rows per second.

const [file = '', secondsText = '10', createSql = ''] = process.argv.slice(2);
await rm(file, { force: true });
const instance = await DuckDBInstance.create(file, { threads: '2', memory_limit: '512MB' });
const connection = await instance.connect();
await connection.run(createSql);
const described = await connection.runAndReadAll("SELECT type FROM pragma_table_info('spans')");
const types = described.getRowsJS().map(([type]) => type);
const appender = await connection.createAppender('spans');

const untilMs = Date.now() + Number(secondsText) * 1000;
const beganMs = performance.now();
let rows = 0;
while (Date.now() < untilMs) {
  for (let index = 0; index < 512; index += 1) {
    rows += 1;
    for (const type of types) {
      if (type === 'BIGINT') appender.appendBigInt(BigInt(rows));
      else if (type === 'BOOLEAN') appender.appendBoolean(false);
      else if (type === 'DOUBLE') appender.appendNull();
      else appender.appendVarchar(`some text of a usual length ${rows}`);
    }
    appender.endRow();
  }
  appender.flushSync();
  await new Promise((resolve) => setImmediate(resolve));
}
const perSecond = rows / ((performance.now() - beganMs) / 1000);
appender.closeSync();
connection.closeSync();
instance.closeSync();
await rm(file, { force: true });
console.log(JSON.stringify({ rows, perSecond }));
