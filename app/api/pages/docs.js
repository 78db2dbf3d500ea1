// Lists the operations of /openapi.json and sends requests to this same host. Everything is set as text, never as HTML.
"use strict";

const METHODS = ["get", "post", "patch", "put", "delete"];
const place = document.getElementById("operations");

function make(tag, text, attributes) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
  return node;
}

function field(label, note, input) {
  const row = make("label", undefined, { class: "field" });
  const name = make("span", label);
  name.append(make("small", note || ""));
  row.append(name, input);
  return row;
}

function bodyField(operation) {
  const content = (operation.requestBody || {}).content || {};
  if (content["multipart/form-data"]) {
    const input = make("input", undefined, { type: "file", multiple: "" });
    return { node: field("files", "CSV or JSON Lines", input), read: () => {
      const form = new FormData();
      for (const file of input.files) form.append("files", file);
      return { body: form, headers: {} };
    } };
  }
  const media = content["application/json"];
  if (!media) return null;
  const area = make("textarea");
  area.value = JSON.stringify(media.example || {}, null, 2);
  return { node: field("body", "JSON", area), read: () => ({
    body: area.value, headers: { "Content-Type": "application/json" },
  }) };
}

// Suggestions in words; the JSON below has everything.
function* sentences(answer) {
  const sets = answer.results ? Object.entries(answer.results) : answer.suggestions ? [["", answer]] : [];
  for (const [name, set] of sets) {
    if (!set.suggestions) {
      yield ["h4", `${name}: ${set.title || ""} ${set.detail || ""}`];
      continue;
    }
    yield ["h4", name ? `${name}: “${set.text}”` : `“${set.text}”`];
    for (const one of set.suggestions) {
      yield ["p", `${one.rank}. ${one.name} (${one.score.toFixed(2)})`];
      for (const why of one.explanations.slice(0, 3)) yield ["li", why.sentence];
    }
    if (set.none_because) yield ["p", `Nobody: ${set.none_because}`];
    for (const note of set.notes || []) yield ["p", `Note: ${note}`];
    const more = [[set.blocked.length, "left out, with reasons below"], [set.blocked_by_consent, "without consent"]];
    for (const [count, what] of more) if (count) yield ["p", `${count} ${what}`];
  }
}

function inWords(answer, words) {
  words.textContent = "";
  if (answer && typeof answer === "object") for (const [tag, text] of sentences(answer)) words.append(make(tag, text));
  words.hidden = !words.childNodes.length;
}

async function send(method, path, inputs, body, output, words) {
  let url = path;
  const query = new URLSearchParams();
  const headers = {};
  for (const { parameter, input } of inputs) {
    if (input.value === "") continue;
    if (parameter.in === "path") url = url.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
    if (parameter.in === "query") query.set(parameter.name, input.value);
    if (parameter.in === "header") headers[parameter.name] = input.value;
  }
  const key = document.getElementById("key").value;
  if (key) headers.Authorization = `Bearer ${key}`;
  const extra = body ? body.read() : { headers: {} };
  if ([...query].length) url += `?${query}`;
  output.textContent = "…";
  try {
    const answer = await fetch(url, { method: method.toUpperCase(), headers: { ...headers, ...extra.headers }, body: extra.body });
    const marks = ["etag", "location", "retry-after", "x-request-id"].filter((name) => answer.headers.get(name));
    const lines = marks.map((name) => `${name}: ${answer.headers.get(name)}`);
    let text = await answer.text();
    try {
      const read = JSON.parse(text);
      text = JSON.stringify(read, null, 2);
      inWords(read, words);
    } catch { words.hidden = true; /* not JSON: shown as it came */ }
    output.textContent = [`${answer.status} ${answer.statusText}`, ...lines, "", text].join("\n");
  } catch (error) {
    output.textContent = `No answer: ${error.message}`;
  }
}

function show(path, method, operation) {
  const box = make("details");
  const head = make("summary");
  head.append(make("b", method.toUpperCase()), make("code", path), make("span", operation.summary || ""));
  box.append(head);
  box.addEventListener("toggle", () => {
    if (!box.open || box.querySelector(".body")) return;
    const inside = make("div", undefined, { class: "body" });
    inside.append(make("p", operation.description || ""));
    const inputs = (operation.parameters || []).map((parameter) => {
      const input = make("input");
      const needed = parameter.required ? "needed. " : "";
      inside.append(field(`${parameter.name} (${parameter.in})`, needed + (parameter.description || ""), input));
      return { parameter, input };
    });
    const body = bodyField(operation);
    if (body) inside.append(body.node);
    const button = make("button", "Send", { type: "button" });
    const words = make("div", undefined, { class: "words", hidden: "" });
    const output = make("pre", `Answers: ${Object.keys(operation.responses).join(", ")}`);
    button.addEventListener("click", () => send(method, path, inputs, body, output, words));
    inside.append(button, words, output);
    box.append(inside);
  });
  box.dataset.words = `${path} ${method} ${operation.operationId} ${operation.summary || ""}`.toLowerCase();
  return box;
}

function list(specification) {
  const groups = new Map();
  for (const [path, item] of Object.entries(specification.paths)) {
    for (const method of METHODS.filter((name) => item[name])) {
      const tag = (item[method].tags || ["other"])[0];
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(show(path, method, item[method]));
    }
  }
  place.textContent = "";
  for (const [tag, boxes] of groups) {
    const section = make("section");
    section.append(make("h2", tag), ...boxes);
    place.append(section);
  }
  const first = place.querySelector("details");
  if (first) first.open = true;
}

document.getElementById("find").addEventListener("input", (event) => {
  const words = event.target.value.toLowerCase();
  for (const box of place.querySelectorAll("details")) box.hidden = !box.dataset.words.includes(words);
  for (const section of place.querySelectorAll("section")) section.hidden = !section.querySelector("details:not([hidden])");
});

fetch("/openapi.json").then((answer) => answer.json()).then(list, (error) => {
  place.textContent = `The document cannot be read: ${error.message}`;
});
