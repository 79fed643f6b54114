// For pages: `run` tells the server what became of a check, as "passed" or what went wrong.
"use strict";

function check(holds, what) {
  if (!holds) throw new Error(what);
}

async function run(name, body) {
  let result = "passed";
  try {
    await body();
  } catch (error) {
    result = `${error}\n${error.stack}`;
  }
  document.title = result;
  await fetch("/report", { method: "POST", body: JSON.stringify({ name, result }) });
}
