// Fetches the page again every other second while it is looked at, and adds rates per second.

const PERIOD = 2000;
let before = totals(document);
let taken = performance.now();

function totals(page) {
  return new Map([...page.querySelectorAll("[data-rate]")].map((e) => [e.dataset.rate, +e.dataset.total]));
}

function showRates(page, seconds) {
  for (const element of page.querySelectorAll("[data-rate]")) {
    const last = before.get(element.dataset.rate);
    if (last === undefined) continue;
    const rate = Math.max(0, +element.dataset.total - last) / seconds;
    element.textContent = rate.toLocaleString("en", { maximumFractionDigits: rate < 10 ? 1 : 0 });
  }
}

async function refresh() {
  if (!document.hidden) {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (answer.ok) {
      const now = performance.now();
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const after = totals(page);
      showRates(page, (now - taken) / 1000);
      for (const details of document.querySelectorAll("details")) {
        page.getElementById(details.id)?.toggleAttribute("open", details.open);
      }
      document.querySelector("main").replaceWith(page.querySelector("main"));
      before = after;
      taken = now;
    }
    document.body.classList.remove("away");
  }
}

function again() {
  refresh()
    .catch(() => document.body.classList.add("away"))
    .finally(() => setTimeout(again, PERIOD));
}

setTimeout(again, PERIOD);
