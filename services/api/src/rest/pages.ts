/** OpenAPI's document and Swagger's page for it, from this machine alone. */
import { createReadStream, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Refusal } from '@virtbus/contracts';

const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>virtbus</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<div id="page"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/page.js"></script>
</html>
`;
const script = `SwaggerUIBundle({ url: '/docs/openapi.json', dom_id: '#page', validatorUrl: null, deepLinking: true });\n`;

const assets: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

const headers = {
  'content-security-policy': "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

export function servePages(server: FastifyInstance): void {
  server.get('/docs', (_, reply) => reply.headers(headers).type('text/html; charset=utf-8').send(html));
  server.get('/docs/page.js', (_, reply) => reply.headers(headers).type('text/javascript; charset=utf-8').send(script));
  server.get('/docs/openapi.json', (_, reply) => sendFile(reply, documentPath(), 'application/json; charset=utf-8'));
  for (const [name, type] of Object.entries(assets)) {
    server.get(`/docs/${name}`, (_, reply) => sendFile(reply, assetPath(name), type));
  }
}

/** @throws Refusal no_resource for what was not installed with the gateway */
function sendFile(reply: FastifyReply, path: string | undefined, type: string): FastifyReply {
  if (path === undefined || !existsSync(path)) throw new Refusal('no_resource', 'this part of the documents is not installed here');
  return reply.headers(headers).type(type).send(createReadStream(path));
}

/** Beside the sources, wherever the compiled code or its bundle lies. */
function documentPath(): string | undefined {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, 'docs/generated/openapi.json');
    if (existsSync(path)) return path;
  }
  return undefined;
}

function assetPath(name: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(`swagger-ui-dist/${name}`);
  } catch {
    // Bundled without its packages: the document is there, the page is not.
    return undefined;
  }
}
