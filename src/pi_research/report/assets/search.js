"use strict";
const held = JSON.parse(document.getElementById("held").textContent);
const box = document.getElementById("words"), list = document.getElementById("results"), count = document.getElementById("count");
const plain = text => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
const places = held.places.map(([report, name, heading, text]) => ({report, name, heading, text, in: plain(heading + " " + text)}));
const SHOWN = 40;

function element(tag, text, inside) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (inside) inside.append(made);
  return made;
}

function around(text, words) {
  const low = plain(text), same = low.length === text.length;
  const first = Math.min(...words.map(w => low.indexOf(w)).filter(at => at >= 0), text.length);
  const from = same && first < text.length && first > 80 ? text.lastIndexOf(" ", first - 80) + 1 : 0, until = Math.min(text.length, from + 240);
  const made = element("p", from ? "… " : "");
  let at = from;
  while (at < until) {
    const hits = same ? words.map(w => [low.indexOf(w, at), w.length]).filter(([place]) => place >= 0 && place < until) : [];
    hits.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
    const [place, length] = hits[0] || [until, 0];
    made.append(text.slice(at, place));
    if (length) element("mark", text.slice(place, place + length), made);
    at = place + length;
    if (!length) break;
  }
  if (until < text.length) made.append(" …");
  return made;
}

function search() {
  const words = plain(box.value).split(/\s+/).filter(Boolean);
  list.replaceChildren();
  if (!words.length) { count.textContent = ""; return; }
  const score = place => words.reduce((sum, w) => sum + (plain(place.heading).includes(w) ? 20 : 0) + Math.min(place.in.split(w).length, 9), 0);
  const found = places.filter(place => words.every(w => place.in.includes(w))).map(place => [score(place), place]);
  found.sort((a, b) => b[0] - a[0]);
  count.textContent = found.length ? `${found.length} place${found.length > 1 ? "s" : ""}${found.length > SHOWN ? `; the first ${SHOWN} are listed` : ""}` : "Nothing found";
  for (const [, place] of found.slice(0, SHOWN)) {
    const item = element("li", "", list), [address, title] = held.reports[place.report];
    const link = element("a", place.heading ? `${title} › ${place.heading}` : title, item);
    link.href = `${address}#${place.name}`;
    item.append(around(place.text, words));
  }
}

document.querySelector("form").addEventListener("submit", event => { event.preventDefault(); search(); });
box.addEventListener("input", search);
box.value = new URLSearchParams(location.search).get("q") || "";
search();
