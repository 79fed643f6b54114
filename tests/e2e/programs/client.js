// Node's clients: `node client.js CHECK URL` runs one of the checks below against server.js at URL.
// fetch is undici; http.request with an Agent is the older client. A failed check exits with 1.
"use strict";

const assert = require("node:assert/strict");
const crypto = require("node:crypto");
const http = require("node:http");
const { once } = require("node:events");

const [check, base] = process.argv.slice(2);
const url = new URL(base);
const sha256 = (data) => crypto.createHash("sha256").update(data).digest("hex");
const field = (described, name) =>
  described.headers.find((_, at) => at % 2 && described.headers[at - 1].toLowerCase() === name);

// One request by http.request: the answer, its body, and whether its connection was a used one.
async function send(options, ...pieces) {
  const request = http.request({ host: url.hostname, port: url.port, ...options });
  for (const piece of pieces) request.write(piece);
  request.end();
  const [answer] = await once(request, "response");
  const parts = [];
  for await (const part of answer) parts.push(part);
  return { answer, body: Buffer.concat(parts), reused: request.reusedSocket };
}

async function* counting(count, size) {
  for (let number = 0; number < count; number += 1) yield Buffer.alloc(size, number);
}

const checks = {
  async fetch_get() {
    const answer = await fetch(`${base}/describe?a=b%20c`, { headers: { "X-Mine": "1, 2" } });
    assert.equal(answer.status, 200);
    const described = await answer.json();
    assert.equal(described.url, "/describe?a=b%20c");
    assert.equal(field(described, "x-mine"), "1, 2");
    assert.equal(field(described, "sec-fetch-mode"), "cors");
  },

  async fetch_post() {
    for (const size of [0, 1, 70_000, 3_000_000]) {
      const body = Buffer.alloc(size, "x");
      const described = await (await fetch(`${base}/describe`, { method: "POST", body })).json();
      assert.equal(described.sha256, sha256(body));
      assert.equal(field(described, "content-length"), `${size}`);
    }
  },

  async fetch_stream_up() {
    const options = { method: "PUT", body: counting(100, 10_000), duplex: "half" };
    const described = await (await fetch(`${base}/describe`, options)).json();
    assert.equal(described.length, 1_000_000);
    assert.equal(field(described, "transfer-encoding"), "chunked");
  },

  // The echo of each piece is read before the next piece is sent.
  async fetch_stream_both_ways() {
    let next;
    const body = new ReadableStream({ pull: (way) => new Promise((go) => (next = [way, go])) });
    const asked = fetch(`${base}/echo`, { method: "POST", body, duplex: "half" });
    const say = async (text) => {
      while (!next) await new Promise((go) => setImmediate(go));
      const [way, go] = next;
      next = undefined;
      if (text) way.enqueue(Buffer.from(text));
      else way.close();
      go();
    };
    await say("one");
    const reader = (await asked).body.getReader();
    const heard = async () => Buffer.from((await reader.read()).value ?? "").toString();
    assert.equal(await heard(), "one");
    for (const text of ["two", "three"]) {
      await say(text);
      assert.equal(await heard(), text);
    }
    await say("");
    assert.equal((await reader.read()).done, true);
  },

  async fetch_redirects() {
    const answer = await fetch(`${base}/redirect/3`);
    assert.equal(answer.redirected, true);
    assert.equal((await answer.json()).url, "/describe");
    const again = await fetch(`${base}/again`, { method: "POST", body: "x".repeat(5000) });
    assert.equal((await again.json()).length, 5000);
  },

  async fetch_gzip() {
    assert.equal((await (await fetch(`${base}/gzip/100000`)).text()).length, 100_000);
  },

  async fetch_statuses() {
    for (const status of [204, 205, 304, 404, 500, 503]) {
      assert.equal((await fetch(`${base}/status/${status}`)).status, status);
    }
    assert.equal(await (await fetch(base, { method: "HEAD" })).text(), "");
    assert.equal(await (await fetch(base)).text(), "node\n");
  },

  async fetch_abort() {
    const control = new AbortController();
    const asked = fetch(`${base}/late/20000`, { signal: control.signal });
    setTimeout(() => control.abort(), 100);
    await assert.rejects(asked, { name: "AbortError" });
    assert.equal((await fetch(base)).status, 200);
  },

  async fetch_break() {
    const answer = await fetch(`${base}/break`);
    await assert.rejects(answer.text(), TypeError);
  },

  async fetch_many_at_once() {
    const answers = Array.from({ length: 200 }, async (_, number) => {
      const body = `${number}`.repeat(number);
      return (await (await fetch(`${base}/echo`, { method: "POST", body })).text()) === body;
    });
    assert.ok((await Promise.all(answers)).every(Boolean));
  },

  async agent_keeps_connections() {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const used = [];
    for (const [method, path, ...pieces] of [
      ["GET", "/"],
      ["POST", "/describe", "a body"],
      ["GET", "/redirect/1"],
      ["PUT", "/echo", "one", "two"],
      ["GET", "/status/304"],
      ["DELETE", "/status/204"],
      ["GET", "/trailers"],
      ["GET", "/gzip/100000"],
      ["GET", "/hints"],
      ["OPTIONS", "*"],
      ["HEAD", "/"], // last: Node's agent does not always use a connection again after it
    ]) {
      used.push((await send({ agent, method, path }, ...pieces)).reused);
    }
    assert.deepEqual(used, [false, ...used.slice(1).map(() => true)]);
    agent.destroy();
  },

  async agent_without_keep_alive() {
    const { answer } = await send({ agent: new http.Agent({ keepAlive: false }), path: "/" });
    assert.equal(answer.headers.connection, "close");
  },

  async trailers() {
    const headers = { "Transfer-Encoding": "chunked", Trailer: "X-Check" };
    const request = http.request(`${base}/describe`, { method: "POST", headers });
    request.write("body");
    request.addTrailers({ "X-Check": "17" });
    request.end();
    const [answer] = await once(request, "response");
    const described = JSON.parse(Buffer.concat(await answer.toArray()));
    assert.deepEqual(described.trailers, ["X-Check", "17"]);
    const down = await send({ path: "/trailers" });
    assert.equal(`${down.body}`, "hello");
    assert.deepEqual(down.answer.rawTrailers, ["X-Sum", "532", "Server-Timing", "total;dur=3"]);
  },

  async continues() {
    const headers = { Expect: "100-continue", "Content-Length": 4 };
    const request = http.request(`${base}/echo`, { method: "POST", headers });
    request.flushHeaders();
    await once(request, "continue");
    request.end("body");
    const [answer] = await once(request, "response");
    assert.equal(`${Buffer.concat(await answer.toArray())}`, "body");
  },

  async early_hints() {
    const request = http.request(`${base}/hints`).end();
    const both = [once(request, "information"), once(request, "response")];
    const [[information], [answer]] = await Promise.all(both);
    assert.equal(information.statusCode, 103);
    assert.equal(information.headers.link, "</style.css>; rel=preload");
    assert.equal(`${Buffer.concat(await answer.toArray())}`, "hinted\n");
  },

  async cookies() {
    const answer = await fetch(`${base}/cookies`, { headers: { Cookie: "c=3; d=4" } });
    assert.equal(answer.headers.get("set-cookie"), "a=1; Path=/, b=2; Path=/; HttpOnly");
    assert.equal(await answer.text(), "c=3; d=4");
    const lines = (await send({ path: "/cookies" })).answer.headers["set-cookie"];
    assert.deepEqual(lines, ["a=1; Path=/", "b=2; Path=/; HttpOnly"]);
  },

  // Bytes both ways behind a 101, most of them after the client has ended its side.
  async upgrade() {
    const headers = { Connection: "Upgrade", Upgrade: "echo" };
    const request = http.request(base, { headers }).end();
    request.on("response", (answer) => request.destroy(new Error(`${answer.statusCode}`)));
    const [answer, socket, first] = await once(request, "upgrade");
    assert.equal(answer.statusCode, 101);
    assert.equal(answer.headers.upgrade, "echo");
    const sent = crypto.randomBytes(3_000_000);
    socket.end(sent);
    const parts = [first];
    for await (const part of socket) parts.push(part);
    const got = Buffer.concat(parts);
    assert.equal(`${got.subarray(0, 8)}`, "welcome ");
    assert.equal(sha256(got.subarray(8)), sha256(sent));
  },
};

// Without anything left to wait for, Node would end as if all were well.
process.on("exit", (code) => {
  if (code === 13) console.error(`${check} never came to an end`);
});
process.exitCode = 13;
checks[check]().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
