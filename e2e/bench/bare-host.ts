import { DuckDBInstance } from '@duckdb/node-api';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';

// The least a local tool with a database and a live page can be, for comparison on the same machine at the same moment: one process that
// opens a new DuckDB file, serves a page of one line and pushes what is posted to it. Argument: the folder of the file.

const [folder = ''] = process.argv.slice(2);
const instance = await DuckDBInstance.create(join(folder, 'bare.duckdb'), { threads: '2' });
const connection = await instance.connect();
await connection.run('CREATE TABLE events (text VARCHAR)');

const PAGE = `<!doctype html><title>bare</title><p>ready</p><script>
  new EventSource('/feed').onmessage = (event) => {
    const line = document.createElement('p');
    line.textContent = event.data;
    document.body.append(line);
  };
</script>`;
const listeners = new Set<ServerResponse>();
const server = createServer((request, response) => {
  if (request.url === '/feed') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': open\n\n');
    listeners.add(response);
    return;
  }
  if (request.method === 'POST') {
    void (async () => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      await connection.run('INSERT INTO events VALUES ($text)', { text });
      for (const listener of listeners) listener.write(`data: ${text}\n\n`);
      response.end();
    })();
    return;
  }
  response.setHeader('content-type', 'text/html');
  response.end(PAGE);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`);
});
