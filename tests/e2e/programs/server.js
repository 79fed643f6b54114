// Back end on Node's own http server: `node server.js PORT KEEP_ALIVE_MS`.
// The path of a request says what is answered; connections that are idle for KEEP_ALIVE_MS close.
"use strict";

const crypto = require("node:crypto");
const http = require("node:http");
const net = require("node:net");
const zlib = require("node:zlib");

const [port, keepAliveMs] = process.argv.slice(2).map(Number);
let connections = 0;

async function read(request) {
  const pieces = [];
  try {
    for await (const piece of request) pieces.push(piece);
  } catch (error) {
    if (error.code !== "ECONNRESET") throw error; // the client went away
  }
  return Buffer.concat(pieces);
}

async function describe(request, response) {
  const body = await read(request);
  response.setHeader("Content-Type", "application/json");
  response.end(
    JSON.stringify({
      method: request.method,
      url: request.url,
      version: request.httpVersion,
      headers: request.rawHeaders,
      trailers: request.rawTrailers,
      length: body.length,
      sha256: crypto.createHash("sha256").update(body).digest("hex"),
    }),
  );
}

const pages = {
  describe,
  echo(request, response) {
    response.writeHead(200, { "Content-Type": request.headers["content-type"] ?? "text/plain" });
    request.on("error", () => response.destroy());
    request.pipe(response);
  },
  redirect(request, response, left) {
    const target = left > 1 ? `/redirect/${left - 1}` : "/describe";
    response.writeHead(302, { Location: target }).end("go on\n");
  },
  again(request, response) {
    response.writeHead(307, { Location: "/describe" }).end();
    request.resume();
  },
  elsewhere(request, response) {
    response.writeHead(301, { Location: `http://${request.headers.host}/describe` }).end();
  },
  cookies(request, response) {
    response.writeHead(200, { "Set-Cookie": ["a=1; Path=/", "b=2; Path=/; HttpOnly"] });
    response.end(request.headers.cookie ?? "");
  },
  gzip(request, response, size) {
    response.writeHead(200, { "Content-Encoding": "gzip", "Content-Type": "text/plain" });
    response.end(zlib.gzipSync("a".repeat(size)));
  },
  bytes(request, response, size) {
    response.end(Buffer.alloc(size));
  },
  trailers(request, response) {
    // Node refuses to announce trailers in an answer that cannot be chunked.
    if (request.httpVersion === "1.1") response.setHeader("Trailer", "X-Sum, Server-Timing");
    response.write("hel");
    response.addTrailers({ "X-Sum": "532", "Server-Timing": "total;dur=3" });
    response.end("lo");
  },
  hints(request, response) {
    response.writeEarlyHints({ link: "</style.css>; rel=preload" });
    response.end("hinted\n");
  },
  status(request, response, code) {
    response.writeHead(code).end();
  },
  break(request, response) {
    response.write("only the beginning");
    setImmediate(() => response.destroy());
  },
  late(request, response, ms) {
    setTimeout(() => response.end("late\n"), ms);
  },
  refuse(request, response) {
    response.writeHead(413, { Connection: "close" }).end("too much\n");
  },
  connections(request, response) {
    response.end(`${connections}`);
  },
};

// Newer versions of Node add a second to keepAliveTimeout, so idle connections are timed here.
function closeWhenIdle(socket, response) {
  clearTimeout(socket.idle);
  response.on("finish", () => {
    socket.idle = setTimeout(() => socket.destroy(), keepAliveMs);
  });
}

const server = http.createServer((request, response) => {
  closeWhenIdle(request.socket, response);
  const [, page, argument] = request.url.split("?")[0].split("/");
  const answer = pages[page];
  if (answer) answer(request, response, Number(argument));
  else response.end("node\n");
});
server.keepAliveTimeout = 0;
server.on("connection", () => {
  connections += 1;
});
server.on("upgrade", (request, socket, head) => {
  clearTimeout(socket.idle);
  // The first bytes of the other protocol come along with the answer.
  const answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n";
  socket.write(`${answer}\r\nwelcome `);
  socket.write(head);
  socket.on("error", () => socket.destroy());
  socket.pipe(socket);
});
server.on("connect", (request, socket, head) => {
  clearTimeout(socket.idle);
  const [host, number] = request.url.split(":");
  const target = net.connect(Number(number), host, () => {
    socket.write("HTTP/1.1 200 Connected\r\n\r\n");
    target.write(head);
    socket.pipe(target).pipe(socket);
  });
  target.on("error", () => socket.destroy());
  socket.on("error", () => target.destroy());
});
server.listen(port, "127.0.0.1");
